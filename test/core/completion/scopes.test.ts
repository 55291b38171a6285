import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enclosingLines } from '../../../src/core/completion/scopes.ts';
import { type TextAccess, textOf } from '../../../src/core/completion/text.ts';
import { at } from './sample.ts';

/** The lines that begin the blocks around the cursor's. */
function around(marked: string, top = 0): string[] {
  const { text, cursor } = at(marked);
  const lines = textOf(text);
  return enclosingLines(lines, cursor.line, top).map((index) => lines.line(index).trim());
}

describe('the lines that begin the blocks around', () => {
  test.each([
    [
      'outermost first',
      'class A:\n    x = 1\n    def f(self):\n        y = 2\n        for z in y:\n            |g(z)',
      ['class A:', 'def f(self):', 'for z in y:'],
    ],
    ['none at the outermost level', 'import a\n\ndef f():\n    pass\n\n|g()', []],
    ['none above the first line', '    |a', []],
    ['not those of blocks that have ended', 'if (a) {\n    if (b) {\n        c();\n    }\n    |d();', ['if (a) {']],
    ['not blank lines', 'if (a) {\n\n    \n    |b();', ['if (a) {']],
    ['in tabs', 'func f() {\n\tfor {\n\t\ta()\n\t\t|b()', ['func f() {', 'for {']],
    ['with blank lines within them', 'class A {\n    f() {\n\n        |a();', ['class A {', 'f() {']],
    ['in tabs and spaces', 'class A:\n    def f():\n\t|a()', ['class A:']],
    ['in spaces and tabs', 'class A:\n    def f():\n\t\t|a()', ['class A:', 'def f():']],
    ['with decorators and directives', '@app\n    #if A\n        |a', ['@app', '#if A']],
    ['in any script', 'класс А:\n    |б', ['класс А:']],
    ['line ends of Windows', 'if (a) {\r\n    b();\r\n    |c();\r\n}\r', ['if (a) {']],
    // What opens the block is not always what begins it.
    ['the name above a brace', 'void f()\n{\n    if (a)\n    {\n        |b();', ['void f()', 'if (a)']],
    ['the if of an else', 'f() {\n    if (a) {\n        b();\n    } else {\n        |c();', ['f() {', 'if (a) {']],
    ['the name above its parameters', 'class A {\n    f(\n        a,\n    ) {\n        |b();', ['class A {', 'f(']],
    ['the name above them, in Python', 'def f(\n    a,\n) -> None:\n    |b()', ['def f(']],
  ])('%s', (_, marked, headers) => expect(around(marked)).toEqual(headers));

  test('is judged by the next line with something on it', () => {
    expect(around('if (a) {\n    b();\n|\n\n    c();')).toEqual(['if (a) {']);
    expect(around('if (a) {\n    b();\n|\n}\nc();')).toEqual([]);
  });

  test('and by what is above, where nothing follows', () => {
    expect(around('def f():\n    a()\n|')).toEqual(['def f():', 'a()']);
    const text = textOf('def f():\n    a()');
    expect(enclosingLines(text, 2, 0)).toEqual([0, 1]);
    expect(around('|')).toEqual([]);
  });

  test('only below the line where the head of the document ends', () => {
    const marked = 'class A:\n    def f(self):\n        for z in y:\n            |g(z)';
    expect(around(marked, 1)).toEqual(['def f(self):', 'for z in y:']);
    expect(around(marked, 3)).toEqual([]);
  });
});

describe('of the lines above', () => {
  const nested = (depth: number) => Array.from({ length: depth }, (_, n) => `${' '.repeat(n)}block${n}`).join('\n');

  test('the six that are nearest are taken', () => {
    expect(around(`${nested(9)}\n         |a`)).toEqual(['block3', 'block4', 'block5', 'block6', 'block7', 'block8']);
  });

  test('those that are long are data', () => {
    expect(around(`f(\n    ["${'x'.repeat(300)}",\n        |a`)).toEqual(['f(']);
    expect(around(`${'x'.repeat(200)}\n    |a`)).toHaveLength(1);
    expect(around(`${'x'.repeat(201)}\n    |a`)).toEqual([]);
  });

  test('240 are read, on each side, and none that is not there', () => {
    let reads = 0;
    const text = (line: (index: number) => string): TextAccess => ({
      lineCount: 50_000,
      line(index) {
        if (index < 0 || index >= 50_000) throw new RangeError(`line ${index}`);
        reads++;
        return line(index);
      },
    });
    const flat = (header: number) => text((index) => (index === header ? 'def f():' : '    a()'));
    expect(enclosingLines(flat(9760), 10_000, 0)).toEqual([9760]);
    expect(enclosingLines(flat(9759), 10_000, 0)).toEqual([]);
    const blank = text(() => '');
    expect(enclosingLines(blank, 10_000, 0)).toEqual([]);
    expect(enclosingLines(blank, 49_999, 0)).toEqual([]);
    expect(reads).toBeLessThan(5 * 2 * 2 * 240);
  });
});

test('whatever the text is, they are above, in order, each deeper than the one before, and end above the line', () => {
  const line = fc
    .tuple(fc.nat(6), fc.constantFrom('a', 'b {', '}', '} else {', '', '#if'))
    .map(([indent, rest]) => ' '.repeat(indent) + rest);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), fc.nat(), fc.nat(), (lines, any, other) => {
      const from = any % lines.length;
      const top = other % (from + 1);
      const found = enclosingLines(textOf(lines.join('\n')), from, top);
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(found.every((index) => index >= top && index < from)).toBe(true);
      const widths = found.map((index) => lines[index]?.search(/\S/) ?? -1);
      expect(widths).toEqual([...new Set(widths)].toSorted((a, b) => a - b));
      const own = lines.slice(from).find((each) => each.trim() !== '');
      expect(Math.max(-1, ...widths)).toBeLessThan(own?.search(/\S/) ?? Infinity);
      for (const index of found) expect(lines[index]?.trim()).toMatch(/^[ab#]/);
    }),
  );
});
