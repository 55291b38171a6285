import { describe, expect, it } from 'vitest';
import { keptOf, threadOfTurns } from '../../../src/core/chat/turns.ts';
import { levelOfThread } from '../../../src/core/chat/thread.ts';

const ask = { role: 'user', intent: 'ask', text: 'Why?' } as const;
const answer = (kept: unknown) => ({ role: 'assistant', text: 'Because.', kept }) as const;
let ids = 0;
const threadOf = (kept: readonly unknown[]) =>
  threadOfTurns(
    kept.flatMap((each) => [ask, answer(each)]),
    () => String((ids += 1)),
    0,
  );

describe('a conversation that the editor keeps', () => {
  it('has the strictest level that any of its answers had', () => {
    const thread = threadOf([{ taint: [{ folder: 'file:///a', level: 'private' }] }, { taint: [{ level: 'open' }] }]);
    expect(levelOfThread(thread)).toBe('private');
    expect(thread.messages.map(({ text }) => text)).toEqual(['Why?', 'Because.', 'Why?', 'Because.']);
    expect(threadOf([keptOf(thread)]).taint).toEqual(thread.taint);
  });

  it.each([undefined, {}, { taint: 'open' }, { taint: [{ level: 'public' }] }, null])(
    'is private when what was kept with an answer is lost: %j',
    (kept) => {
      expect(threadOf([kept]).taint).toEqual([{ level: 'private' }]);
    },
  );

  it('begins without any', () => {
    expect(levelOfThread(threadOf([]))).toBeUndefined();
  });
});
