import { describe, expect, test } from 'vitest';
import { endsOf } from '../../../src/core/completion/markers.ts';
import { wantsLines } from '../../../src/core/completion/place.ts';
import { createStreamFilter } from '../../../src/core/completion/streamFilter.ts';
import { place } from './sample.ts';

/** What becomes of an answer at the cursor of a text, in whatever pieces it comes. */
function run(marked: string, answer: string, { stops = ['<|end|>'], explicit = false } = {}): string {
  const here = place(marked);
  const results = [1, 3, 7, answer.length].map((size) => {
    const options = { ends: endsOf(stops, marked), place: here, tabSize: 4, multiline: wantsLines(here, explicit) };
    const filter = createStreamFilter(options);
    for (let i = 0; i < answer.length; i += Math.max(1, size)) if (filter.push(answer.slice(i, i + size))) break;
    filter.finish();
    return filter.text;
  });
  expect(new Set(results).size, `in pieces: ${JSON.stringify(results)}`).toBe(1);
  return results[0] ?? '';
}

describe('stops', () => {
  test.each([
    ['x = |', '1;<|end|>more', '1;'],
    ['x = |', '1;<|en', '1;<|en'],
    ['x = |', '<|end|>', ''],
    ['x = |', 'a // no stop\n', 'a // no stop'],
  ])('%j + %j', (marked, answer, text) => expect(run(marked, answer)).toBe(text));

  test('nothing of a stop is shown while it may still come', () => {
    const filter = createStreamFilter({ ends: ['<|end|>'], place: place('x = |'), tabSize: 4, multiline: false });
    filter.push('1 <|');
    expect(filter.text).toBe('1 ');
    filter.push('> 2');
    expect(filter.text).toBe('1 <|> 2');
  });
});

describe('one line', () => {
  test.each([
    ['const a = |', '1;\nconst b = 2;\n', '1;'],
    ['const a = |', '1;\r\nconst b = 2;\r\n', '1;'],
    ['const a = 1;|', '\nconst b = 2;\nconst c = 3;\n', '\nconst b = 2;'],
    ['foo(|)', 'a, b)\nbar()', 'a, b)'],
    ['foo(|, c)', 'a, b\nbar()', 'a, b'],
  ])('%j + %j', (marked, answer, text) => expect(run(marked, answer)).toBe(text));
});

describe('several lines', () => {
  test.each([
    [
      'a block ends with what closes it',
      'function f() {|',
      '\n    return 1;\n}\n\nfunction g() {}\n',
      '\n    return 1;\n}',
    ],
    [
      'a blank line inside a deeper block does not end it',
      'function f() {|',
      '\n    const a = 1;\n\n    return a;\n}\nf();\n',
      '\n    const a = 1;\n\n    return a;\n}',
    ],
    [
      'Python: ends with the indentation',
      'def f():|',
      '\n    a = 1\n\n    return a\n\ndef g():\n',
      '\n    a = 1\n\n    return a',
    ],
    [
      'Python: a nested block with a blank line on a blank line',
      'def f():\n    z()\n    |',
      'for x in y:\n        a(x)\n\n        b(x)\n    return 1\n\n    other()\n',
      'for x in y:\n        a(x)\n\n        b(x)\n    return 1',
    ],
    [
      'an empty block is filled, with its blank lines',
      'function f() {\n    |\n}\nf();',
      'a();\n\n    b();\n}\nf();\n',
      'a();\n\n    b();',
    ],
    ['a paragraph ends at the blank line', '|', 'a();\nb();\n\nc();\n', 'a();\nb();'],
    [
      'a class at the top level',
      '|',
      'class A {\n  x = 1;\n\n  y = 2;\n}\n\nclass B {}\n',
      'class A {\n  x = 1;\n\n  y = 2;\n}',
    ],
    ['the outer block is not closed twice', 'if (a) {\n    |\n}', 'b();\n}\nc();\n', 'b();'],
    [
      'nor an outer block that is deeper',
      'x(() => {\n    if (a) {\n        |\n    }\n});',
      'b();\n    }\n});\n',
      'b();',
    ],
    [
      'else belongs to it',
      'if (a) {|',
      '\n    b();\n} else {\n    c();\n}\nd();\n',
      '\n    b();\n} else {\n    c();\n}',
    ],
    ['a call over several lines', 'foo(|', '\n    a,\n    b,\n);\nbar();\n', '\n    a,\n    b,\n);'],
    ['an arrow', 'const f = () =>|', '\n    1;\nconst g = 2;\n', '\n    1;'],
    ['tabs', 'func f() {|', '\n\ta()\n\n\tb()\n}\nfunc g() {\n', '\n\ta()\n\n\tb()\n}'],
    ['spaces where the document has tabs', 'func f() {\n\t|\n}', 'a()\n    b()\n}\n', 'a()\n    b()'],
    ['line ends of Windows', 'if (a) {|', '\r\n    b();\r\n}\r\nc();\r\n', '\n    b();\n}'],
    ['the cursor at column 0 of a body', 'if (a) {\n|\n}', '    b();\n    c();\n}\n', '    b();\n    c();'],
    [
      'a comment with brackets',
      'if (a) {|',
      '\n    // :-) {\n    b("}");\n}\nc();\n',
      '\n    // :-) {\n    b("}");\n}',
    ],
  ])('%s', (_, marked, answer, text) => expect(run(marked, answer)).toBe(text));

  test('on demand where a line goes on', () =>
    expect(run('const a = |', '[\n    1,\n];\nb();\n', { explicit: true })).toBe('[\n    1,\n];'));
});

