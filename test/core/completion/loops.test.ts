import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loopInLine, loopOfLines } from '../../../src/core/completion/loops.ts';

describe('lines that repeat themselves', () => {
  test.each([
    ['three times', ['a', 'b', 'b', 'b'], 2],
    ['from the first on', ['a', 'a', 'a'], 1],
    ['by twos', ['x', 'a', 'b', 'a', 'b', 'a', 'b'], 3],
    ['by threes', ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c'], 3],
    ['but for the blanks at their ends', ['a', 'a ', 'a\r'], 1],
    ['with a line between that says nothing', ['a', '', 'a', '', 'a', ''], 2],
    ['in any script', ['猫', '猫', '猫'], 1],
  ])('%s', (_, lines, keep) => expect(loopOfLines(lines)).toBe(keep));

  test.each([
    ['nothing', []],
    ['twice is no loop', ['a', 'b', 'b']],
    ['nor what another line ends', ['b', 'b', 'b', 'a']],
    ['nor what is indented differently', ['a', ' a', '  a']],
    ['closers', ['}', '}', '}']],
    ['rulers', ['---', '---', '---']],
    ['blank lines', ['', '', '', '']],
    ['fours', ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']],
    ['some more of one than of the other', ['a', 'b', 'a', 'b', 'a']],
  ])('%s', (_, lines) => expect(loopOfLines(lines)).toBeUndefined());

  const line = fc.constantFrom('a', 'b', '}', '', '  a');

  test('are kept once, and what is cut only says it again', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        const keep = loopOfLines(lines);
        if (keep === undefined) return;
        const again = lines.slice(keep);
        const unit = lines.slice(keep - again.length / 2, keep);
        expect([1, 2, 3]).toContain(unit.length);
        expect(again).toEqual([...unit, ...unit]);
      }),
    );
  });

  test('are always found', () => {
    const unit = fc.array(line, { minLength: 1, maxLength: 3 }).filter((lines) => lines.join('').includes('a'));
    fc.assert(
      fc.property(fc.array(line), unit, (before, unit) => {
        expect(loopOfLines([...before, ...unit, ...unit, ...unit])).toBeDefined();
      }),
    );
  });
});

describe('a line that repeats itself', () => {
  test.each([
    ['a word', `x = ${'+ abc'.repeat(20)}`, 'x = + abc'],
    ['in the middle of it', `x = ${'abc+'.repeat(20)}ab`, 'x = abc+'],
    ['from its beginning on', 'ab'.repeat(30), 'ab'],
    ['one letter', 'a'.repeat(40), 'aa'],
    [
      'as long as it may be',
      `[${`${'a'.repeat(20)}${'b'.repeat(28)}`.repeat(5)}`,
      `[${'a'.repeat(20)}${'b'.repeat(28)}`,
    ],
    ['digits', `[${'0, '.repeat(14)}`, '[0, '],
    ['in any script', '猫犬'.repeat(20), '猫犬'],
    ['characters of two units', '\u{1D4B3}'.repeat(20), '\u{1D4B3}'],
  ])('%s', (_, line, kept) => expect(line.slice(0, loopInLine(line))).toBe(kept));

  test.each([
    ['', ''],
    ['is too short', 'abc '.repeat(9)],
    ['came four times', 'a word of some eighteen letters, '.repeat(4)],
    ['is too long', `${'a'.repeat(20)}${'b'.repeat(29)}`.repeat(6)],
    ['ended', `${'abc '.repeat(20)};`],
    ['is a ruler', '='.repeat(200)],
    ['is a row of pictures', '\u{1F600}\u{1F601}'.repeat(30)],
    ['is blank', ' '.repeat(300)],
  ])('no loop: what %s', (_, line) => expect(loopInLine(line)).toBeUndefined());

  test('is kept once, and what is cut only says it again', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '('), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 60 }), word, (before, unit, times, after) => {
        const line = before + unit.repeat(times) + after;
        const keep = loopInLine(line);
        if (keep === undefined) return;
        const cut = line.slice(keep);
        const units = Array.from({ length: 48 }, (_, index) => line.slice(Math.max(0, keep - index - 1), keep));
        expect(units.some((each) => each.repeat(line.length).startsWith(cut))).toBe(true);
        expect(line.length).toBeGreaterThanOrEqual(40);
      }),
    );
  });

  test('is not cut in the middle of a character', () => {
    // The first character has its second half in common with those that come again.
    const line = `\u{1FA00}${'a\u{1F600}'.repeat(20)}`;
    const keep = loopInLine(line) ?? 0;
    expect(line.slice(0, keep)).toBe('\u{1FA00}a\u{1F600}');
  });
});
