import { describe, expect, test } from 'vitest';
import { joinTexts, textOf } from '../../../src/core/completion/text.ts';
import { CHARACTERS_PER_TOKEN, chooseWindow, withoutReserved } from '../../../src/core/completion/window.ts';
import { at } from './sample.ts';

const lines = (count: number) => Array.from({ length: count }, (_, n) => `const value${n} = compute(${n});`);
const huge = lines(50_000);
const HUGE = {
  lineCount: huge.length,
  reads: 0,
  line(index: number) {
    this.reads++;
    return huge[index] ?? '';
  },
};

describe('chooseWindow', () => {
  test('takes all of a small text', () => {
    const { text, cursor } = at('one\ntwo|three\nfour');
    expect(chooseWindow(textOf(text), cursor, 512)).toEqual({ prefix: 'one\ntwo', suffix: 'three\nfour' });
  });

  test.each([128, 512, 1536, 8192])('keeps to a budget of %i tokens and cuts at line starts', (budget) => {
    const { prefix, suffix } = chooseWindow(textOf(huge.join('\n')), { line: 25_000, character: 5 }, budget);
    expect(prefix.length + suffix.length).toBeLessThanOrEqual(budget * CHARACTERS_PER_TOKEN);
    expect(prefix.length + suffix.length).toBeGreaterThan(budget * CHARACTERS_PER_TOKEN * 0.6);
    expect(prefix).toMatch(/^const value\d+ = compute/);
    expect(prefix.endsWith('\nconst')).toBe(true);
    expect(suffix).toMatch(/;$/);
  });

  test('reads only the lines that it needs', () => {
    HUGE.reads = 0;
    chooseWindow(HUGE, { line: 25_000, character: 0 }, 1536);
    expect(HUGE.reads).toBeLessThan(1000);
  });

  test('the start stays the same over many lines', () => {
    const starts = Array.from({ length: 200 }, (_, n) => {
      const { prefix } = chooseWindow(HUGE, { line: 25_000 + n, character: 5 }, 1536);
      return prefix.slice(0, prefix.indexOf('\n'));
    });
    expect(new Set(starts).size).toBeLessThanOrEqual(200 / 16 + 1);
  });

  test('the start stays the same while a line is typed', () => {
    const typed = 'return compute(value, other, another) + 1;';
    const starts = Array.from(typed, (_, n) => {
      const text = textOf([...huge.slice(0, 1000), typed.slice(0, n), ...huge.slice(1000, 1100)].join('\n'));
      return chooseWindow(text, { line: 1000, character: n }, 1536).prefix.slice(0, 200);
    });
    expect(new Set(starts).size).toBeLessThanOrEqual(2);
  });

  test('what one side leaves over goes to the other', () => {
    const text = textOf(huge.slice(0, 1000).join('\n'));
    const budget = 1536 * CHARACTERS_PER_TOKEN;
    const atEnd = chooseWindow(text, { line: 999, character: 0 }, 1536);
    const atStart = chooseWindow(text, { line: 0, character: 0 }, 1536);
    expect(atEnd.prefix.length).toBeGreaterThan(budget * 0.7);
    expect(atStart.suffix.length).toBeGreaterThan(budget * 0.6);
  });

  test('a very long line is cut, in blocks, and not within a character', () => {
    const line = '\u{1F600}'.repeat(500_000);
    const text = textOf(line);
    const starts = new Set<number>();
    for (let n = 0; n < 100; n++) {
      const character = 400_000 + 2 * n;
      const { prefix, suffix } = chooseWindow(text, { line: 0, character }, 512);
      expect(prefix.length + suffix.length).toBeLessThanOrEqual(512 * CHARACTERS_PER_TOKEN + 2);
      expect(prefix.charCodeAt(0)).toBe(0xd83d);
      starts.add(character - prefix.length);
    }
    expect(starts.size).toBeLessThanOrEqual(2);
  });

  test('long lines do not cost the whole window', () => {
    const text = textOf(Array.from({ length: 40 }, () => 'x'.repeat(900)).join('\n'));
    const { prefix } = chooseWindow(text, { line: 30, character: 10 }, 1536);
    expect(prefix.length).toBeGreaterThan(1536 * CHARACTERS_PER_TOKEN * 0.75 * 0.4);
  });

  test('cells of a notebook are one text', () => {
    const text = joinTexts([textOf('import os'), textOf('a = 1\nb = '), textOf('print(b)')]);
    expect(text.lineCount).toBe(4);
    expect(chooseWindow(text, { line: 2, character: 4 }, 256)).toEqual({
      prefix: 'import os\na = 1\nb = ',
      suffix: '\nprint(b)',
    });
  });
});

describe('withoutReserved', () => {
  const reserved = ['<|fim_prefix|>', '<|im_end|>'];
  test.each([
    ['a\nb', 'c\nd', 'a\nb', 'c\nd'],
    ['a <|im_end|> x\nb\nc', 'd', 'b\nc', 'd'],
    ['a <|im_end|>\n<|fim_prefix|>b\nc', 'd', 'c', 'd'],
    ['a', 'b\nc\nd <|im_end|>\ne', 'a', 'b\nc'],
    ['a', '\n<|im_end|>', 'a', ''],
  ])('%j + %j', (prefix, suffix, before, after) =>
    expect(withoutReserved({ prefix, suffix }, reserved)).toEqual({ prefix: before, suffix: after }),
  );

  test.each([
    ['a <|im_end|> b', ''],
    ['x\na <|im_end|> b', ''],
    ['', 'b <|im_end|>\nc'],
  ])('refuses %j + %j: it is on the line of the cursor', (prefix, suffix) =>
    expect(withoutReserved({ prefix, suffix }, reserved)).toBeUndefined(),
  );
});
