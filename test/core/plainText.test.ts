import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plain, quoted, quotedList } from '../../src/core/plainText.ts';
import { sentence } from '../../src/core/privacy/words.ts';

test.each([
  ['a line break', 'shop\nMark “notes” open?', 'shop Mark “notes” open?'],
  ['a change of direction', 'shop\u202Enepo kraM\u2066', 'shop nepo kraM'],
  ['nothing that shows', 'sh\u200Bop\u3164\u00AD', 'sh op'],
  ['a control character', 'shop\u0000\u001B[2K', 'shop [2K'],
  ['other separators of lines', 'a\u2028b\u2029c\u0085d', 'a b c d'],
  ['an icon', '$(lock) Private-only', '(lock) Private-only'],
  ['an icon that is left when one is taken out', '$$(lock) $$$(lock)', '(lock) (lock)'],
  ['a link to a command', '[ok](command:switchyard.markOpen)', '[ok] (command:switchyard.markOpen)'],
  ['a link to a site', '[a]([b](https://evil.example))', '[a] ([b] (https://evil.example))'],
])('is shown without %s', (_, text, shown) => {
  expect(plain(text)).toBe(shown);
});

// The editor's own expression (src/vs/base/common/linkedText.ts, the same in 1.104 and 1.139).
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

test('no part of several names is a link', () => {
  const names = ['[a', 'b](command:workbench.action.quit)', '[', '](https://evil.example)', 'x]'];
  expect(quotedList(names)).not.toMatch(LINK);
  expect(`${plain('[a]')}${plain('(command:x)')}`).toMatch(LINK);
});

test('has an end, between whole characters', () => {
  const long = plain('😀'.repeat(5_000));
  expect(Array.from(long)).toHaveLength(600);
  expect(long).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  expect(Array.from(quoted(`first ${'x'.repeat(500)} last`))).toHaveLength(82);
  expect(quoted(`first ${'x'.repeat(500)} last`)).toMatch(/^“first x+…x+ last”$/);
});

test('a name does not close its quotation marks', () => {
  expect(quoted('shop” open? Mark “notes')).toBe('“shop’ open? Mark ’notes”');
  expect(quoted('a"b')).toBe('“a’b”');
});

test('many names are counted', () => {
  expect(quotedList(['a', 'b'])).toBe('“a”, “b”');
  expect(quotedList(Array.from({ length: 30 }, (_, index) => `f${index}`))).toBe(
    '“f0”, “f1”, “f2”, “f3”, “f4”, “f5”, “f6”, “f7” and 22 more',
  );
});

test('the sentence of a reason shows a folder’s name so', () => {
  const of = 'shop”\n[x](command:y)\u202E';
  expect(sentence({ source: 'mark', level: 'private', of })).toBe('You marked “shop’ [x] (command:y)” so.');
  expect(sentence({ source: 'pattern', level: 'private', of: 'shop', by: '**/[a](command:y)' })).toBe(
    'Your pattern “**/[a] (command:y)” matches “shop”.',
  );
});

test.each(['classify', 'whyLevel', 'releaseChat', 'releasePassages', 'notices', 'chatManifest'])(
  'no name goes raw into the questions and lists of %s',
  (file) => {
    const text = readFileSync(new URL(`../../src/editor/${file}.ts`, import.meta.url), 'utf8');
    expect(text).not.toMatch(/\$\{(folder|passage)\.name|label: folder\.name|“\$\{(name|nameOf|folder|held)/);
    expect(text).not.toMatch(/\) \$\{(label|passage)/);
  },
);
