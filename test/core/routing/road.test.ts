import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitMessages } from '../../../src/core/chat/budget.ts';
import { materialOf } from '../../../src/core/chat/material.ts';
import { redactThread } from '../../../src/core/chat/redact.ts';
import { type Message, type Passage, startThread } from '../../../src/core/chat/thread.ts';
import { askOf, plan, spotOf } from '../../../src/core/completion/job.ts';
import { textOf } from '../../../src/core/completion/text.ts';
import type { Model } from '../../../src/core/model.ts';
import { AppError, type Refusal, isRefusal } from '../../../src/core/outcome.ts';
import { type Screen, createScreen, isHeld } from '../../../src/core/privacy/screen.ts';
import type { ChatRequest, CompleteRequest, Piece } from '../../../src/core/provider.ts';
import { createRoad } from '../../../src/core/routing/road.ts';
import { scanText } from '../../../src/screen/secretScan.ts';
import { answerOf } from '../chat/answer.ts';
import { ordinaryCode, secrets } from '../privacy/secretCorpus.ts';
import { CODER, GPT, TEAM_CODER, policyAt } from './fixtures.ts';

const SOURCES = [{ kind: 'window' }] as const;
const screen = createScreen({ scan: scanText, ignored: async () => Promise.resolve(undefined) });

async function* nothing(): AsyncGenerator<Piece> {
  yield await Promise.resolve({ kind: 'end', reason: 'stop' });
}

/** A road whose door and provider write down what came to them. */
function begin(inspect: Screen['inspect'] = screen.inspect) {
  const seen: (ChatRequest | CompleteRequest)[] = [];
  const refusals: Refusal[] = [];
  let opened = 0;
  const road = createRoad({
    policy: policyAt('open'),
    screen: { inspect },
    open: async () => {
      opened += 1;
      return Promise.resolve({
        fetch,
        breach: (detail) => new Error(detail),
        used: () => undefined,
        failed: () => undefined,
      });
    },
    provider: async () =>
      Promise.resolve({
        protocol: 'openai',
        list: async () => Promise.resolve({ models: [] }),
        complete: (_line, request) => {
          seen.push(request);
          return nothing();
        },
        chat: (_line, request) => {
          seen.push(request);
          return nothing();
        },
      }),
    onRefused: (_ask, refused) => refusals.push(refused),
  });
  const signal = new AbortController().signal;
  return {
    seen,
    refusals,
    opened: () => opened,
    chat: async (request: ChatRequest) => road.chat(request, SOURCES, signal),
    complete: async (request: CompleteRequest) => road.complete(request, SOURCES, signal),
  };
}

const question = (text: string, model: Model = GPT): ChatRequest => ({
  model,
  think: false,
  messages: [{ role: 'user', text }],
});
const [, , SECRET] = secrets();
const TEXT = SECRET?.text ?? '';

