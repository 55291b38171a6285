import { describe, expect, it } from 'vitest';
import { POLICIES, answerAt, outputOf } from './noise.ts';
import { SAMPLE } from './sampleFile.ts';
import { createTokenizer } from './tokenizer.ts';

const { text } = SAMPLE;
const { tokens } = createTokenizer();
const at = text.indexOf('this.remove(key)');
const spot = { at, end: text.indexOf('    this.entries.push') - 1, rest: '' };
const first = (output: Iterator<string>, count: number) => {
  let written = '';
  for (let index = 0; index < count; index++) {
    const made = output.next();
    if (made.done === true) break;
    written += made.value;
  }
  return written;
};

describe('answers', () => {
  it('are the truth for a clean model', () => {
    const answer = answerAt(text, spot, 'clean', 'a');
    expect(answer).toEqual({ policy: 'exact', text: text.slice(at, spot.end) });
    expect([...outputOf(answer, tokens, [])].join('')).toBe(text.slice(at, spot.end));
  });

  it('are the same for the same place, and of all kinds', () => {
    const all = Array.from({ length: 400 }, (_, index) => answerAt(text, spot, 'noisy', `seed ${index}`));
    expect(new Set(all.map(({ policy }) => policy))).toEqual(new Set(POLICIES));
    expect(answerAt(text, spot, 'noisy', 'seed 7')).toEqual(all[7]);
  });

  it('end before a closer that the prompt shows, mostly', () => {
    const open = text.indexOf('entry.key === key);');
    const here = { at: open, end: spot.end, rest: ')' };
    const ends = Array.from({ length: 100 }, (_, index) => answerAt(text, here, 'clean', `${index}`).text);
    expect(ends.filter((end) => end === 'entry.key === key').length).toBeGreaterThan(40);
    expect(ends.filter((end) => end.startsWith('entry.key === key);\n')).length).toBeGreaterThan(20);
  });
});

describe('output', () => {
  it('ends before a stop text, also one that comes in pieces', () => {
    const output = outputOf({ policy: 'exact', text: 'one\ntwo <|fim_end|> three' }, tokens, ['<|fim_end|>']);
    const written = [...output].join('');
    expect('one\ntwo <|fim_end|>'.startsWith(written)).toBe(true);
    expect(written).not.toContain('three');
  });

  it('goes on for ever in a loop', () => {
    const output = outputOf({ policy: 'loop', text: 'a;', endless: '\nb;' }, tokens, []);
    expect(first(output, 60)).toMatch(/^a;(\nb;){19,}/);
  });
});
