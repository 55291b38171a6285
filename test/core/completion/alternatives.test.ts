import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { sample } from '../../../src/core/completion/alternatives.ts';
import { type Job, plan, spotOf } from '../../../src/core/completion/job.ts';
import { AppError, refusal } from '../../../src/core/outcome.ts';
import { EXPLICIT, type FakeClock, fakeClock, flush, model, snapshot } from './sample.ts';
import { type ScriptedSend, scriptedSend } from './server.ts';

let send: ScriptedSend;
let clock: FakeClock;
let abort: AbortController;

beforeEach(() => {
  send = scriptedSend();
  clock = fakeClock();
  abort = new AbortController();
});

function jobAt(marked: string, options = EXPLICIT): Job {
  const shot = snapshot(marked);
  const job = plan(spotOf(shot, model('qwen2.5-coder:7b'), options, 'useful'), shot, {
    room: { head: 512, near: 1024, most: 1536 },
  });
  if (!job) throw new Error('no job');
  return job;
}

function asked(times: number, job = jobAt('const a = |')) {
  const wish = { texts: undefined as readonly string[] | undefined };
  const done = sample(job, times, send, clock, abort.signal);
  void done.then((texts) => void (wish.texts = texts));
  return { wish, done };
}

async function answer(text: string): Promise<void> {
  await send.last.text(text);
  await send.last.end();
  await flush();
}

test('are asked for one after the other, as often as is wanted', async () => {
  const { wish } = asked(3);
  await flush();
  for (const [index, text] of ['1;', '2;', '2;'].entries()) {
    expect([send.calls.length, send.live]).toEqual([index + 1, 1]);
    expect(wish.texts).toBeUndefined();
    await answer(text);
  }
  expect(wish.texts).toEqual(['1;', '2;', '2;']);
  expect([send.calls.length, send.live]).toEqual([3, 0]);
});

test('are asked for warmer than the first, whatever that was, and otherwise the same', async () => {
  for (const temperature of [undefined, 0, 0.2]) {
    const job = jobAt('const a = |', { ...EXPLICIT, ...(temperature !== undefined && { temperature }) });
    const { done } = asked(1, job);
    await flush();
    expect(send.last.request).toMatchObject({
      temperature: 0.7,
      prompt: '<|fim_prefix|><|fim_suffix|><|fim_middle|>const a = ',
      maxTokens: 128,
    });
    await answer('1;');
    await done;
    expect(job.options.temperature).toBe(temperature);
  }
});

test('are fitted to the document', async () => {
  const { done } = asked(2, jobAt('return |'));
  await flush();
  await answer('  f(\r\n    a);');
  // A model that has nothing to say is asked again all the same.
  await answer(' \n');
  expect(await done).toEqual(['f(\n    a);', '']);
});

test('are none where none are wanted', async () => {
  expect(await asked(0).done).toEqual([]);
  abort.abort();
  expect(await asked(3).done).toEqual([]);
  expect(send.calls).toEqual([]);
});

describe('what has come is given', () => {
  test('when the rest is not wanted any more, and the request ends at once', async () => {
    const { wish } = asked(3);
    await flush();
    await answer('1;');
    await send.last.text('2');
    abort.abort();
    await flush();
    expect(wish.texts).toEqual(['1;']);
    expect([send.calls.length, send.live]).toEqual([2, 0]);
    expect(send.last.signal.aborted).toBe(true);
  });

  test('when a request fails, and there is no use in asking again', async () => {
    for (const failure of [new AppError('busy'), new Error('not ours')]) {
      const before = send.calls.length;
      const { wish } = asked(3);
      await flush();
      await answer('1;');
      await send.last.text('const half');
      await send.last.fail(failure);
      await flush();
      expect(wish.texts).toEqual(['1;']);
      expect(send.calls.length - before).toBe(2);
    }
  });

  test('when the policy says no', async () => {
    const { wish } = asked(3);
    await flush();
    send.refuseWith(refusal('level:private', 'No.'));
    await answer('1;');
    expect(wish.texts).toEqual(['1;']);
    expect(await asked(3).done).toEqual([]);
  });

  test('when the server says nothing more', async () => {
    const { wish } = asked(2);
    await flush();
    await answer('1;');
    await clock.pass(60_000);
    expect(wish.texts).toEqual(['1;']);
    expect(send.live).toBe(0);
  });
});

test('leaves nothing behind at the signal', async () => {
  const { done } = asked(3);
  await flush();
  for (const text of ['1;', '2;', '3;']) await answer(text);
  await done;
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
});
