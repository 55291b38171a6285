import { array, assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createThinkingSplitter } from '../../../src/core/chat/thinking.ts';

/** Feeds an answer in pieces; gives what was said and what was thought. */
function split(pieces: readonly string[]): { text: string; thinking: string } {
  const splitter = createThinkingSplitter();
  const all = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
  const of = (kind: string) => all.map((part) => (part.kind === kind ? part.text : '')).join('');
  return { text: of('text'), thinking: of('thinking') };
}

describe('splitting thoughts from an answer', () => {
  test.each([
    ['Hello', 'Hello', ''],
    ['', '', ''],
    ['  indented', '  indented', ''],
    ['<think>why</think>Because', 'Because', 'why'],
    ['\n<think>\nwhy\nso\n</think>\n\nBecause ', 'Because ', 'why\nso'],
    ['<thinking>a</thinking>b', 'b', 'a'],
    ['<think>\n\n</think>\n\nYes', 'Yes', ''],
    ['<think>never closed', '', 'never closed'],
    ['<thin', '<thin', ''],
    ['The tag <think>x</think> is text', 'The tag <think>x</think> is text', ''],
    ['<think>a</think>b<think>c</think>', 'b<think>c</think>', 'a'],
    ['<think>a < b </thin > c</think>d', 'd', 'a < b </thin > c'],
    ['<div>', '<div>', ''],
  ])('%j', (answer, text, thinking) => {
    expect(split([answer])).toEqual({ text, thinking });
    expect(split(answer.split(''))).toEqual({ text, thinking });
  });

  test('any cut gives the same', () => {
    const bits = constantFrom('<think>', '</think>', '<thinking>', '<', 'th', 'ink>', '\n', ' ', 'word');
    assert(
      property(array(bits), integer({ min: 1, max: 9 }), (words, size) => {
        const answer = words.join('');
        const pieces: string[] = [];
        for (let at = 0; at < answer.length; at += size) pieces.push(answer.slice(at, at + size));
        expect(split(pieces)).toEqual(split([answer]));
      }),
    );
  });

  test('plain text is held back by no more than the start of a tag', () => {
    const splitter = createThinkingSplitter();
    expect(splitter.push('A')).toEqual([{ kind: 'text', text: 'A' }]);
    expect(splitter.push('<th')).toEqual([{ kind: 'text', text: '<th' }]);
  });
});
