import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type TextAccess,
  columns,
  indentOf,
  isBlank,
  joinTexts,
  textOf,
  wholeCharacter,
  withLine,
} from '../../../src/core/completion/text.ts';

const linesOf = ({ lineCount, line }: TextAccess) => Array.from({ length: lineCount }, (_, index) => line(index));

describe('the lines of a text', () => {
  test.each([
    ['', ['']],
    ['a', ['a']],
    ['\n', ['', '']],
    ['a\r\nb\rc\nd', ['a', 'b', 'c', 'd']],
    ['a\n\r\nb', ['a', '', 'b']],
    ['a\r\n', ['a', '']],
    // Ends of lines for Unicode, and for no editor.
    ['a\u2028b\u0085c\fd', ['a\u2028b\u0085c\fd']],
  ])('%j', (content, lines) => expect(linesOf(textOf(content))).toEqual(lines));

  test('are the text again, whatever ended them', () => {
    const line = fc.string({ unit: fc.constantFrom('a', '\t', ' ', '{', '\u{1F600}') });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.constantFrom('\n', '\r\n', '\r'), (lines, eol) => {
        expect(linesOf(textOf(lines.join(eol)))).toEqual(lines);
      }),
    );
  });
});

describe('texts one after the other', () => {
  /** As an editor: it throws where no line is. */
  const strict = ({ lineCount, line }: TextAccess): TextAccess => ({
    lineCount,
    line(index) {
      if (index < 0 || index >= lineCount) throw new RangeError(`line ${index}`);
      return line(index);
    },
  });

  test('are one, in their order', () => {
    const content = fc.string({ unit: fc.constantFrom('a', 'b', '\n') });
    fc.assert(
      fc.property(fc.array(content, { minLength: 1 }), (contents) => {
        const joined = joinTexts(contents.map((each) => strict(textOf(each))));
        expect(linesOf(joined)).toEqual(linesOf(textOf(contents.join('\n'))));
      }),
    );
  });

  test('may be none, or have no lines', () => {
    expect(joinTexts([]).lineCount).toBe(0);
    const empty = joinTexts([]);
    expect(linesOf(joinTexts([empty, textOf('a\nb'), empty, textOf('c'), empty]))).toEqual(['a', 'b', 'c']);
  });
});

test('another line takes the place of one', () => {
  const text = textOf('a\nb\nc');
  expect(linesOf(withLine(text, 1, 'new'))).toEqual(['a', 'new', 'c']);
  expect(linesOf(text)).toEqual(['a', 'b', 'c']);
  expect(linesOf(withLine(withLine(text, 0, 'x'), 2, 'z'))).toEqual(['x', 'b', 'z']);
});

describe('an index between whole characters', () => {
  test.each([
    ['ab', 1, 1],
    ['\u{1F600}b', 0, 0],
    ['\u{1F600}b', 1, 2],
    ['\u{1F600}b', 2, 2],
    ['a\u{1F600}', 2, 3],
    ['', 0, 0],
    ['ab', 2, 2],
  ])('in %j, from %i: %i', (text, index, whole) => expect(wholeCharacter(text, index)).toBe(whole));

  test('cuts no character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\u{1F600}', '\u{10FFFF}') }), fc.nat(), (text, any) => {
        const index = any % (text.length + 1);
        const at = wholeCharacter(text, index);
        expect(at - index).toBeLessThanOrEqual(1);
        expect(text.slice(0, at)).not.toMatch(/\p{Cs}/u);
        expect(text.slice(at)).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe('indentation', () => {
  test.each([
    ['', ''],
    ['a b', ''],
    ['  a ', '  '],
    ['\t a', '\t '],
    ['   ', '   '],
  ])('of %j is %j', (line, indent) => expect(indentOf(line)).toBe(indent));

  test.each([
    ['', 4, 0],
    ['   ', 4, 3],
    ['\t', 4, 4],
    ['\t', 8, 8],
    [' \t', 4, 4],
    ['   \t', 4, 4],
    ['    \t', 4, 8],
    ['\t  ', 2, 4],
    ['\t\t\t', 3, 9],
  ])('%j with tabs of %i is %i wide', (indent, tabSize, width) => expect(columns(indent, tabSize)).toBe(width));

  test.each([
    ['', true],
    [' \t', true],
    ['\r', true],
    ['\u00A0', true],
    [' a', false],
    ['}', false],
  ])('%j is blank: %s', (line, expected) => expect(isBlank(line)).toBe(expected));
});
