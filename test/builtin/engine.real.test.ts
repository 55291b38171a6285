import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../src/core/model.ts';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { NEVER, hear } from '../providers/support.ts';
import { ENDPOINT, SMALL, type TestEngine, startEngine } from './engine.ts';

/** The built-in engine with a real model, in its real process. */
let engine: TestEngine;
let model: Model;
const provider = createBuiltin();
/** Called with each line of the child's. */
let told: (line: string) => void = () => undefined;
beforeAll(async () => {
  engine = await startEngine({ counted: true, heard: (line) => told(line) });
  await engine.add(SMALL);
  const { models } = await provider.list(engine.line(), ENDPOINT, NEVER);
  const [only] = models;
  if (!only) throw new Error(`no model: ${engine.log.join('\n')}`);
  model = only;
}, 600_000);
afterAll(() => engine.stop());

const ASK = { stops: ['.'], maxTokens: 8, temperature: 0 };
const LONG = `${'The sky is blue. '.repeat(20)}The capital of France is`;
const QUESTION = { role: 'user', text: 'Name the capital of France.' } as const;

test('is listed with what its file says, and nothing runs for that', () => {
  expect(engine.engine.pid()).toBeUndefined();
  expect(model).toMatchObject({
    name: SMALL,
    zone: 'device',
    family: 'llama',
    parameters: '134.52M',
    quantization: 'Q4_1',
    contextLength: 8192,
    abilities: { insert: 'unknown', chat: true, tools: false, vision: false, thinking: false },
  });
  expect(model.sizeBytes).toBeGreaterThan(90e6);
});

test('completes up to a stop, and reads only what is new of a prompt', async () => {
  const line = engine.line();
  const first = await hear(provider.complete(line, { model, prompt: LONG, ...ASK }, NEVER));
  expect(first.error).toBeUndefined();
  expect(first.text).toContain('Paris');
  expect(first.text).not.toContain('.');
  expect(first.end).toMatchObject({ reason: 'stop' });
  // A chat in between has a context of its own.
  const chat = await hear(
    provider.chat(line, { model, messages: [QUESTION], think: false, maxTokens: 12, temperature: 0 }, NEVER),
  );
  expect(chat.error).toBeUndefined();
  expect(chat.text).toContain('Paris');
  const second = await hear(provider.complete(line, { model, prompt: LONG, ...ASK }, NEVER));
  expect(second.text).toBe(first.text);
  const usage = line.usages.at(-1);
  expect(usage?.promptTokens).toBeGreaterThan(100);
  expect(usage?.cachedTokens).toBe((usage?.promptTokens ?? 0) - 1);
});

test('is free again within one token when a request is cancelled', async () => {
  const abort = new AbortController();
  const messages = [{ role: 'user', text: 'Count from one to one thousand in words.' }] as const;
  /** What the child said from the first text on: the batches that it begins, and that it knows of the wish to cancel. */
  const said: string[] = [];
  const heard = await hear(provider.chat(engine.line(), { model, messages, think: false }, abort.signal), () => {
    if (abort.signal.aborted) return;
    told = (line) => said.push(line);
    abort.abort();
  });
  expect(heard.end).toEqual({ kind: 'end', reason: 'cancelled' });
  expect(heard.text).not.toBe('');
  const line = engine.line();
  const next = await hear(provider.chat(line, { model, messages: [QUESTION], think: false, maxTokens: 1 }, NEVER));
  told = () => undefined;
  expect(next.error).toBeUndefined();
  const arrived = said.indexOf('cancel');
  expect(arrived).toBeGreaterThanOrEqual(0);
  // All that followed is the next request's, besides one token that was being chosen.
  const read = said.slice(arrived).flatMap((text) => Number(/^batch (\d+)$/.exec(text)?.[1] ?? 0));
  const { promptTokens = 0, cachedTokens = 0 } = line.usages.at(-1) ?? {};
  const more = read.reduce((sum, each) => sum + each, 0) - (promptTokens - cachedTokens);
  expect(promptTokens).toBeGreaterThan(0);
  expect([0, 1]).toContain(more);
});

test('is measured: how fast it reads and writes, and what it takes', async () => {
  const measured = await provider.measure?.(engine.line(), model, NEVER);
  expect(measured?.prefill).toBeGreaterThan(1);
  expect(measured?.decode).toBeGreaterThan(0.1);
  expect(measured?.firstTokenMs).toBeGreaterThan(1);
  expect(measured?.memoryBytes).toBeGreaterThan(90e6);
  expect(measured?.threads).toBe(1);
});

test('serves a completion while a chat is being written', async () => {
  const messages = [{ role: 'user', text: 'Count from one to one hundred in words.' }] as const;
  const abort = new AbortController();
  const order: string[] = [];
  let completion: Promise<unknown> | undefined;
  const chat = await hear(
    provider.chat(engine.line(), { model, messages, think: false, maxTokens: 150, temperature: 0 }, abort.signal),
    () => {
      order.push('chat');
      completion ??= hear(provider.complete(engine.line(), { model, prompt: LONG, ...ASK, maxTokens: 4 }, NEVER)).then(
        ({ error }) => order.push(error === undefined ? 'completed' : 'failed'),
      );
      if (order.includes('completed')) abort.abort();
    },
  );
  await completion;
  expect(chat.error).toBeUndefined();
  // The chat did not have to end first.
  expect(chat.end).toMatchObject({ reason: 'cancelled' });
  expect(order).toContain('completed');
});
