import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endsLine, lineAbove, lineBelow, opensBlock, placeOf, wantsLines } from '../../../src/core/completion/place.ts';
import { type TextAccess, textOf } from '../../../src/core/completion/text.ts';
import { place } from './sample.ts';

/** A text that writes down which of its lines were read, and throws where none is. */
function watched(lines: readonly string[]): TextAccess & { readonly read: number[] } {
  const read: number[] = [];
  return {
    read,
    lineCount: lines.length,
    line(index) {
      read.push(index);
      const line = lines[index];
      if (line === undefined) throw new RangeError(`line ${index}`);
      return line;
    },
  };
}

describe('the surroundings of a cursor', () => {
  test('are the line on both sides, the text before and the lines below', () => {
    expect(place('a();\r\nif (b) {\n    c(|);\n}\r\n\nd();')).toEqual({
      before: 'a();\nif (b) {\n    c(',
      fromStart: true,
      lineBefore: '    c(',
      lineAfter: ');',
      below: ['}', '', 'd();'],
    });
  });

  test('are empty in an empty document', () => {
    const nothing = { before: '', fromStart: true, lineBefore: '', lineAfter: '', below: [] };
    expect(place('|')).toEqual(nothing);
    expect(place('|\n')).toEqual({ ...nothing, below: [''] });
    expect(place('\n|')).toEqual({ ...nothing, before: '\n' });
  });

  test('are the end of the text up to the cursor, 4096 characters of it', () => {
    const line = fc.integer({ min: 0, max: 1500 }).map((length) => `${length}\t\u{1F600}`.padEnd(length, 'x'));
    const exact = fc.constantFrom(4095, 4096, 4097).map((length) => ['x'.repeat(length)]);
    const document = fc.oneof(fc.array(line, { minLength: 1, maxLength: 12 }), exact);
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(), (lines, anyLine, anyCharacter) => {
        const line = anyLine % lines.length;
        const own = lines[line] ?? '';
        const character = anyCharacter % (own.length + 1);
        const text = watched(lines);
        const { before, fromStart, lineBefore, lineAfter, below } = placeOf(text, { line, character });
        const whole = [...lines.slice(0, line), own.slice(0, character)].join('\n');
        expect(before).toBe(whole.slice(-4096));
        expect(fromStart).toBe(whole.length <= 4096);
        expect(lineBefore).toBe(own.slice(0, character).slice(-4096));
        expect(before.endsWith(lineBefore)).toBe(true);
        expect(lineAfter).toBe(own.slice(character).slice(0, 1024));
        expect(below).toEqual(lines.slice(line + 1, line + 9).map((each) => each.slice(0, 1024)));
      }),
    );
  });

  test.each([
    [[4096], 4096, true],
    [[5000], 4096, true],
    [[5000], 4097, false],
    [[4000, 95], 95, true],
    [[4000, 96], 96, false],
    [[0, 4096], 4096, false],
    [[0, 4095], 4095, true],
  ])('lines of %j characters and %i of the last: all of it, %s', (lengths, character, whole) => {
    const text = watched(lengths.map((length) => 'x'.repeat(length)));
    expect(placeOf(text, { line: lengths.length - 1, character }).fromStart).toBe(whole);
  });

  test('are read as they are needed, each line once', () => {
    const text = watched(Array.from({ length: 50_000 }, (_, index) => `line ${index}`.padEnd(99, '.')));
    placeOf(text, { line: 25_000, character: 50 });
    const read = text.read.toSorted((a, b) => a - b);
    // 41 lines of 100 characters, and eight below.
    expect(read).toEqual(Array.from({ length: 50 }, (_, n) => 24_959 + n));
  });

  test('of a very long line are that line and what is below', () => {
    const text = watched(['a', 'x'.repeat(1_000_000), 'b', 'c'.repeat(5000)]);
    const found = placeOf(text, { line: 1, character: 500_000 });
    expect([found.before.length, found.lineBefore.length, found.lineAfter.length]).toEqual([4096, 4096, 1024]);
    expect(found.below.map((line) => line.length)).toEqual([1, 1024]);
    expect(found.fromStart).toBe(false);
    expect(text.read).toEqual([1, 2, 3]);
    expect(lineAbove(found)).toBeUndefined();
  });
});

describe('the next lines with something on them', () => {
  test.each([
    ['a();\n\n  |\n\t\n  b();  \nc();', 'a();', '  b();'],
    ['|', undefined, undefined],
    ['\n \n|\n \n', undefined, undefined],
    ['a|b', undefined, undefined],
    ['\ta  \nb|\nc', '\ta', 'c'],
    ['a\n|', 'a', undefined],
    ['|\nb', undefined, 'b'],
    ['a\r\n|\r\nb\r', 'a', 'b'],
    // Farther away than what is looked at.
    [`|${'\n'.repeat(9)}b`, undefined, undefined],
    [`|${'\n'.repeat(8)}b`, undefined, 'b'],
  ])('around %j: %j and %j', (marked, above, below) => {
    expect(lineAbove(place(marked))).toBe(above);
    expect(lineBelow(place(marked))).toBe(below);
  });

  test('are none above a line that is as long as the text that is looked at', () => {
    expect(lineAbove(place(`a\n${'x'.repeat(4095)}|`))).toBeUndefined();
    expect(lineAbove(place(`a\n${'x'.repeat(4094)}|`))).toBe('a');
  });
});

test.each([
  ['', true],
  [');', true],
  ['})', true],
  ['">', true],
  [" ') ,\r", true],
  ['a', false],
  [') + 1', false],
  ['{', false],
  ['\u{1F600}', false],
])('%j right of the cursor leaves room for lines: %s', (lineAfter, expected) => {
  expect(endsLine(lineAfter)).toBe(expected);
});

test.each([
  ['function f() {', true],
  ['def f():  ', true],
  ['f(', true],
  ['a = [\t', true],
  ['(a) =>', true],
  ['fn f() ->', true],
  ['while x do', true],
  ['else\r', true],
  ['loop', true],
  ['begin', true],
  ['undo', false],
  ['a = 1;', false],
  ['f()', false],
  ['x >= y', false],
  ['a, ', false],
  ['', false],
])('what follows %j belongs into it: %s', (line, expected) => expect(opensBlock(line)).toBe(expected));

describe('several lines', () => {
  test.each([
    ['on a blank line', '    |', true, true],
    ['on the first of a document', '|', true, true],
    ['where a block begins', 'if (a) {|', true, true],
    ['between what the editor closed', 'f(() => {|})', true, true],
    ['between arguments', '    a,|', true, true],
    ['behind a comma and a space', 'f(a, |)', true, true],
    ['on demand behind a statement', 'a();|', false, true],
    ['on demand in a call', 'f(|)', true, true],
    ['not where more of the line follows', 'f(|a)', false, false],
    ['not before another statement', '    |b();', false, false],
  ])('%s: %j', (_, marked, automatic, explicit) => {
    expect(wantsLines(place(marked), false)).toBe(automatic);
    expect(wantsLines(place(marked), true)).toBe(explicit);
  });
});

test('the lines of a text and the place agree on what is where', () => {
  const { lineBefore, lineAfter, below } = placeOf(textOf('\u{1F600}a\r\nb'), { line: 0, character: 2 });
  expect([lineBefore, lineAfter, below]).toEqual(['\u{1F600}', 'a', ['b']]);
});
