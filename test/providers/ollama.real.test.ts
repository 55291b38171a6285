import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../src/core/model.ts';
import { isRefusal } from '../../src/core/outcome.ts';
import type { CompleteRequest, Listing, Piece } from '../../src/core/provider.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createMistral } from '../../src/providers/mistral.ts';
import { createOllama } from '../../src/providers/ollama.ts';
import { findOllama, takesLocal } from '../../src/providers/ollamaSigns.ts';
import { createOpenAI } from '../../src/providers/openai.ts';
import { type OllamaServer, startOllama } from '../setup/ollama.ts';
import { CHAT_MODEL, FIM_MODELS } from '../setup/ollamaModels.ts';
import { freeingRoadOf } from './realRoad.ts';
import { NEVER, endpointAt, failing, hear, kindOf, modelOf, testLine } from './support.ts';

/** The provider on a real Ollama: the one that serves all such tests, or one of our own. */
let own: OllamaServer | undefined;
let url: string;
beforeAll(async () => {
  const shared = process.env['SWITCHYARD_TEST_OLLAMA'];
  if (shared === undefined) own = await startOllama({ models: [CHAT_MODEL, FIM_MODELS[0]] });
  url = own?.url ?? shared ?? '';
}, 1_800_000);
afterAll(() => own?.stop());

const provider = createOllama();
const endpoint = () => endpointAt(url, 'ollama');
const list = (): Promise<Listing> => provider.list(testLine(), endpoint(), NEVER);

async function theModel(name: string): Promise<Model> {
  const found = (await list()).models.find((model) => model.name === name);
  if (!found) throw new Error(`${name} is not there.`);
  return found;
}

/** For tests that need seconds of both cores, on a machine that may be busy. */
const SLOW = { timeout: 300_000 };
const ASK = { stops: ['\n'], maxTokens: 8, temperature: 0 };

test('lists what the server has, and what it can do', async () => {
  const model = await theModel(CHAT_MODEL);
  expect(model).toMatchObject({ zone: 'device', family: 'llama', quantization: 'Q4_1', contextLength: 8192 });
  expect(model.abilities).toEqual({ insert: 'unknown', chat: true, tools: false, vision: false, thinking: false });
  expect((await theModel(FIM_MODELS[0])).abilities.insert).toBe(true);
});

test('completes a raw prompt up to a stop, and reports what came from the cache', async () => {
  const model = await theModel(CHAT_MODEL);
  const prompt = `${'The sky is blue. '.repeat(20)}The capital of France is`;
  const line = testLine();
  await hear(provider.complete(line, { model, prompt, ...ASK }, NEVER));
  const heard = await hear(provider.complete(line, { model, prompt, ...ASK }, NEVER));
  expect(heard.text).toContain('Paris');
  expect(heard.text).not.toContain('\n');
  const usage = line.usages[1];
  expect(usage?.promptTokens).toBeGreaterThan(100);
  expect(usage?.cachedTokens).toBeGreaterThanOrEqual((usage?.promptTokens ?? 0) - 1);
});

test('fills in the middle with tokens of the model in the raw prompt', async () => {
  const model = await theModel(FIM_MODELS[0]);
  const prompt = '<|fim_prefix|>function add(a, b) {\n  return <|fim_suffix|>\n}<|fim_middle|>';
  const heard = await hear(provider.complete(testLine(), { model, prompt, ...ASK }, NEVER));
  expect(heard.error).toBeUndefined();
  expect(heard.end).toMatchObject({ kind: 'end' });
});

test('with a suffix, the server puts the markers itself, where the model has a template for it', async () => {
  const hole = { prompt: 'function add(a, b) {\n  return ', suffix: '\n}', ...ASK };
  const line = testLine();
  const filled = await hear(provider.complete(line, { model: await theModel(FIM_MODELS[0]), ...hole }, NEVER));
  expect(filled.error).toBeUndefined();
  // More than the text has: the markers of the template.
  expect(line.usages[0]?.promptTokens).toBeGreaterThan(15);
  const chat = await hear(provider.complete(testLine(), { model: await theModel(CHAT_MODEL), ...hole }, NEVER));
  expect(kindOf(chat.error)).toBe('unsupported');
});

test('talks, and knows a limit from a stop', async () => {
  const model = await theModel(CHAT_MODEL);
  const messages = [{ role: 'user', text: 'What is the capital of France?' }] as const;
  const line = testLine();
  const whole = await hear(provider.chat(line, { model, messages, think: true, temperature: 0 }, NEVER));
  expect([whole.text, whole.end]).toEqual([
    expect.stringContaining('Paris'),
    expect.objectContaining({ reason: 'stop' }),
  ]);
  const cut = await hear(provider.chat(line, { model, messages, think: true, temperature: 0, maxTokens: 2 }, NEVER));
  expect(cut.end).toMatchObject({ reason: 'length' });
});