describe('the text below', () => {
  test.each([
    ['a long line ends it', 'if (a) {\n    |\n    doSomethingElse();\n}', 'b();\n    doSomethingElse();\n}\n', 'b();'],
    ['also as the first line', 'a();\n|\ndoSomethingElse();', 'doSomethingElse();\n', ''],
    ['a short line does not', 'a = 1\n|\nb = 2', 'c = 3\nb = 2\nd = 4', 'c = 3\nb = 2\nd = 4'],
  ])('%s', (_, marked, answer, text) => expect(run(marked, answer)).toBe(text));
});

describe('repetition', () => {
  test.each([
    ['the line above', 'import a from "a";\n|', 'import a from "a";\nb();\n', ''],
    ['the line of the cursor', 'call(first);|', '\ncall(first);\nother();\n', ''],
    ['its own line', '|', 'call(first);\ncall(first);\nb();\n', 'call(first);'],
    ['a closer of the same depth', 'f() {\n    if (a) {\n        b();\n    }|', '\n    }\n    c();\n', ''],
    ['closers may come again', 'x(() => {\n    y(() => {\n        |', 'z();\n    })\n})\n', 'z();'],
  ])('of %s ends it', (_, marked, answer, text) => expect(run(marked, answer)).toBe(text));
});

describe('what is no code', () => {
  test.each([
    ['a fence around it', 'a();\n|', '```ts\nb();\n```\nThis calls b.', 'b();'],
    ['a fence and an explanation behind it', 'const a = |', '1;\n```\n\nIt is done.', '1;'],
    ['a marker of another family', 'if (a) {|', '\n    b();<fim_suffix>\n}', '\n    b();'],
    ['a marker that breaks off', 'a = |', '1;<|fim_pre', '1;'],
  ])('%s', (_, marked, answer, text) => expect(run(marked, answer)).toBe(text));
});

test('a bracket of another kind ends it', () => {
  expect(run('if (a) {|', '\n    b();\n    c(d\n} else {\n', {})).toBe('\n    b();\n    c(d');
  expect(run('x(() => {|', '\n    b[0);\n});\n', {})).toBe('');
});

describe('an answer that breaks off', () => {
  test.each([
    ['in a bracket loses its line', 'if (a) {|', '\n    b();\n    c(d', '\n    b();'],
    ['on its only line is nothing', 'a = |', 'b(c', ''],
    ['after an opener stays', 'a = |', 'b(', 'b('],
    ['where the editor closes it stays', 'a = b(|)', 'c(d', 'c(d'],
    ['in a word stays', 'a = |', 'valu', 'valu'],
  ])('%s', (_, marked, answer, text) => expect(run(marked, answer)).toBe(text));
});

describe('below a line that is complete', () => {
  const explicit = true;
  test.each([
    ['the paragraph', 'f() {\n    a();|', '\n    b();\n    c();\n\n    d();\n', '\n    b();\n    c();'],
    [
      'with its blocks',
      'f() {\n    a();|',
      '\n    if (b) {\n\n        c();\n    }\n}\ng();\n',
      '\n    if (b) {\n\n        c();\n    }',
    ],
    ['or what closes the block around it', 'f() {\n    a();|', '\n}\ng();\n', '\n}'],
    ['arguments', 'f(\n    a,|', '\n    b,\n    c,\n);\n', '\n    b,\n    c,'],
  ])('%s', (_, marked, answer, text) => expect(run(marked, answer, { explicit })).toBe(text));
});

describe('loops', () => {
  test.each([
    ['a line', '|', 'a();\nb();\nb();\nb();\nb();\n', 'a();\nb();'],
    ['two lines', '|', 'a(1);\nb(2);\na(1);\nb(2);\na(1);\nb(2);\n', 'a(1);\nb(2);'],
    ['closers are no loop', '|', '[\n  [\n    [\n    ]\n  ]\n]\n', '[\n  [\n    [\n    ]\n  ]\n]'],
    ['within a line', 'x = |', `1${' + abc'.repeat(30)}`, '1 + abc'],
    ['nothing else', 'x = [|', ' 0,'.repeat(30), ''],
    ['a ruler is no loop', '// |', '-'.repeat(70), '-'.repeat(70)],
  ])('%s', (_, marked, answer, text) => expect(run(marked, answer).trimEnd()).toBe(text));
});

test('settled text is whole lines only', () => {
  const filter = createStreamFilter({ ends: [], place: place('if (a) {|'), tabSize: 4, multiline: true });
  filter.push('\n    b();\n\n    c(');
  expect(filter.settled).toBe('\n    b();');
  filter.push(');\n');
  expect(filter.settled).toBe('\n    b();\n\n    c();');
});
