import { describe, expect, test } from 'vitest';
import { fit, trim } from '../../../src/core/completion/postprocess.ts';
import { SPACES, place } from './sample.ts';

const TABS = { insertSpaces: false, tabSize: 4 };

describe('fit', () => {
  test.each([
    ['line ends', '|', 'a\r\nb\rc', 'a\nb\nc'],
    ['a second space', 'return |', ' a;', 'a;'],
    ['a wanted space', 'return|', ' a;', ' a;'],
    ['indentation that is there already', 'if (a) {\n    |', '    b();\n    c();', 'b();\n    c();'],
    ['deeper indentation that fits', 'if (a) {\n|', '    b();', '    b();'],
    ['deeper indentation by a step', 'class A:\n    def b():\n    |', '    c()', '    c()'],
    ['a line end first', 'if (a) {|', '\n    b();', '\n    b();'],
  ])('%s', (_, marked, raw, text) => expect(fit(raw, place(marked), SPACES)).toBe(text));

  test.each([
    ['spaces become tabs', 'if (a) {|', '\n    b(  c);\n        d();', '\n\tb(  c);\n\t\td();', TABS],
    ['alignment stays', 'f(a,|', '\n  b)', '\n  b)', TABS],
    ['tabs become spaces', 'if (a) {|', '\n\tb(\tc);', '\n    b(\tc);', SPACES],
    ['on a blank line too', 'if (a) {\n|', '    b();', '\tb();', TABS],
    ['but not within a line', 'a = |', '1    + 2', '1    + 2', TABS],
  ])('%s', (_, marked, raw, text, indentation) => expect(fit(raw, place(marked), indentation)).toBe(text));
});

describe('trim', () => {
  const cases: readonly [string, string, string, { text: string; replaces?: number } | undefined][] = [
    ['nothing', 'a = |', '', undefined],
    ['blank', 'a = |', '  \n ', undefined],
    ['blanks at the end', 'a = |', '1;  \n\n', { text: '1;' }],
    ['blanks before the rest of the line stay', 'f(|a)', 'b, ', { text: 'b, ' }],
    // Right of the cursor
    ['a closed bracket', 'foo(|)', 'a, b)', { text: 'a, b' }],
    ['a closed bracket and more', 'foo(|)', 'a, b);', { text: 'a, b);', replaces: 1 }],
    ['both are there', 'foo(|);', 'a, b);', { text: 'a, b' }],
    ['nothing closed', 'foo(|)', 'a, b', { text: 'a, b' }],
    ['its own brackets', 'foo(|)', 'bar(a)', { text: 'bar(a)' }],
    ['its own and the outer', 'foo(|)', 'bar(a), b)', { text: 'bar(a), b' }],
    ['a closed string', 'a = "|"', 'text"', { text: 'text' }],
    ['a closed string and more', 'a = "|"', 'text";', { text: 'text";', replaces: 1 }],
    ['string and bracket', "f('|')", "text')", { text: 'text' }],
    ['string, bracket and more', "f('|')", "text');", { text: "text');", replaces: 2 }],
    ['an escaped quote', 'a = "|"', 'x\\"y"', { text: 'x\\"y' }],
    ['several closers', 'f({|})', ' a: 1 })', { text: ' a: 1 ' }],
    ['several closers, several lines', 'f(() => {|})', '\n    a();\n});', { text: '\n    a();\n});', replaces: 2 }],
    ['an inner call closed in the middle', 'foo(bar(|))', '1), 2);', { text: '1), 2);', replaces: 2 }],
    ['only the inner call', 'foo(bar(|))', '1), 2', { text: '1), 2', replaces: 1 }],
    ['a string in a call', 'foo("|")', 'a", b)', { text: 'a", b)', replaces: 2 }],
    ['closers before a semicolon', 'foo(bar(|));', '1), 2);', { text: '1), 2);', replaces: 3 }],
    ['other text after the closer', 'foo(|) + 1', 'a) * 2', { text: 'a' }],
    ['the rest of the line', 'foo(|bar, baz)', 'a, bar, baz)', { text: 'a, ' }],
    ['a part of the rest', 'a = |value + 1', 'b + value', { text: 'b + ' }],
    ['the rest in the middle', 'foo(|bar, baz)', 'a, bar, baz);', { text: 'a, ' }],
    ['a letter in common is no overlap', 'a = | n', 'begin', { text: 'begin' }],
    ['one line only where more follows', 'foo(|a)', 'b,\nc,', { text: 'b,' }],
    ['a bracket in a string', 'foo(|)', '")"', { text: '")"' }],
    // Below the cursor
    ['the line below', 'a();\n|\nb(c, d);', 'b(c, d);', undefined],
    ['the line below at the end', '|\nb(c, d);', 'a();\nb(c, d);', { text: 'a();' }],
    ['two short lines below', '|\nb\nc', 'a\nb\nc', { text: 'a' }],
    ['a closer below', 'if (a) {\n    |\n}', 'b();\n}', { text: 'b();' }],
    ['a closer that is needed', '|\n}', 'if (a) {\n}', { text: 'if (a) {\n}' }],
    ['the line that would become the one below', 'b(|\nb(c, d);', 'c, d);', undefined],
    ['the line above', 'import a from "a";\n|', 'import a from "a";', undefined],
    ['short lines may repeat', '    }\n|', '    }', { text: '    }' }],
    ['a line of Windows', 'a = |\r\nb', '1', { text: '1' }],
  ];
  test.each(cases)('%s', (_, marked, fitted, expected) =>
    expect(trim(fitted, place(marked))).toEqual(expected && { replaces: 0, ...expected }),
  );

  test('cuts at the closer where it must not replace', () =>
    expect(trim('a, b);', place('foo(|)'), false)).toEqual({ text: 'a, b', replaces: 0 }));
});
