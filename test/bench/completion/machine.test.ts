import { describe, expect, it } from 'vitest';
import { createMachine } from './machine.ts';
import { createVirtualTime } from './virtualTime.ts';

const SPEED = { prefill: 1_000, decode: 100 };
const words = (count: number, word = 'a') => Array.from({ length: count }, (_, index) => `${word}${index}`);

function setUp() {
  const time = createVirtualTime();
  const machine = createMachine(time, SPEED);
  const start = time.now();
  const submit = (prompt: readonly string[], output: readonly string[], maxTokens = 100) => {
    const tokens: { token: string; at: number }[] = [];
    const state = { end: undefined as { reason: string; at: number } | undefined };
    const job = machine.submit({
      prompt,
      output: output[Symbol.iterator](),
      maxTokens,
      onToken: (token) => tokens.push({ token, at: time.now() - start }),
      onEnd(reason) {
        state.end = { reason, at: time.now() - start };
      },
    });
    return { ...job, tokens, state };
  };
  return { time, start, submit };
}

describe('the machine', () => {
  it('takes the time of the prompt, and of each token', async () => {
    const { time, submit } = setUp();
    const { tokens, state, cost } = submit(words(700), ['x', 'y']);
    await time.run();
    expect(tokens.map(({ at }) => Math.round(at))).toEqual([710, 720]);
    expect(state.end).toEqual({ reason: 'stop', at: 730 });
    expect(cost).toMatchObject({ promptTokens: 700, cachedTokens: 0, evaluatedTokens: 700, outputTokens: 2 });
  });

  it('ends at the limit', async () => {
    const { time, submit } = setUp();
    const { tokens, state } = submit(words(10), words(50, 'out'), 3);
    await time.run();
    expect(tokens).toHaveLength(3);
    expect(state.end?.reason).toBe('length');
  });

  it('evaluates only what differs from what the slot holds, what was generated included', async () => {
    const { time, submit } = setUp();
    submit(words(600), ['x', 'y']);
    await time.run();
    const longer = submit([...words(600), 'x', 'y', 'z'], []);
    await time.run();
    expect(longer.cost).toMatchObject({ cachedTokens: 602, evaluatedTokens: 1 });
    const other = submit([...words(300), 'changed', ...words(299)], []);
    await time.run();
    expect(other.cost).toMatchObject({ cachedTokens: 300, evaluatedTokens: 300 });
    const same = submit([...words(300), 'changed', ...words(299)], []);
    await time.run();
    expect(same.cost).toMatchObject({ cachedTokens: 599, evaluatedTokens: 1 });
  });

  it('serves one after the other', async () => {
    const { time, start, submit } = setUp();
    submit(words(1_000), ['x']);
    const second = submit(words(100, 'b'), []);
    await time.run();
    expect((second.cost.startedAt ?? 0) - start).toBe(1_020);
  });

  it('forgets at once what was cancelled while it waited', async () => {
    const { time, start, submit } = setUp();
    submit(words(1_000), []);
    const second = submit(words(100, 'b'), ['x']);
    const third = submit(words(100, 'c'), []);
    time.after(10, second.cancel);
    await time.run();
    expect(second.cost).toMatchObject({ evaluatedTokens: 0, endedAt: start + 10 });
    expect((third.cost.startedAt ?? 0) - start).toBe(1_010);
  });

  it('notices at the next token that the client has gone', async () => {
    const { time, start, submit } = setUp();
    const { cancel, cost, tokens, state } = submit(words(100), words(50, 'out'));
    time.after(135, cancel);
    await time.run();
    expect(tokens).toHaveLength(3);
    expect(state.end).toBeUndefined();
    expect((cost.endedAt ?? 0) - start).toBe(140);
  });

  it('notices while it evaluates a prompt only at the poll, and then between batches', async () => {
    const { time, start, submit } = setUp();
    const { cancel, cost } = submit(words(5_000), ['x']);
    time.after(20, cancel);
    await time.run();
    // The poll at 1,000 ms falls into the batch that ends at 1,024.
    expect(cost.evaluatedTokens).toBe(1_024);
    expect((cost.endedAt ?? 0) - start).toBe(1_024);
  });

  it('keeps what it evaluated for somebody who went', async () => {
    const { time, submit } = setUp();
    const { cancel } = submit(words(5_000), ['x']);
    time.after(20, cancel);
    await time.run();
    const again = submit(words(5_000), []);
    await time.run();
    expect(again.cost.cachedTokens).toBe(1_024);
  });
});