describe('cancelling frees the server', () => {
  const road = freeingRoadOf(provider);
  const along = async (request: CompleteRequest, signal: AbortSignal): Promise<AsyncIterable<Piece>> => {
    const answer = await road.complete(request, [{ kind: 'window' }], signal);
    if (isRefusal(answer)) throw new Error(answer.reason);
    return answer;
  };
  /** Milliseconds until the server has answered a request. */
  const timeOf = async (model: Model, prompt: string): Promise<number> => {
    const started = performance.now();
    await hear(await along({ model, prompt, ...ASK, maxTokens: 1 }, NEVER));
    return performance.now() - started;
  };

  // Compared with what the same machine needs for the same work: others may be using it.
  test('while it writes', async () => {
    const model = await theModel(CHAT_MODEL);
    const usual = Math.max(await timeOf(model, 'Hi'), await timeOf(model, 'Hi'));
    const tokens = 2000;
    const abort = new AbortController();
    let pieces = 0;
    const request = { model, prompt: 'Once upon a time', stops: [], maxTokens: tokens, temperature: 0 };
    const started = performance.now();
    const heard = await hear(await along(request, abort.signal), () => {
      pieces += 1;
      if (pieces === 10) abort.abort();
    });
    expect(heard).toMatchObject({ end: { kind: 'end', reason: 'cancelled' }, error: undefined });
    const untilCancelled = performance.now() - started;
    // Had it gone on, it would have been busy for 200 times as long.
    expect(await timeOf(model, 'Hi')).toBeLessThan(usual + (untilCancelled * tokens) / 10 / 4);
  });

  test('while it reads the prompt', SLOW, async () => {
    const model = await theModel(CHAT_MODEL);
    const prompt = (seed: number) =>
      Array.from({ length: 500 }, (_, index) => `w${String((index * seed) % 97)}`).join(' ');
    const whole = await timeOf(model, prompt(31));
    const abort = new AbortController();
    setTimeout(() => abort.abort(), whole / 10);
    const request = { model, prompt: prompt(53), stops: [], maxTokens: 2000, temperature: 0 };
    const heard = await hear(await along(request, abort.signal));
    expect(heard).toMatchObject({ text: '', end: { kind: 'end', reason: 'cancelled' } });
    // llama.cpp's server looks after its sockets once a second, between batches.
    expect(await timeOf(model, 'Hi')).toBeLessThan(whole);
  });
});

test('loading and unloading show in the list', async () => {
  const model = await theModel(CHAT_MODEL);
  await provider.keeper?.load(testLine(), model, NEVER);
  expect((await theModel(CHAT_MODEL)).loaded?.contextLength).toBeGreaterThan(0);
  await provider.keeper?.unload(testLine(), model, NEVER);
  // It goes once it has ended what it may be doing.
  await expect.poll(async () => (await theModel(CHAT_MODEL)).loaded, { timeout: 30_000 }).toBeUndefined();
});

test('a copy appears, is removed, and is missing then', async () => {
  const body = JSON.stringify({ source: CHAT_MODEL, destination: 'provider-test:1b' });
  await fetch(`${url}/api/copy`, { method: 'POST', body });
  const copy = await theModel('provider-test:1b');
  await provider.keeper?.remove(testLine(), copy, NEVER);
  expect((await list()).models.map(({ name }) => name)).not.toContain(copy.name);
  const { error } = await hear(provider.complete(testLine(), { model: copy, prompt: 'Hi', ...ASK }, NEVER));
  expect(error).toMatchObject({ kind: 'modelMissing', facts: { status: 404 } });
});

test('a prompt that is too long is an error with numbers, and not cut in silence', SLOW, async () => {
  const model = await theModel(CHAT_MODEL);
  const prompt = 'word '.repeat(10_000);
  const { error } = await hear(provider.complete(testLine(), { model, prompt, ...ASK }, NEVER));
  expect(error).toMatchObject({
    kind: 'contextTooLong',
    facts: { tokens: { prompt: 10_001 } },
  });
  const chat = await hear(
    provider.chat(testLine(), { model, messages: [{ role: 'user', text: prompt }], think: false }, NEVER),
  );
  expect(kindOf(chat.error)).toBe('contextTooLong');
});

