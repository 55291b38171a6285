import { describe, expect, test } from 'vitest';
import { type Anchor, type Parts, assemble } from '../../../src/core/completion/assembler.ts';
import { joinTexts, textOf } from '../../../src/core/completion/text.ts';
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

function parts(marked: string, most = 4096, last?: Anchor): Parts & { anchor: Anchor } {
  const { text, cursor } = at(marked);
  return assemble(textOf(text), cursor, room(most), last);
}

/** A server that reads some of what a prompt may have in all at once. */
const room = (most: number) => ({ head: most / 4, near: most / 2, most });

const promptOf = ({ prefix, middle, suffix }: Parts) => `<P>${prefix}<S>${suffix}<M>${middle}`;

/** Characters of a prompt that the server has not read with the one before it. */
function unread(before: string, now: string): number {
  let same = 0;
  while (same < now.length && before[same] === now[same]) same++;
  return now.length - same;
}

describe('the three parts', () => {
  test.each([
    ['the cursor line is the middle', 'one\ntwo|\nthree', 'one\n', 'two', '\nthree'],
    ['text right of the cursor begins the suffix', 'one\ntwo|three\nfour', 'one\n', 'two', 'three\nfour'],
    ['closers right of the cursor are left out', 'foo(|);\nfour', '', 'foo(', '\nfour'],
    ['nothing below', 'one\ntwo|', 'one\n', 'two', ''],
    ['only blank lines below', 'one\ntwo|\n\n', 'one\n', 'two', ''],
  ])('%s', (_, marked, prefix, middle, suffix) => expect(parts(marked)).toMatchObject({ prefix, middle, suffix }));

  test('cells of a notebook are one text', () => {
    const text = joinTexts([textOf('import os'), textOf('a = 1\nb = '), textOf('print(b)')]);
    const found = assemble(text, { line: 2, character: 4 }, room(1024));
    expect(found).toMatchObject({ prefix: 'import os\na = 1\n', middle: 'b = ', suffix: '\nprint(b)' });
  });
});

