import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { SAMPLE } from './sampleFile.ts';
import { type Key, type Writer, createWriter } from './writer.ts';

const contentOf = ({ buffer }: Writer) =>
  Array.from({ length: buffer.lineCount }, (_, index) => buffer.line(index)).join('\n');
const region = (from: string, to: string) => ({ start: SAMPLE.text.indexOf(from), end: SAMPLE.text.indexOf(to) });
const one = { seed: 'a', stints: [{ region: 0, until: 1 }] };

describe('a writer', () => {
  it('types what is missing, whatever the editor closes and whatever goes wrong on the way', () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const writer = createWriter(planOf(SAMPLE, `${seed}`));
      for (let keys = 0; keys < 3_000 && !writer.done; keys++) {
        const key: Key = writer.press();
        kinds.add(key.kind === 'type' && key.expands ? 'expands' : key.kind);
      }
      expect(contentOf(writer)).toBe(SAMPLE.text);
    }
    expect(kinds).toEqual(new Set(['type', 'over', 'erase', 'move', 'expands']));
  });

  it('has closers right of the cursor where editors set them', () => {
    const plan = { file: SAMPLE, ...one, regions: [region('find((entry)', '\n    if (known)')] };
    const writer = createWriter(plan);
    for (let keys = 0; keys < 6; keys++) writer.press();
    const { line, character } = writer.buffer.cursor;
    expect(writer.buffer.line(line).slice(character)).toBe('))');
    expect(writer.covered(6)).toBe(1);
    expect(writer.covered('entry) => entry.key === key);'.length)).toBe(2);
  });

  it('takes text in place of closers', () => {
    const plan = { file: SAMPLE, ...one, regions: [region('find((entry)', '\n    if (known)')] };
    const writer = createWriter(plan);
    for (let keys = 0; keys < 6; keys++) writer.press();
    writer.took('entry) => entry.key === key);', 2);
    expect(writer.pendings).toEqual([]);
    expect(contentOf(writer)).toBe(SAMPLE.text);
  });

  it('sees the same keys and gaps each time', () => {
    const record = () => {
      const writer = createWriter(planOf(SAMPLE, 'same'));
      const all: unknown[] = [];
      while (!writer.done) all.push(writer.gap(), writer.press());
      return all;
    };
    expect(record()).toEqual(record());
  });
});
