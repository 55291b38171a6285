import { describe, expect, test } from 'vitest';
import { createFenceSkipper, hasFences, isFence } from '../../../src/core/completion/fences.ts';

/** What comes of an answer, in whatever pieces it comes. */
function skipped(answer: string, skips = true): string {
  const results = [1, 2, 5, Math.max(1, answer.length)].map((size) => {
    const skipper = createFenceSkipper(skips);
    let text = '';
    for (let at = 0; at < answer.length; at += size) text += skipper.take(answer.slice(at, at + size));
    return text + skipper.rest();
  });
  expect(new Set(results).size).toBe(1);
  return results[0] ?? '';
}

describe('a fence that opens an answer', () => {
  test.each([
    ['```ts\na();\n```', 'a();\n```'],
    ['\n```\na();', 'a();'],
    ['a();\n```', 'a();\n```'],
    ['\n```\n\nThis completes the code.', ''],
    ['```\n\na();', '\na();'],
    ['\n    a();', '\n    a();'],
    ['`${a}`', '`${a}`'],
    ['``', ''],
    ['```ts', ''],
    ['  ', '  '],
  ])('%j gives %j', (answer, text) => expect(skipped(answer)).toBe(text));

  test('stays where documents have fences', () => expect(skipped('```ts\na\n```', false)).toBe('```ts\na\n```'));
});

test.each([
  ['```', true],
  ['  ```ts', true],
  ['``', true],
  ['a ```', false],
  ['``a``', false],
])('%j is a fence: %s', (line, expected) => expect(isFence(line)).toBe(expected));

test('Markdown has fences, TypeScript has none', () =>
  expect([hasFences('markdown'), hasFences('typescript')]).toEqual([true, false]));