describe('the screen on the road', () => {
  it.each([GPT, TEAM_CODER])('opens nothing while a request is held: $id', async (model) => {
    const { chat, complete, opened, seen, refusals } = begin();
    const held = await chat(question(TEXT, model));
    expect(isRefusal(held) && isHeld(held) && held.findings).toHaveLength(1);
    const prompt = `<fim>${TEXT}`;
    const other = await complete({ model, prompt, stops: [], maxTokens: 1, temperature: 0 });
    expect(isRefusal(other) && isHeld(other)).toBe(true);
    expect([opened(), seen]).toEqual([0, []]);
    // What the ledger is told: the rule and a sentence, and neither the secret nor where it was.
    expect(refusals.map((each) => Object.keys(each).toSorted())).toEqual([
      ['outcome', 'reason', 'rule'],
      ['outcome', 'reason', 'rule'],
    ]);
    expect(JSON.stringify(refusals)).not.toContain(SECRET?.secret);
  });

  it('looks at the text after the cursor too, and at what the cursor cuts in two', async () => {
    const { complete, opened } = begin();
    const half = TEXT.indexOf(SECRET?.secret ?? '') + 6;
    for (const at of [0, half]) {
      const [prompt, suffix] = [TEXT.slice(0, at), TEXT.slice(at)];
      const held = await complete({ model: GPT, prompt, suffix, stops: [], maxTokens: 1, temperature: 0 });
      expect(isRefusal(held) && isHeld(held)).toBe(true);
    }
    expect(opened()).toBe(0);
  });

  it('lets everything go to this machine', async () => {
    const { chat, seen } = begin();
    expect(isRefusal(await chat(question(TEXT, CODER)))).toBe(false);
    expect(seen).toHaveLength(1);
  });

  it('goes by the policy’s zone, not by the model’s word', async () => {
    const { chat, opened } = begin();
    const held = await chat(question(TEXT, { ...CODER, name: 'gpt-oss:120b-cloud' }));
    expect(isRefusal(held) && isHeld(held)).toBe(true);
    expect(opened()).toBe(0);
  });

  it('gives providers no material', async () => {
    const { chat, complete, seen } = begin();
    const material = [{ label: 'a', text: 'whole file' }];
    await chat({ ...question('hi'), material });
    await complete({ model: GPT, prompt: 'x', stops: [], maxTokens: 1, temperature: 0, material });
    expect(JSON.stringify(seen)).not.toContain('whole file');
    expect(seen.some((request) => 'material' in request)).toBe(false);
  });

  it('sends what was looked at, whatever the asker does meanwhile', async () => {
    const messages = [{ role: 'user' as const, text: 'harmless' }];
    const { chat, seen } = begin(async (parcel, zone) => {
      const held = await screen.inspect(parcel, zone);
      const [message] = messages;
      if (message) message.text = TEXT;
      messages.push({ role: 'user', text: TEXT });
      return held;
    });
    await chat({ model: GPT, think: false, messages });
    expect(seen).toMatchObject([{ messages: [{ role: 'user', text: 'harmless' }] }]);
  });
});

describe('what the ledger is told', () => {
  const failing = (thrown: Error) => {
    const fail = async () =>
      Promise.resolve().then(() => {
        throw thrown;
      });
    const told: string[] = [];
    // oxlint-disable-next-line require-yield -- it fails first
    async function* broken(): AsyncGenerator<never> {
      await Promise.resolve();
      throw thrown;
    }
    const road = createRoad({
      policy: policyAt('open'),
      screen: { inspect: async () => Promise.resolve(undefined) },
      open: async () =>
        Promise.resolve({
          fetch,
          breach: (detail) => new Error(detail),
          used: () => undefined,
          failed: (kind) => void told.push(kind),
        }),
      provider: async () =>
        Promise.resolve({
          protocol: 'ollama',
          list: fail,
          complete: broken,
          chat: broken,
          keeper: {
            load: fail,
            unload: fail,
            pull: broken,
            remove: fail,
          },
        }),
    });
    return { road, told };
  };
  const never = new AbortController().signal;
  const drain = async (pieces: Promise<AsyncIterable<unknown> | Refusal>) => {
    const found = await pieces;
    if (isRefusal(found)) throw new Error(found.reason);
    for await (const _ of found) break;
  };

  it('is every failure that the asker sees, whatever it was that was asked', async () => {
    const { road, told } = failing(new AppError('outOfMemory'));
    const asked = [
      drain(road.complete({ model: CODER, prompt: 'x', stops: [], maxTokens: 1, temperature: 0 }, SOURCES, never)),
      drain(road.chat(question('x', CODER), SOURCES, never)),
      drain(road.pull(CODER.endpoint, 'llama', never)),
      road.list(CODER.endpoint, never),
      road.load(CODER, never),
      road.unload(CODER, never),
      road.remove(CODER, never),
    ];
    for (const each of await Promise.allSettled(asked)) expect(each).toMatchObject({ reason: { kind: 'outOfMemory' } });
    expect(told).toEqual(asked.map(() => 'outOfMemory'));
  });

  it('is nothing when the asker wanted no more', async () => {
    const { road, told } = failing(new DOMException('enough', 'AbortError'));
    await expect(road.list(CODER.endpoint, never)).rejects.toThrow('enough');
    expect(told).toEqual([]);
  });
});

/** A made-up secret, in ordinary code of some length before and after it. */
const place = fc.record({
  seed: fc.integer({ min: 1, max: 10_000 }),
  kind: fc.nat(secrets().length - 1),
  before: fc.nat(20_000),
  after: fc.nat(20_000),
});
const WHERE = ['question', 'passage', 'problem', 'earlierQuestion', 'earlierPassage', 'earlierAnswer'] as const;

