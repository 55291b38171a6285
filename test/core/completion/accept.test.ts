import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterAccepting } from '../../../src/core/completion/accept.ts';
import type { Snapshot } from '../../../src/core/completion/snapshot.ts';
import type { TextAccess } from '../../../src/core/completion/text.ts';
import { snapshot } from './sample.ts';

/** The document as one text, with a mark for the cursor. */
function shown({ text, cursor }: Snapshot): string {
  const lines = Array.from({ length: text.lineCount }, (_, index) => text.line(index));
  const line = lines[cursor.line] ?? '';
  lines[cursor.line] = `${line.slice(0, cursor.character)}‸${line.slice(cursor.character)}`;
  return lines.join('\n');
}

test.each([
  ['a = |;\nb();', { text: '1', replaces: 0 }, 'a = 1‸;\nb();'],
  ['f(|);\nb();', { text: '1, 2);', replaces: 2 }, 'f(1, 2);‸\nb();'],
  ['f(() => {|})\nb();', { text: '\n  a();\n}', replaces: 1 }, 'f(() => {\n  a();\n}‸)\nb();'],
  ['a = |\r\nb();', { text: '1;\r\nc();', replaces: 0 }, 'a = 1;\nc();‸\nb();'],
  ['|', { text: 'a', replaces: 0 }, 'a‸'],
  ['|', { text: '\n', replaces: 0 }, '\n‸'],
  ['a|', { text: '', replaces: 0 }, 'a‸'],
  ['\t|}', { text: '\u{1F600}', replaces: 1 }, '\t\u{1F600}‸'],
  ['a\n|\nb', { text: 'x\n\ny', replaces: 0 }, 'a\nx\n\ny‸\nb'],
])('%j with %j is %j', (marked, suggestion, expected) => {
  expect(shown(afterAccepting(snapshot(marked), suggestion))).toBe(expected);
});

const CHARACTERS = ['a', ' ', '\t', '(', ')', '"', '\u{1F600}'];
const line = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 12 });
const document = fc
  .tuple(fc.array(line, { maxLength: 4 }), line, line, fc.array(line, { maxLength: 4 }), fc.nat())
  .map(([above, before, after, below, most]) => ({
    before: [...above, before].join('\n'),
    after: [after, ...below].join('\n'),
    replaces: most % (after.length + 1),
  }));
const added = fc.array(line, { minLength: 1, maxLength: 4 });

test('it is the text put in at the cursor', () => {
  fc.assert(
    fc.property(document, added, fc.constantFrom('\n', '\r\n'), ({ before, after, replaces }, lines, eol) => {
      const accepted = afterAccepting(snapshot(`${before}‸${after}`), { text: lines.join(eol), replaces });
      expect(shown(accepted)).toBe(`${before}${lines.join('\n')}‸${after.slice(replaces)}`);
    }),
  );
});

test('piece by piece it is the same', () => {
  fc.assert(
    fc.property(document, added, added, ({ before, after, replaces }, first, second) => {
      const start = snapshot(`${before}‸${after}`);
      const [one, other] = [first.join('\n'), second.join('\n')];
      const pieces = afterAccepting(afterAccepting(start, { text: one, replaces: 0 }), { text: other, replaces });
      expect(shown(pieces)).toBe(shown(afterAccepting(start, { text: one + other, replaces })));
    }),
  );
});

test('all else of the document stays, and the document that was asked about', () => {
  const before = snapshot('if (a) {|}', { eol: '\r\n', languageId: 'go' });
  const { text, cursor, ...rest } = before;
  const after = afterAccepting(before, { text: '\r\n\tb()\r\n', replaces: 0 });
  expect(after).toMatchObject(rest);
  expect(after.cursor).toEqual({ line: 2, character: 0 });
  expect([shown(before), cursor, text.lineCount]).toEqual(['if (a) {‸}', { line: 0, character: 8 }, 1]);
});

test('only the line of the cursor is read, and never one that is not there', () => {
  const read: number[] = [];
  const text: TextAccess = {
    lineCount: 50_000,
    line(index) {
      if (index < 0 || index >= 50_000) throw new RangeError(`line ${index}`);
      read.push(index);
      return `line ${index}`;
    },
  };
  const start = { ...snapshot('|'), text, cursor: { line: 49_999, character: 5 } };
  const after = afterAccepting(start, { text: 'a\nb\nc', replaces: 0 });
  expect(read).toEqual([49_999]);
  expect(after.text.lineCount).toBe(50_002);
  const ends = [0, 49_998, 49_999, 50_000, 50_001].map((index) => after.text.line(index));
  expect(ends).toEqual(['line 0', 'line 49998', 'line a', 'b', 'c49999']);
});
