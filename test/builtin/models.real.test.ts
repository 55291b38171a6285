import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../src/core/model.ts';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { NEVER, hear } from '../providers/support.ts';
import { ENDPOINT, type TestEngine, startEngine } from './engine.ts';

/** Several models in the real engine: none takes another from under an answer. */
let engine: TestEngine;
const provider = createBuiltin();
beforeAll(async () => {
  engine = await startEngine();
  for (const name of ['one', 'two']) await engine.add(name);
}, 600_000);
afterAll(() => engine.stop());

const listed = async (): Promise<Model[]> => [...(await provider.list(engine.line(), ENDPOINT, NEVER)).models];
async function the(name: string): Promise<Model> {
  const found = (await listed()).find((model) => model.name === name);
  if (!found) throw new Error(`${name} is not listed`);
  return found;
}
const inMemory = async () => (await listed()).filter(({ loaded }) => loaded).map(({ name }) => name);

/** A long answer, and what is done at its first word. */
async function meanwhile<T>(model: Model, act: () => Promise<T>) {
  const messages = [{ role: 'user', text: 'Count from one to one hundred in words.' }] as const;
  const order: string[] = [];
  let acting: Promise<T> | undefined;
  const answer = await hear(
    provider.chat(engine.line(), { model, messages, think: false, maxTokens: 80, temperature: 0 }, NEVER),
    () => {
      acting ??= act().finally(() => order.push('act'));
    },
  );
  order.push('answer');
  return { answer, order, acted: await acting };
}

test('a model that is loaded beside stays while the other one serves', async () => {
  const [one, two] = [await the('one'), await the('two')];
  const ask = { model: one, prompt: 'The sky is', stops: [], maxTokens: 3, temperature: 0 };
  expect((await hear(provider.complete(engine.line(), ask, NEVER))).error).toBeUndefined();
  await provider.keeper?.load(engine.line(), two, NEVER);
  expect((await hear(provider.complete(engine.line(), ask, NEVER))).error).toBeUndefined();
  expect(await inMemory()).toEqual(['one', 'two']);
  expect((await hear(provider.complete(engine.line(), { ...ask, model: two }, NEVER))).error).toBeUndefined();
  expect(await inMemory()).toEqual(['two']);
});

test('a model is unloaded when the answer that it writes has ended', async () => {
  const one = await the('one');
  const { answer, order } = await meanwhile(one, async () => provider.keeper?.unload(engine.line(), one, NEVER));
  expect(answer.error).toBeUndefined();
  expect(answer.end).not.toMatchObject({ reason: 'cancelled' });
  expect(order).toEqual(['answer', 'act']);
  expect(await inMemory()).toEqual(['two']);
});

test('another model is measured when the answer has ended', async () => {
  const [one, two] = [await the('one'), await the('two')];
  const { answer, order, acted } = await meanwhile(one, async () => provider.measure?.(engine.line(), two, NEVER));
  expect(answer.error).toBeUndefined();
  expect(answer.end).not.toMatchObject({ reason: 'cancelled' });
  expect(order).toEqual(['answer', 'act']);
  expect(acted?.decode).toBeGreaterThan(0.1);
});