describe('the room', () => {
  const middleOf = (most: number) => assemble(HUGE, { line: 25_000, character: 5 }, room(most));
  const lengthOf = ({ prefix, middle, suffix }: Parts) => prefix.length + middle.length + suffix.length;

  test.each([384, 1536, 4608, 24_576])('of %i characters is kept to, with whole lines', (most) => {
    const found = middleOf(most);
    expect(lengthOf(found)).toBeLessThanOrEqual(most * 0.75);
    expect(lengthOf(found)).toBeGreaterThan(most * 0.4);
    expect(found.middle).toBe('const');
    expect(found.suffix).toMatch(/^ value25000 = .*;$/s);
  });

  test('begins with the head of the document, and goes on near the cursor', () => {
    const numbers = (middleOf(4608).prefix.match(/(?<=value)\d+/g) ?? []).map(Number);
    expect(numbers[0]).toBe(0);
    expect(numbers.at(-1)).toBe(24_999);
    const gaps = numbers.filter((number, index) => number !== (numbers[index - 1] ?? -1) + 1);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toBeGreaterThan(24_900);
  });

  test('has the lines that begin the blocks around the cursor', () => {
    const body = Array.from({ length: 60 }, (_, n) => `        call${n}(argument);`);
    const own = ['class Cart:', '    size = 0', '    def total(self):', ...body];
    const text = textOf([...huge.slice(0, 200), ...own, ...huge.slice(200, 300)].join('\n'));
    const first = assemble(text, { line: 250, character: 8 }, room(2304));
    expect(first.prefix).toMatch(/\nclass Cart:\n {4}def total\(self\):\n {8}call\d\d/);
    expect(first.prefix).not.toContain('size');
    const moved = textOf(
      [...huge.slice(0, 100), 'x();', ...huge.slice(100, 200), ...own, ...huge.slice(200, 300)].join('\n'),
    );
    const second = assemble(moved, { line: 251, character: 8 }, room(2304), first.anchor);
    expect(second.prefix).toBe(first.prefix);
  });

  test('is kept to with these lines too: the innermost come first', () => {
    const long = (name: string) => `${name}(${'argument, '.repeat(12)}):`;
    const body = Array.from({ length: 200 }, (_, n) => `            call${n}(argument);`);
    const text = textOf(
      [...huge.slice(0, 200), long('class A'), `    ${long('def b')}`, `        ${long('if c')}`, ...body].join('\n'),
    );
    const at = (most: number) => assemble(text, { line: 380, character: 12 }, { head: 900, near: 900, most });
    for (const [most, names] of [
      [1800, []],
      [1970, ['if c']],
      [2100, ['def b', 'if c']],
      [2250, ['class A', 'def b', 'if c']],
    ] as const) {
      const found = at(most);
      expect(lengthOf(found)).toBeLessThanOrEqual(most);
      expect(found.prefix.match(/class A|def b|if c/g) ?? []).toEqual(names);
    }
  });

  test('leaves nothing out where head and cursor are near each other', () => {
    const { prefix } = assemble(HUGE, { line: 60, character: 5 }, room(4608));
    expect(prefix).toBe(`${huge.slice(0, 60).join('\n')}\n`);
  });

  test('that is not needed above the cursor goes to what is below, in part', () => {
    const { suffix } = assemble(HUGE, { line: 0, character: 0 }, room(4608));
    expect(suffix.length).toBeGreaterThan(2304 * 0.35);
    expect(suffix.length).toBeLessThanOrEqual(2304 * 0.5);
  });

  test('is read, and not much more', () => {
    HUGE.reads = 0;
    middleOf(4608);
    expect(HUGE.reads).toBeLessThan(1200);
  });

  test('cuts a very long line in blocks, and not within a character', () => {
    const text = textOf('\u{1F600}'.repeat(500_000));
    const starts = new Set<number>();
    for (let n = 0; n < 100; n++) {
      const character = 400_000 + 2 * n;
      const found = assemble(text, { line: 0, character }, room(1536));
      expect(lengthOf(found)).toBeLessThanOrEqual(1536 + 2);
      expect(found.middle.charCodeAt(0)).toBe(0xd83d);
      starts.add(character - found.middle.length);
    }
    expect(starts.size).toBeLessThanOrEqual(3);
  });

  test('is filled with long lines as well', () => {
    const text = textOf(Array.from({ length: 40 }, () => 'x'.repeat(900)).join('\n'));
    expect(assemble(text, { line: 30, character: 10 }, room(9216)).prefix.length).toBeGreaterThan(9216 * 0.3);
  });
});

