import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import { SAMPLE } from './sampleFile.ts';
import { createWriter } from './writer.ts';

const { text } = SAMPLE;
const BODY = text.indexOf('\n      this.remove(key);');

/** Somebody who has typed so many keys of the body of `if (known)`. */
function writerAfter(keys: number, start = BODY, end = text.indexOf('\n    }', BODY)) {
  const plan = { file: SAMPLE, seed: 'judge', regions: [{ start, end }], stints: [{ region: 0, until: 1 }] };
  const writer = createWriter(plan);
  for (let key = 0; key < keys; key++) writer.press();
  return writer;
}
const verdict = (shown: string, replaces = 0, writer = writerAfter(1)) => judge(writer, { text: shown, replaces });

describe('a verdict', () => {
  it('is good about the truth and its beginning', () => {
    expect(verdict('this.remove(key);\n      return;')).toEqual({
      right: 31,
      length: 31,
      harms: [],
      valid: true,
      whole: true,
      line: true,
    });
    expect(verdict('this.remove(')).toMatchObject({ harms: [], valid: true, whole: true, line: false });
  });

  it('counts up to the first wrong character', () => {
    expect(verdict('this.remote();')).toMatchObject({ right: 9, length: 14, valid: true, whole: false, harms: [] });
    expect(verdict('that();')).toMatchObject({ right: 2, valid: false });
  });

  it('sees text that stands below already', () => {
    const shown = 'this.remove(key);\n      return;\n    }\n\n    for (const entry of this.entries) {';
    expect(verdict(shown).harms).toContain('suffix');
    expect(verdict('this.remove(key);\n      return;\n    }').harms).toEqual(['unbalanced']);
  });

  it('sees a line that comes twice', () => {
    expect(verdict('this.remove(key);\n      this.remove(key);').harms).toEqual(['repeated']);
    expect(verdict('if (known) {').harms).toEqual(['repeated']);
  });

  it('sees control tokens and fences', () => {
    expect(verdict('this.remove(key);<|fim_pad|>').harms).toEqual(['marker']);
    expect(verdict('```ts').harms).toEqual(['marker']);
  });

  it('sees closers that come twice, and those that go without being given back', () => {
    const start = text.indexOf('(key);\n      return;') + 0;
    const writer = writerAfter(1, start, start + '(key);'.length);
    expect(writer.buffer.line(writer.buffer.cursor.line)).toContain('remove()');
    expect(judge(writer, { text: 'key);', replaces: 0 })).toMatchObject({ harms: ['unbalanced'], whole: false });
    expect(judge(writer, { text: 'key);', replaces: 1 })).toMatchObject({ harms: [], whole: true });
    expect(judge(writer, { text: 'key', replaces: 0 })).toMatchObject({ harms: [], whole: true });
    expect(judge(writer, { text: 'key', replaces: 1 }).harms).toEqual(['unbalanced']);
  });
});
