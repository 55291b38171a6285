import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readGguf } from '../../src/builtin/gguf.ts';
import { type Places, findModels, usualPlaces } from '../../src/builtin/places.ts';
import { createShelf } from '../../src/builtin/shelf.ts';
import { ggufFile } from './ggufFile.ts';

let dir: string;
let places: Places;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-places-'));
  places = {
    own: join(dir, 'own'),
    named: [join(dir, 'named'), join(dir, 'missing')],
    ollama: join(dir, 'ollama'),
    lmStudio: [join(dir, 'lmstudio')],
  };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const put = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), content);
};
/** A manifest and its blob, as Ollama lays them (docs.ollama.com; layout read from a real one, v0.34.0). */
const pulled = (manifest: string, weights: Buffer | undefined) => {
  const digest = createHash('sha256')
    .update(weights ?? 'cloud')
    .digest('hex');
  const layers = [{ mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'0'.repeat(64)}`, size: 1 }];
  if (weights) {
    layers.push({ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: weights.length });
    put(`ollama/blobs/sha256-${digest}`, weights);
  }
  put(`ollama/manifests/${manifest}`, JSON.stringify({ schemaVersion: 2, layers }));
};

test('models are found where they are, each file once, under the names that people know', async () => {
  put('own/mine.gguf', 'x');
  put('own/notes.txt', 'x');
  put('named/deep/er/theirs.GGUF', 'x');
  put('named/mmproj-theirs.gguf', 'x');
  put('named/big-00001-of-00002.gguf', 'xx');
  put('named/big-00002-of-00002.gguf', 'xxx');
  put('named/half-00001-of-00002.gguf', 'x');
  put('lmstudio/owner/repo/studio.gguf', 'x');
  pulled('registry.ollama.ai/library/qwen2.5-coder/0.5b', Buffer.from('weights'));
  pulled('registry.ollama.ai/someone/model/latest', Buffer.from('others'));
  pulled('hf.co/Owner/Repo-GGUF/Q4_K_M', Buffer.from('hugging'));
  pulled('registry.ollama.ai/library/gpt-oss/120b-cloud', undefined);
  put('ollama/manifests/registry.ollama.ai/library/broken/latest', '{');
  const found = await findModels(places);
  const shown = new Set(found.map(({ name, origin, own }) => `${name} | ${origin} | ${own}`));
  expect(shown).toEqual(
    new Set(
      [
        ['mine', 'Switchyard’s folder', true],
        ['theirs', join(dir, 'named'), false],
        ['big', join(dir, 'named'), false],
        ['studio', 'LM Studio', false],
        ['qwen2.5-coder:0.5b', 'Ollama', false],
        ['someone/model:latest', 'Ollama', false],
        ['hf.co/Owner/Repo-GGUF:Q4_K_M', 'Ollama', false],
      ].map((row) => row.join(' | ')),
    ),
  );
  expect(found.find(({ name }) => name === 'big')?.sizeBytes).toBe(5);
});

describe('LM Studio’s folders', () => {
  const home = () => join(dir, 'home');
  const usual = ['.lmstudio/models', '.cache/lm-studio/models'];
  test('are the usual ones, of new versions and old', () => {
    expect(usualPlaces({}, home()).lmStudio).toEqual(usual.map((path) => join(home(), path)));
  });
  test('are below the home that it points to, and where its settings say', async () => {
    put('home/.lmstudio-home-pointer', `${join(dir, 'moved')}\n`);
    put('moved/settings.json', JSON.stringify({ downloadsFolder: join(dir, 'disk') }));
    const found = usualPlaces({}, home()).lmStudio;
    expect(found).toEqual([join(dir, 'disk'), join(dir, 'moved/models'), ...usual.map((path) => join(home(), path))]);
    put('disk/owner/repo/studio.gguf', 'x');
    put('moved/models/owner/repo/older.gguf', 'x');
    const models = await findModels({ ...places, lmStudio: found });
    expect(models.map(({ name, origin }) => [name, origin])).toEqual([
      ['studio', 'LM Studio'],
      ['older', 'LM Studio'],
    ]);
  });
  test.each([
    ['is empty', '', '{"downloadsFolder":7}'],
    ['is no path', 'somewhere', 'not JSON'],
    ['is the usual one', '~', 'null'],
  ])('are the usual ones when the pointer %s', (_, pointer, settings) => {
    put('home/.lmstudio-home-pointer', pointer === '~' ? join(home(), '.lmstudio') : pointer);
    put('home/.lmstudio/settings.json', settings);
    expect(usualPlaces({}, home()).lmStudio).toEqual(usual.map((path) => join(home(), path)));
  });
});

describe('a GGUF file', () => {
  test('tells what it is, and what its context takes', async () => {
    put('own/a.gguf', ggufFile({ tokens: ['<s>', '<|fim_middle|>'] }));
    expect(await readGguf(join(dir, 'own/a.gguf'))).toMatchObject({
      architecture: 'qwen2',
      name: 'Tiny',
      quantization: 'Q4_K_M',
      contextLength: 4096,
      parameters: 32 * 64,
      fillsIn: true,
      // 2 layers, 2 heads of keys and values of 8 each, 2 bytes.
      tokenBytes: 2 * 2 * (8 + 8) * 2,
    });
  });
  test.each([
    ['text', Buffer.from('Not a model at all, but long enough.'), 'It is no GGUF file.'],
    ['another version', ggufFile({ version: 9 }), 'GGUF version 9 is not known.'],
    ['half a header', ggufFile({}).subarray(0, 60), 'The file ends within its header.'],
    ['a count beyond reason', ggufFile({ entries: 2n ** 60n }), 'Its header is damaged.'],
  ])('that is %s is told apart', async (_, content, why) => {
    put('own/a.gguf', content);
    await expect(readGguf(join(dir, 'own/a.gguf'))).rejects.toThrow(why);
  });
  test('in parts is removed with all of them', async () => {
    put('own/big-00001-of-00002.gguf', ggufFile({}));
    put('own/big-00002-of-00002.gguf', 'xxx');
    put('own/other.gguf', ggufFile({}));
    const shelf = createShelf(
      () => places,
      () => undefined,
    );
    expect(await shelf.remove('big')).toBe(true);
    expect(readdirSync(join(dir, 'own'))).toEqual(['other.gguf']);
  });
  test('that ends before its weights do is damaged, and is removed only from the own folder', async () => {
    put('own/a.gguf', ggufFile({}).subarray(0, -10));
    put('named/b.gguf', ggufFile({}));
    const log: string[] = [];
    const shelf = createShelf(
      () => places,
      (text) => void log.push(text),
    );
    expect((await shelf.list(new Map())).map(({ name, own }) => [name, own])).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(await shelf.file('a')).toEqual({ problem: 'it ends too early' });
    expect(await shelf.file('b')).toMatchObject({ path: join(dir, 'named/b.gguf'), trainedContext: 4096 });
    expect(await shelf.file('c')).toBeUndefined();
    expect(await shelf.remove('b')).toBe(false);
    expect(await shelf.remove('a')).toBe(true);
    expect(await findModels(places)).toHaveLength(1);
    expect(log).toEqual([`${join(dir, 'own/a.gguf')} cannot be used: it ends too early`]);
  });
});