describe('from prompt to prompt', () => {
  /** Types a text into the middle of another, key by key; characters that were unread, per key. */
  function type(typed: string, most = 9216, below = huge.slice(500, 600)): number[] {
    let last: Anchor | undefined;
    let before = '';
    return Array.from(typed, (_, index) => {
      const own = `${huge.slice(0, 150).join('\n')}\n${typed.slice(0, index + 1)}`;
      const text = textOf([own, ...below].join('\n'));
      const line = own.split('\n').length - 1;
      const found = assemble(text, { line, character: own.length - own.lastIndexOf('\n') - 1 }, room(most), last);
      last = found.anchor;
      const prompt = promptOf(found);
      const count = unread(before, prompt);
      before = prompt;
      return count;
    });
  }

  test('a key costs a character, at the ends of lines too', () => {
    const [, ...costs] = type('const a = compute(1);\nconst b = compute(2);\nreturn a + b;');
    expect(Math.max(...costs)).toBe(1);
  });

  test('the middle moves on when it is long, and the start when the room is full', () => {
    const typed = lines(150)
      .map((line) => line.replace('value', 'typed'))
      .join('\n');
    const costs = type(typed);
    const whole = costs.filter((cost) => cost > 1);
    expect(costs.reduce((a, b) => a + b) / typed.length).toBeLessThan(9);
    expect(whole.length).toBeLessThan(typed.length / 200);
  });

  test('a pair of brackets that the editor closes changes nothing', () => {
    const first = parts('a();\nfoo|\nb();');
    const second = parts('a();\nfoo(|)\nb();', 4096, first.anchor);
    expect(unread(promptOf(first), promptOf(second))).toBe(1);
    const third = parts('a();\nfoo(() => {|})\nb();', 4096, second.anchor);
    const fourth = parts('a();\nfoo(() => {\n    |\n})\nb();', 4096, third.anchor);
    expect(promptOf(fourth)).toBe(`${promptOf(third)}\n    `);
  });

  test('a small change below waits for the next move; a large one does not', () => {
    const below = (word: string) => ['f();', ...lines(20), word, ...lines(20)].join('\n');
    const first = parts(`a = |\n${below('old();')}`);
    const second = parts(`a = 1|\n${below('new();')}`, 4096, first.anchor);
    expect(second.suffix).toContain('old();');
    const third = parts(`a = 1|\n${below('new();'.repeat(20))}`, 4096, first.anchor);
    expect(third.suffix).toContain('new();');
    expect(third.anchor.suffix).toBe(third.suffix);
  });

  test('another first line below is a change', () => {
    const first = parts(`a = |\n${['f();', ...lines(40)].join('\n')}`);
    const second = parts(`a = |\n${['g();', ...lines(40)].join('\n')}`, 4096, first.anchor);
    expect(second.suffix).toContain('g();');
  });

  test('lines that come above the window do not move it', () => {
    const more = ['import a;', 'import b;'];
    const first = assemble(textOf(huge.slice(0, 2000).join('\n')), { line: 1000, character: 5 }, room(4608));
    const text = textOf([...huge.slice(0, 500), ...more, ...huge.slice(500, 2000)].join('\n'));
    const second = assemble(text, { line: 1002, character: 5 }, room(4608), first.anchor);
    expect(promptOf(second)).toBe(promptOf(first));
  });

  test('a window grows while what is new in it is read quickly', () => {
    const text = textOf(huge.slice(0, 2000).join('\n'));
    const first = assemble(text, { line: 1000, character: 5 }, room(9216));
    const second = assemble(text, { line: 1060, character: 5 }, room(9216), first.anchor);
    expect(second.prefix.startsWith(first.prefix)).toBe(true);
    const far = assemble(text, { line: 1500, character: 5 }, room(9216), second.anchor);
    expect(far.anchor.start).toBeGreaterThan(1300);
    expect(far.anchor.head).toBe(first.anchor.head);
  });

  test('a document that has become shorter is read as far as it goes', () => {
    const first = assemble(textOf(huge.slice(0, 2000).join('\n')), { line: 1900, character: 5 }, room(4608));
    const strict = (text: ReturnType<typeof textOf>) => ({
      ...text,
      line(index: number) {
        if (index < 0 || index >= text.lineCount) throw new RangeError(`line ${index}`);
        return text.line(index);
      },
    });
    for (const count of [1, 20, 1500]) {
      const text = strict(textOf(huge.slice(0, count).join('\n')));
      const { middle } = assemble(text, { line: count - 1, character: 5 }, room(4608), first.anchor);
      expect(middle.endsWith('const')).toBe(true);
    }
  });

  test('the cursor may go back to a line of the window', () => {
    const text = textOf(huge.slice(0, 2000).join('\n'));
    const first = assemble(text, { line: 1000, character: 5 }, room(4608));
    const second = assemble(text, { line: 995, character: 5 }, room(4608), first.anchor);
    expect(second.anchor.start).toBe(first.anchor.start);
    expect(second.middle).toBe('const');
    const far = assemble(text, { line: 200, character: 5 }, room(4608), first.anchor);
    expect(far.anchor.start).toBeLessThan(200);
  });

  test('never shows a line twice', () => {
    const text = textOf(huge.slice(0, 300).join('\n'));
    let last: Anchor | undefined;
    for (const line of [100, 104, 101, 130, 129, 250, 3, 0, 299]) {
      const found = assemble(text, { line, character: 5 }, room(2048), last);
      last = found.anchor;
      const all = (found.prefix + found.middle + found.suffix).match(/value\d+/g) ?? [];
      expect(new Set(all).size).toBe(all.length);
      expect(found.middle.split('\n').at(-1)).toBe('const');
    }
  });
});
