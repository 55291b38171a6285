import { describe, expect, test } from 'vitest';
import { endsOf, heldLength, withoutHalfMarker } from '../../../src/core/completion/markers.ts';

describe('ends of an answer', () => {
  test('are the stops, and the markers of all families', () => {
    const ends = endsOf(['<|mine|>'], 'const a = 1;');
    expect(ends).toContain('<|mine|>');
    for (const marker of ['<|fim_prefix|>', '<fim_middle>', '[SUFFIX]', '<\uFF5Cfim\u2581hole\uFF5C>']) {
      expect(ends).toContain(marker);
    }
  });
  test('are no tags of HTML', () => expect(endsOf([], '')).not.toContain('</s>'));
  test('are none that the document has itself, but for the stops', () => {
    const document = 'const PIPED = ["<|fim_prefix|>"];';
    expect(endsOf([], document)).not.toContain('<|fim_prefix|>');
    expect(endsOf([], document)).toContain('<|fim_suffix|>');
    expect(endsOf(['<|fim_prefix|>'], document)).toContain('<|fim_prefix|>');
  });
});

test.each([
  ['a <|fim', 5],
  ['a <', 1],
  ['a', 0],
])('%j may have the beginning of a marker at its end: %i', (text, length) =>
  expect(heldLength(text, ['<|fim_prefix|>', '<|end|>'])).toBe(length),
);

test.each([
  ['1;<|fim_pre', '1;'],
  ['1;<|fi', '1;<|fi'],
  ['a < b', 'a < b'],
])('%j breaks off: %j', (text, left) => expect(withoutHalfMarker(text, ['<|fim_prefix|>'])).toBe(left));