describe('no secret passes', () => {
  it('wherever it stands in a conversation, cut to fit or not; and redacted it is gone', async () => {
    const reached = { held: 0, sent: 0 };
    const property = fc.asyncProperty(
      place,
      fc.constantFrom(...WHERE),
      fc.integer({ min: 512, max: 32_768 }),
      async ({ seed, kind, before, after }, where, limit) => {
        const sample = secrets(seed)[kind];
        if (!sample) throw new Error('no sample');
        const long = where.includes('assage');
        const text = `${ordinaryCode(long ? before : before % 300)}\n${sample.text}\n${ordinaryCode(long ? after : after % 300)}`;
        const at = (here: (typeof WHERE)[number], otherwise: string) => (here === where ? text : otherwise);
        const passage = (own: string, problems: readonly string[] = []): Passage => ({
          uri: 'file:///a.ts',
          name: 'a.ts',
          language: 'typescript',
          lines: [0, 1],
          text: own,
          problems,
          taint: [],
        });
        const messages: Message[] = [
          {
            role: 'user',
            id: 'q1',
            intent: 'ask',
            text: at('earlierQuestion', 'Explain'),
            passages: [passage(at('earlierPassage', 'a()'))],
          },
          answerOf(at('earlierAnswer', 'It calls a.')),
          {
            role: 'user',
            id: 'q2',
            intent: 'fix',
            text: at('question', 'Fix it'),
            passages: [passage(at('passage', 'b()'), [at('problem', 'b is not defined')])],
          },
        ];
        const wish = (of: readonly Message[]): ChatRequest => {
          const { messages: sent, from } = fitMessages(of, limit);
          return { model: GPT, think: false, messages: sent, material: materialOf(from) };
        };
        const road = begin();
        const outcome = await road.chat(wish(messages));
        const lines = sample.secret.split('\n').filter((line) => !line.startsWith('-----'));
        for (const line of lines) expect(JSON.stringify(road.seen)).not.toContain(line);
        reached[isRefusal(outcome) ? 'held' : 'sent'] += 1;

        const clean = await redactThread({ ...startThread('t', 0), messages }, screen.redact);
        for (const line of lines) expect(JSON.stringify(clean)).not.toContain(line);
        const again = begin();
        expect(isRefusal(await again.chat(wish(clean.messages)))).toBe(false);
        expect(again.opened()).toBe(1);
      },
    );
    await fc.assert(property, { numRuns: 150 });
    // Old messages that did not fit were left out, and then the request may go; most are held.
    expect(reached.held).toBeGreaterThan(reached.sent);
  });

  it('wherever the cursor stands, in a completion', async () => {
    const property = fc.asyncProperty(
      place,
      fc.integer({ min: -400, max: 400 }),
      fc.constantFrom('qwen2.5-coder:7b', 'llama3.2:3b'),
      async ({ seed, kind, before, after }, offset, name) => {
        const sample = secrets(seed)[kind];
        if (!sample) throw new Error('no sample');
        const text = `${ordinaryCode(before)}\n${sample.text}\n${ordinaryCode(after)}`;
        const at = Math.max(0, Math.min(text.length, text.indexOf(sample.secret) + offset));
        const lines = text.slice(0, at).split('\n');
        const snapshot = {
          uri: 'file:///a.ts',
          fileName: 'a.ts',
          languageId: 'typescript',
          text: textOf(text),
          cursor: { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 },
          indentation: { insertSpaces: true, tabSize: 2 },
          eol: '\n',
          sources: SOURCES,
        } as const;
        const options = { trigger: 'automatic', delayMs: 0, maxTokens: 64, contextTokens: 512 } as const;
        const job = plan(spotOf(snapshot, { ...GPT, name }, options, 'useful'), snapshot, {
          room: { head: 512, near: 1024, most: 1536 },
        });
        if (!job) return;
        const road = begin();
        const ask = askOf(job);
        await (ask.kind === 'chat' ? road.chat(ask.request) : road.complete(ask.request));
        for (const part of [sample.secret, ...sample.secret.split('\n')].filter((each) => !each.startsWith('-----'))) {
          expect(JSON.stringify(road.seen)).not.toContain(part);
        }
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});
