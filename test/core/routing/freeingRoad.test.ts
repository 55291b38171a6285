import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/core/model.ts';
import { AppError, isRefusal, refusal } from '../../../src/core/outcome.ts';
import type { ChatRequest, Piece, Usage } from '../../../src/core/provider.ts';
import { createFreeingRoad } from '../../../src/core/routing/freeingRoad.ts';
import { type Road, createRoad } from '../../../src/core/routing/road.ts';
import { CODER, GPT, type FakeClock, TEAM_CODER, createFakeClock, policyAt, settle } from './fixtures.ts';

const SOURCES = [{ kind: 'window' }] as const;
/** A second to load, and half a second to read 100 characters: 5.5 s of silence are suspicious. */
const LOADED: Model = { ...CODER, sizeBytes: 5e8, loaded: {} };

/** A server with one place, which it may lose, as Ollama does; it reads a prompt in `readMs`, and writes a piece every 10 ms. */
function serverWith(clock: FakeClock, readMs = 100) {
  const server = { stuck: false, readMs, asked: 0, unloads: 0, given: 0, usage: {} as Usage };
  const wait = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = clock.after(ms, resolve);
      const abort = () => {
        timer.dispose();
        reject(new Error('given up'));
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  async function* answer(signal: AbortSignal): AsyncGenerator<Piece> {
    server.asked += 1;
    try {
      await wait(server.stuck ? 1e9 : server.readMs, signal);
      for (const text of ['one ', 'two ', 'three']) {
        yield { kind: 'text', text };
        server.given += 1;
        await wait(10, signal);
      }
      yield { kind: 'end', reason: 'stop', usage: server.usage };
    } catch (error) {
      if (!signal.aborted) throw error;
      yield { kind: 'end', reason: 'cancelled' };
    }
  }
  const policy = policyAt('open');
  const base = createRoad({
    policy,
    screen: { inspect: async () => Promise.resolve(undefined) },
    open: async () =>
      Promise.resolve({ fetch, breach: (detail) => new Error(detail), used: () => undefined, failed: () => undefined }),
    provider: async (protocol) =>
      Promise.resolve({
        protocol,
        list: async () => Promise.resolve({ models: [] }),
        complete: (_line, _request, signal) => answer(signal),
        chat: (_line, _request, signal) => answer(signal),
        keeper: {
          load: async () => Promise.resolve(),
          unload: async () => {
            server.unloads += 1;
            server.stuck = false;
            return Promise.resolve();
          },
          pull: () => {
            throw new AppError('unsupported');
          },
          remove: async () => Promise.resolve(),
        },
      }),
  });
  return { server, policy, base };
}

interface Asked {
  text: string;
  end: string | undefined;
  error: unknown;
  readonly stop: () => void;
}

function house(readMs?: number) {
  const clock = createFakeClock();
  const { server, policy, base } = serverWith(clock, readMs);
  const log: string[] = [];
  const road = createFreeingRoad({ road: base, clock, log: (text) => log.push(text) });
  /** Asks, and reads on until it is stopped or has ended. */
  const ask = (model: Model = LOADED, length = 100): Asked => {
    const controller = new AbortController();
    const asked: Asked = { text: '', end: undefined, error: undefined, stop: () => controller.abort() };
    const request: ChatRequest = { model, think: false, messages: [{ role: 'user', text: 'x'.repeat(length) }] };
    const read = async () => {
      const answer = await road.chat(request, SOURCES, controller.signal);
      if (isRefusal(answer)) throw new Error(answer.reason);
      for await (const piece of answer) {
        if (piece.kind === 'end') asked.end = piece.reason;
        else asked.text += piece.text;
      }
    };
    read().catch((error: unknown) => (asked.error = error));
    return asked;
  };
  /** An answer that is given up in its middle. */
  const giveUp = async (model?: Model) => {
    const first = ask(model);
    await clock.pass(server.readMs + 15);
    first.stop();
    await settle();
  };
  return { clock, server, policy, log, road, ask, giveUp };
}

describe('a model that its Ollama has lost', () => {
  it('is unloaded, and asked again', async () => {
    const { clock, server, ask, giveUp, log } = house();
    await giveUp();
    server.stuck = true;
    const second = ask();
    await clock.pass(5_400);
    expect([second.text, server.unloads]).toEqual(['', 0]);
    await clock.pass(1_000);
    expect(second).toMatchObject({ text: 'one two three', end: 'stop', error: undefined });
    expect([server.unloads, server.asked]).toEqual([1, 3]);
    expect(log).toEqual(['coder:7b has not answered for 6 s: it is unloaded, and asked again.']);
  });

  it('is freed also where another window, or an earlier one, has given up the answer', async () => {
    const { clock, server, ask } = house();
    server.stuck = true;
    const first = ask();
    await clock.pass(7_000);
    expect([first.end, server.unloads]).toEqual(['stop', 1]);
  });

  it('is freed when the answer is given up while another request waits', async () => {
    const { clock, server, ask } = house();
    const first = ask();
    await clock.pass(105);
    server.stuck = true;
    const second = ask();
    await clock.pass(5);
    first.stop();
    await clock.pass(12_000);
    expect([second.end, server.unloads]).toEqual(['stop', 1]);
  });

  it('is freed after several requests that nobody waited long for', async () => {
    const { clock, server, ask, giveUp } = house();
    await giveUp();
    server.stuck = true;
    for (const _ of [1, 2, 3]) {
      const tried = ask();
      await clock.pass(1_700);
      tried.stop();
      await settle();
    }
    const last = ask();
    await clock.pass(700);
    expect([last.end, server.unloads]).toEqual(['stop', 1]);
  });

  it('is freed at once when it was silent for long enough before', async () => {
    const { clock, server, ask, giveUp } = house();
    await giveUp();
    server.stuck = true;
    const tried = ask(LOADED, 2_000);
    await clock.pass(9_000);
    tried.stop();
    await settle();
    const last = ask();
    await clock.pass(200);
    expect([last.end, last.error, server.unloads]).toEqual(['stop', undefined, 1]);
  });

  it('is unloaded once: what is silent after that is silent', async () => {
    const { clock, server, ask } = house();
    server.stuck = true;
    const first = ask();
    await clock.pass(5_620);
    server.stuck = true;
    await clock.pass(600_000);
    expect([first.text, server.unloads]).toEqual(['one two three', 1]);
    const second = ask();
    await clock.pass(600_000);
    expect([second.end, server.unloads]).toEqual([undefined, 1]);
  });

  it('is not asked again when the level has changed meanwhile', async () => {
    const { clock, server, ask, policy } = house();
    server.stuck = true;
    const first = ask();
    await clock.pass(5_000);
    const refused = refusal('level:private', 'No.');
    policy.clear = () => refused;
    await clock.pass(1_000);
    expect(first.error).toMatchObject({ kind: 'refused', facts: { rule: 'level:private', detail: 'No.' } });
    expect([server.unloads, server.asked]).toEqual([0, 1]);
  });

  it('ends as cancelled when the user has had enough', async () => {
    const { clock, server, ask } = house();
    server.stuck = true;
    const first = ask();
    await clock.pass(2_000);
    first.stop();
    await settle();
    expect([first.end, first.error, server.unloads]).toEqual(['cancelled', undefined, 0]);
  });
});

describe('a model that only needs its time', () => {
  it('reads a long prompt', async () => {
    const { clock, server, ask } = house(90_000);
    const first = ask(LOADED, 20_000);
    await clock.pass(95_000);
    expect([first.end, server.unloads]).toEqual(['stop', 0]);
  });

  it('reads as slowly as it did before', async () => {
    const { clock, server, ask, giveUp } = house();
    server.usage = { promptTokens: 500, cachedTokens: 100, promptMs: 40_000 };
    ask(LOADED, 1_000);
    await clock.pass(1_000);
    await giveUp();
    // 50 ms a character, where 5 would be taken for slow.
    server.readMs = 45_000;
    const second = ask(LOADED, 1_000);
    await clock.pass(50_000);
    expect([second.end, server.unloads]).toEqual(['stop', 0]);
  });

  it('is being loaded', async () => {
    const { clock, server, ask } = house(60_000);
    const first = ask(CODER);
    await clock.pass(70_000);
    expect([first.end, server.unloads]).toEqual(['stop', 0]);
  });

  it('is being loaded, while somebody types', async () => {
    const { clock, server, ask } = house(60_000);
    for (let tries = 0; tries < 5; tries += 1) {
      const tried = ask(CODER);
      await clock.pass(3_000);
      tried.stop();
      await settle();
    }
    // The list has it among the loaded ones from the first moment.
    const last = ask(LOADED);
    await clock.pass(70_000);
    expect([last.end, server.unloads]).toEqual(['stop', 0]);
  });

  it('is being loaded again, because another took its place', async () => {
    const { clock, server, ask, giveUp } = house();
    await giveUp();
    server.readMs = 20_000;
    const last = ask({ ...LOADED, sizeBytes: 10e9 });
    await clock.pass(25_000);
    expect([last.end, server.unloads]).toEqual(['stop', 0]);
  });

  it('is busy, and nothing was given up since it last began to write', async () => {
    const { clock, server, ask } = house();
    ask();
    await clock.pass(1_000);
    server.readMs = 60_000;
    const second = ask();
    await clock.pass(70_000);
    expect([second.end, server.unloads]).toEqual(['stop', 0]);
  });

  it('is given up by somebody who types on, again and again', async () => {
    const { clock, server, ask, giveUp } = house();
    await giveUp();
    for (let key = 0; key < 100; key += 1) {
      const tried = ask();
      await clock.pass(90);
      tried.stop();
      await settle();
    }
    const last = ask();
    await clock.pass(1_000);
    expect([last.end, server.unloads]).toEqual(['stop', 0]);
  });
});

it.each([
  ['a server in the network, which others use', { ...TEAM_CODER, loaded: {} }],
  ['a model in the cloud behind it', { ...LOADED, name: 'gpt-oss:120b-cloud', zone: 'cloud' as const }],
  ['another protocol', { ...GPT, loaded: {} }],
])('%s is left alone', async (_, model) => {
  const { clock, server, ask, giveUp } = house();
  await giveUp(model);
  server.stuck = true;
  const second = ask(model);
  await clock.pass(60_000);
  expect([second.text, second.error, server.unloads]).toEqual(['', undefined, 0]);
});

it('passes everything else on', () => {
  const { clock } = house();
  const { base } = serverWith(clock);
  const road: Road = createFreeingRoad({ road: base, clock, log: () => undefined });
  expect([road.list, road.load, road.unload, road.pull, road.measure, road.install]).toEqual([
    base.list,
    base.load,
    base.unload,
    base.pull,
    base.measure,
    base.install,
  ]);
});
