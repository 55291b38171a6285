import { describe, expect, it } from 'vitest';
import { SAMPLE } from './sampleFile.ts';
import { type Spot, spotIn } from './truth.ts';

const { text } = SAMPLE;
const START = text.indexOf('    for (const entry of this.entries) {\n      if (entry.time >') - 1;
const END = text.indexOf('\n    this.entries.push');
const BEFORE = text.slice(0, START);
const AFTER = text.slice(END);

function spot(typed: string, closers = '', lineLast = false): Spot | undefined {
  const suffix = lineLast ? (closers + AFTER).replace(/^[^\n]*\n/, '') : closers + AFTER;
  return spotIn(text, { prefix: BEFORE + typed, suffix, lineLast });
}

describe('the place of a prompt', () => {
  it('is where its cursor is in the truth, and what is missing ends where its suffix begins', () => {
    expect(spot('\n    for (const')).toEqual({ at: START + 15, end: END, rest: '' });
    expect(spot('')).toEqual({ at: START, end: END, rest: '' });
    expect(spot('\n    for (const', '', true)).toEqual({ at: START + 15, end: END, rest: '' });
  });

  it('is the same with a window that begins later and ends sooner', () => {
    const hole = { prefix: `${BEFORE.slice(-120)}\n    for`, suffix: AFTER.slice(0, 60), lineLast: false };
    expect(spotIn(text, hole)).toEqual({ at: START + 8, end: END, rest: '' });
  });

  it('knows the closers of the editor', () => {
    expect(spot('\n    for (con', ')')).toEqual({ at: START + 13, end: END, rest: ')' });
    const inside = '\n    for (const entry of this.entries) {\n      if';
    expect(spot(inside, '\n    }')).toEqual({ at: START + inside.length, end: END - 6, rest: '' });
  });

  it('goes on from a typing error as if it were right', () => {
    expect(spot('\n    fpr')).toMatchObject({ at: START + 8 });
  });

  it('is found where another part is missing too', () => {
    const gap = text.indexOf('    const sorted');
    const suffix = AFTER.slice(0, gap - END) + text.slice(text.indexOf('    return found;'));
    expect(spotIn(text, { prefix: BEFORE, suffix, lineLast: false })).toMatchObject({ at: START, end: END });
  });

  it('is told apart from lines that are the same', () => {
    const second = text.lastIndexOf('      return undefined;');
    const hole = { prefix: `${text.slice(0, second)}      ret`, suffix: text.slice(second + 23), lineLast: false };
    expect(spotIn(text, hole)?.at).toBe(second + 9);
  });
});