test('a cloud name never reaches the server', async () => {
  const asked: string[] = [];
  const line = testLine((input, init) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return fetch(input, init);
  });
  const model = modelOf(endpoint(), `${CHAT_MODEL}-cloud`);
  const { error } = await hear(provider.complete(line, { model, prompt: 'Hi', ...ASK }, NEVER));
  expect(kindOf(error)).toBe('refused');
  expect(asked).toEqual([]);
});

test('every request about a local model names its local form', async () => {
  const bodies: string[] = [];
  const line = testLine((input, init) => {
    if (typeof init?.body === 'string') bodies.push(init.body);
    return fetch(input, init);
  });
  const model = await theModel(CHAT_MODEL);
  await provider.keeper?.load(line, model, NEVER);
  await hear(provider.complete(line, { model, prompt: 'Hi', ...ASK }, NEVER));
  await hear(
    provider.chat(line, { model, messages: [{ role: 'user', text: 'Hi' }], think: false, maxTokens: 2 }, NEVER),
  );
  expect(bodies).toHaveLength(3);
  for (const body of bodies) expect(body).toContain(`"model":"${CHAT_MODEL}:local"`);
});

test('is known behind the protocols of others, and asked under the local form there too', async () => {
  await fetch(`${url}/api/copy`, {
    method: 'POST',
    body: JSON.stringify({ source: CHAT_MODEL, destination: 'me/copy' }),
  });
  const bodies: string[] = [];
  const line = testLine((input, init) => {
    if (typeof init?.body === 'string' && init.body.includes('messages')) bodies.push(init.body);
    return fetch(input, init);
  });
  for (const create of [createOpenAI, createMistral, createAnthropic]) {
    const other = create();
    const behind = endpointAt(`${url}/v1`, other.protocol);
    const model = modelOf(behind, 'me/copy:latest');
    const heard = await hear(
      other.chat(line, { model, messages: [{ role: 'user', text: 'Hi' }], think: false, maxTokens: 2 }, NEVER),
    );
    expect([other.protocol, heard.error, heard.end?.kind]).toEqual([other.protocol, undefined, 'end']);
    const far = modelOf(behind, `${CHAT_MODEL}-cloud`);
    const refused = other.chat(line, { model: far, messages: [{ role: 'user', text: 'Hi' }], think: false }, NEVER);
    expect(kindOf((await hear(refused)).error)).toBe('refused');
  }
  expect(bodies).toHaveLength(3);
  for (const body of bodies) expect(body).toContain('"model":"me/copy:latest:local"');
  const { models } = await createOpenAI().list(testLine(), endpointAt(`${url}/v1`, 'openai'), NEVER);
  expect(models.find(({ name }) => name === 'me/copy:latest')).toMatchObject({
    zone: 'device',
    abilities: { insert: false },
  });
  await provider.keeper?.remove(testLine(), await theModel('me/copy:latest'), NEVER);
});

test('has the words by which it is known where only /v1 can be reached', async () => {
  const endpoint = endpointAt(`${url}/v1`, 'openai');
  const line = testLine(async (input, init) =>
    new Request(input).url.includes('/api/') ? new Response('', { status: 403 }) : fetch(input, init),
  );
  const found = await findOllama({ line, endpoint, signal: NEVER }, '/models', false);
  expect(found).toEqual({ is: 'closed' });
  expect(await takesLocal({ line, endpoint, signal: NEVER }, '/models', CHAT_MODEL)).toBe(true);
});

test('a dead server is unreachable', async () => {
  const dead = endpointAt('http://127.0.0.1:1', 'ollama');
  expect(kindOf(await failing(provider.list(testLine(), dead, NEVER)))).toBe('unreachable');
});

test('its OpenAI-compatible address works too, and keeps models local', async () => {
  const openai = createOpenAI();
  const compatible = endpointAt(`${url}/v1`, 'openai');
  const { models } = await openai.list(testLine(), compatible, NEVER);
  const model = models.find(({ name }) => name === CHAT_MODEL);
  expect(model).toMatchObject({ zone: 'device', abilities: { insert: false, chat: true } });
  if (!model) return;
  const line = testLine();
  const messages = [{ role: 'user', text: 'Count from one to twenty.' }] as const;
  const request = { model, messages, think: false, maxTokens: 3, temperature: 0 };
  const heard = await hear(openai.chat(line, request, NEVER));
  expect(heard).toMatchObject({ error: undefined, end: { reason: 'length' } });
  expect(line.usages[0]?.outputTokens).toBe(3);
});
