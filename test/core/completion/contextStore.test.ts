import { describe, expect, test } from 'vitest';
import { type ContextFile, chooseFiles } from '../../../src/core/completion/contextStore.ts';

const FOLDER = [{ kind: 'folder', uri: 'file:///work' }] as const;
const code = (name: string, count = 4) =>
  Array.from({ length: count }, (_, n) => `export const ${name}${n} = compute(${n});`).join('\n');
const file = (path: string, text = code(path.replaceAll(/\W/g, ''))): ContextFile => ({
  path,
  uri: `file:///work/${path}`,
  text,
  sources: FOLDER,
});
const paths = (...wish: Parameters<typeof chooseFiles>) => chooseFiles(...wish).map(({ path }) => path);

describe('other files of a prompt', () => {
  test('are ordered so that what changes comes last', () => {
    const blocks = { stable: [file('z.ts'), file('b.ts')], volatile: [file('a.ts')] };
    expect(paths(blocks, '', 4000)).toEqual(['b.ts', 'z.ts', 'a.ts']);
  });

  test('fit into the room, the most useful first', () => {
    const blocks = { stable: [file('z.ts'), file('b.ts'), file('c.ts')], volatile: [] };
    const chosen = chooseFiles(blocks, '', 320);
    expect(chosen.map(({ path }) => path)).toEqual(['b.ts', 'z.ts']);
    expect(chosen.reduce((sum, each) => sum + each.code.length, 0)).toBeLessThanOrEqual(320);
  });

  test('are cut at whole lines', () => {
    const [only] = chooseFiles({ stable: [file('a.ts', code('a', 100))], volatile: [] }, '', 500);
    expect(only?.code.length).toBeLessThanOrEqual(500);
    expect(only?.code).toMatch(/;$/);
  });

  test('that change often get a part of the room only', () => {
    const blocks = { stable: [], volatile: [file('a.ts', code('a', 100))] };
    expect(chooseFiles(blocks, '', 2000)[0]?.code.length).toBeLessThanOrEqual(500);
  });

  test('do not repeat the window, nor each other', () => {
    const twice = { stable: [file('a.ts'), file('b.ts')], volatile: [file('b.ts')] };
    expect(paths(twice, code('ats'), 4000)).toEqual(['b.ts']);
  });

  test('keep whose text they are, and have one kind of line end', () => {
    const [only] = chooseFiles({ stable: [file('a.ts', code('a').replaceAll('\n', '\r\n'))], volatile: [] }, '', 4000);
    expect(only).toEqual({ path: 'a.ts', uri: 'file:///work/a.ts', code: code('a'), sources: FOLDER });
  });
});
