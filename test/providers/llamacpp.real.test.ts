import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../src/core/model.ts';
import { createLlamaCpp } from '../../src/providers/llamacpp.ts';
import { type LlamaServer, startLlamaServer } from '../setup/llamaServer.ts';
import { NEVER, endpointAt, hear, kindOf, testLine } from './support.ts';

/** The provider on a real server of llama.cpp. */
let server: LlamaServer;
let model: Model;
const provider = createLlamaCpp();
beforeAll(async () => {
  server = await startLlamaServer({ slots: 2, contextTokens: 1024 });
  const { models } = await provider.list(testLine(), endpointAt(server.url, 'llamacpp'), NEVER);
  const [only] = models;
  if (!only) throw new Error('no model');
  model = only;
}, 1_800_000);
afterAll(() => server.stop());

const ASK = { stops: ['.'], maxTokens: 8, temperature: 0 };
const LONG = `${'The sky is blue. '.repeat(20)}The capital of France is`;

test('is listed with what it says of itself', () => {
  expect(model.name).toContain('SmolLM2');
  expect(model).toMatchObject({
    zone: 'device',
    parameters: '135M',
    quantization: 'Q4_1',
    contextLength: 8192,
    loaded: { contextLength: 1024 },
    abilities: { insert: 'unknown', chat: true, tools: false, vision: false, thinking: false },
  });
  expect(model.sizeBytes).toBeGreaterThan(90e6);
});

test('completes a raw prompt up to a stop, and counts what came from the cache', async () => {
  const line = testLine();
  await hear(provider.complete(line, { model, prompt: LONG, ...ASK }, NEVER));
  // A chat in between takes another slot, and leaves the cache of the document as it is.
  await hear(
    provider.chat(line, { model, messages: [{ role: 'user', text: 'Hi' }], think: false, maxTokens: 4 }, NEVER),
  );
  const heard = await hear(provider.complete(line, { model, prompt: LONG, ...ASK }, NEVER));
  expect(heard.error).toBeUndefined();
  expect(heard.text).toContain('Paris');
  expect(heard.text).not.toContain('.');
  expect(heard.end).toMatchObject({ reason: 'stop' });
  const usage = line.usages.at(-1);
  expect(usage?.promptTokens).toBeGreaterThan(100);
  expect(usage?.cachedTokens).toBeGreaterThanOrEqual((usage?.promptTokens ?? 0) - 1);
  expect(usage?.promptMs).toBeGreaterThan(0);
});

test('talks, and knows a limit from a stop', async () => {
  const messages = [{ role: 'user', text: 'Say hello.' }] as const;
  const line = testLine();
  const chat = await hear(provider.chat(line, { model, messages, think: false, temperature: 0, maxTokens: 12 }, NEVER));
  expect(chat.error).toBeUndefined();
  expect(chat.text).not.toBe('');
  expect(line.usages.at(-1)?.promptTokens).toBeGreaterThan(10);
  const cut = await hear(
    provider.complete(testLine(), { model, prompt: LONG, ...ASK, stops: [], maxTokens: 2 }, NEVER),
  );
  expect(cut.end).toMatchObject({ reason: 'length' });
});

test('a prompt that is too long, a hole that it has no tokens for', async () => {
  const prompt = 'word '.repeat(2000);
  const { error } = await hear(provider.complete(testLine(), { model, prompt, ...ASK }, NEVER));
  expect(error).toMatchObject({ kind: 'contextTooLong', facts: { tokens: { limit: 1024 } } });
  const hole = await hear(provider.complete(testLine(), { model, prompt: 'a', suffix: 'b', ...ASK }, NEVER));
  expect(kindOf(hole.error)).toBe('unsupported');
});

test('cancelling frees the slot', async () => {
  const abort = new AbortController();
  const endless = { model, prompt: LONG, stops: [], maxTokens: 900, temperature: 0 };
  const heard = await hear(provider.complete(testLine(), endless, abort.signal), () => abort.abort());
  expect(heard.end).toMatchObject({ reason: 'cancelled' });
  const started = performance.now();
  await hear(provider.complete(testLine(), { model, prompt: LONG, ...ASK, maxTokens: 1 }, NEVER));
  expect(performance.now() - started).toBeLessThan(5000);
});
