import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closesFirst,
  depthAfter,
  firstQuote,
  isQuote,
  openAfter,
  openBrackets,
  strayClosers,
} from '../../../src/core/completion/brackets.ts';

describe('a bracket counts', () => {
  test.each([
    ['', 0],
    ['f(a, [b', 2],
    ['{ ( [ ] ) }', 0],
    ['f(\r\n\t[\r\n', 2],
    // Not in strings
    ['f("(", \'[\', `{`', 1],
    ['f("a \\" (", b', 1],
    ['f("\\\\", (', 2],
    ['f("a \' (")', 0],
    ['"a \\\n ( b"', 0],
    // But where a quote begins none, or one that does not end on its line
    ["don't (", 1],
    ["fn f<'a>(x: &'a str) {", 1],
    ['`a\n${(', 2],
    ['"(', 1],
    // Not in comments
    ['a( // ) it is (so', 1],
    ['a( # ) it is (so', 1],
    ['# ((', 0],
    ['// (\n(', 1],
    ['// "\n( // "', 1],
    ['"//" (', 1],
    // But where that is none
    ['https://a.b/(', 1],
    ['#[derive(', 2],
    ['a# (', 1],
    ['#(', 1],
    // In any script
    ['f(\u{1F600}, "\u{1F600}(", [', 2],
  ])('in %j: %i open', (code, open) => expect(openBrackets(code)).toBe(open));
});

describe('closers that nothing opens', () => {
  test.each([
    [') (', 1, 0, [0]],
    ['}) => {', 1, -1, [0, 1]],
    ['a] b[ c]', 0, -1, [1]],
    ['")" )', 0, -1, [4]],
    ['((', 2, 2, []],
    ['', 0, 0, []],
  ])('in %j: %i open, %i deeper, astray at %j', (code, open, depth, stray) => {
    expect(openBrackets(code)).toBe(open);
    expect(depthAfter(0, code)).toBe(depth);
    expect(strayClosers(code)).toEqual(stray);
  });
});

describe('the brackets that stay open', () => {
  test.each([
    ['', 'f([{', '([{'],
    ['(', 'a[b](c', '(('],
    ['({', '}', '('],
    ['({', ')', undefined],
    ['', '(]', undefined],
    ['{', '"]" // )', '{'],
    // Opened before all of it, and so of any kind.
    ['', ')', ''],
    ['(', ')]}', ''],
    ['', '} else {', '{'],
  ])('%j and %j: %j', (open, code, expected) => expect(openAfter(open, code)).toBe(expected));
});

/** Lines with all that is hard to tell from each other; none goes on behind a backslash. */
const PIECES = ['(', ')', '[', ']', '{', '}', '"', "'", '`', '\\"', '//', '# ', '#', ':', ' ', 'a', '\t', '\u{1F600}'];
const line = fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 20 });
const lines = fc.array(line, { maxLength: 4 }).map((all) => all.join('\n'));
const stack = fc.string({ unit: fc.constantFrom('(', '[', '{'), maxLength: 4 });

describe('whatever the code is', () => {
  test('it counts the same line by line', () => {
    fc.assert(
      fc.property(lines, lines, fc.integer({ min: -3, max: 3 }), (first, second, depth) => {
        expect(depthAfter(depthAfter(depth, first), second)).toBe(depthAfter(depth, `${first}\n${second}`));
      }),
    );
    fc.assert(
      fc.property(lines, lines, stack, (first, second, open) => {
        const between = openAfter(open, first);
        const after = between === undefined ? undefined : openAfter(between, second);
        expect(after).toBe(openAfter(open, `${first}\n${second}`));
      }),
    );
  });

  test('it goes deeper by what stays open, less what is astray', () => {
    fc.assert(
      fc.property(lines, (code) => {
        const stray = strayClosers(code);
        expect(depthAfter(0, code)).toBe(openBrackets(code) - stray.length);
        expect(stray.every((at) => ')]}'.includes(code.charAt(at)))).toBe(true);
        const open = openAfter('', code);
        expect([undefined, openBrackets(code)]).toContain(open?.length);
      }),
    );
  });

  const { balanced } = fc.letrec<{ balanced: string }>((tie) => ({
    balanced: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('a', '"("', "']'", '// ((\n', ' # }\n'),
      fc
        .tuple(fc.constantFrom('()', '[]', '{}'), tie('balanced'), tie('balanced'))
        .map(([pair, inside, after]) => `${pair.charAt(0)}${inside}${pair.charAt(1)} ${after}`),
    ),
  }));

  test('it changes nothing where every bracket has its other one', () => {
    fc.assert(
      fc.property(balanced, stack, (code, open) => {
        expect(openBrackets(code)).toBe(0);
        expect(depthAfter(7, code)).toBe(7);
        expect(strayClosers(code)).toEqual([]);
        expect(openAfter(open, code)).toBe(open);
        expect(openAfter('', `${open}\n${code}`)).toBe(open);
      }),
    );
  });
});

test('a very long line is counted to its end', () => {
  expect(openBrackets(`${'['.repeat(60_000)}${']'.repeat(59_999)}`)).toBe(1);
  expect(openBrackets(`x = "${'('.repeat(100_000)}" + (`)).toBe(1);
});

describe('quotes', () => {
  test.each([
    ['a"b', '"', 1],
    ['a\\"b"', '"', 4],
    ['\\\\"', '"', 2],
    ["a'b", '"', undefined],
    ['\\', '"', undefined],
    ['', '"', undefined],
    ['\u{1F600}`', '`', 2],
  ])('in %j the first %s that is not escaped is at %s', (code, quote, at) => expect(firstQuote(code, quote)).toBe(at));

  test.each([
    ['"', true],
    ["'", true],
    ['`', true],
    ['(', false],
    ['', false],
  ])('%j is one: %s', (character, expected) => expect(isQuote(character)).toBe(expected));
});

test.each([
  ['}', true],
  ['  }, {', true],
  ['\t]', true],
  [')\r', true],
  ['a }', false],
  ['{', false],
  ['   ', false],
  ['', false],
])('%j starts with a closer: %s', (line, expected) => expect(closesFirst(line)).toBe(expected));
