import { afterEach, expect, test } from 'vitest';
import { ask, judge } from '../../src/core/completion/probe.ts';
import { profileOf } from '../../src/core/completion/profiles.ts';
import type { Send } from '../../src/core/completion/run.ts';
import { isRefusal } from '../../src/core/outcome.ts';
import type { CompleteRequest } from '../../src/core/provider.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createDeepSeek } from '../../src/providers/deepseek.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { createLlamaCpp } from '../../src/providers/llamacpp.ts';
import { createMistral } from '../../src/providers/mistral.ts';
import { createOllama } from '../../src/providers/ollama.ts';
import { createOpenAI } from '../../src/providers/openai.ts';
import { startAnthropicPeer } from '../peers/anthropic.ts';
import { startDeepSeekPeer } from '../peers/deepseek.ts';
import { startGeminiPeer } from '../peers/gemini.ts';
import { type LlamaCppPeerOptions, startLlamaCppPeer } from '../peers/llamacpp.ts';
import { startMistralPeer } from '../peers/mistral.ts';
import { startOllamaPeer } from '../peers/ollama.ts';
import { startOpenAIPeer } from '../peers/openai.ts';
import type { Peer } from '../peers/recorder.ts';
import { NEVER, endpointAt, hear, kindOf, modelOf, testLine } from './support.ts';

/** How each protocol asks for the text in a hole. */

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

const HOLE = { prompt: 'P', suffix: 'S', stops: ['\n\n', ''], maxTokens: 9, temperature: 0 } as const;
const RAW: Omit<CompleteRequest, 'model'> = { prompt: '<fim>P', stops: ['<eot>'], maxTokens: 9, temperature: 0 };
const SAID = { text: 'Hello world', end: { kind: 'end', reason: 'stop' }, error: undefined };

test('Mistral: prefix and suffix in fields, and no field that it does not know', async () => {
  const own = (peer = await startMistralPeer({ tokens: (prompt, suffix) => [`${prompt}|`, suffix] }));
  const endpoint = endpointAt(own.url, 'mistral');
  const provider = createMistral();
  const line = testLine();
  const { models } = await provider.list(line, endpoint, NEVER);
  expect(models.map(({ name, abilities }) => [name, abilities.insert, abilities.chat, abilities.thinking])).toEqual([
    ['codestral-2508', true, true, false],
    ['magistral-medium-2509', false, true, true],
    ['mistral-embed', false, false, false],
  ]);
  expect(models[0]?.contextLength).toBe(256_000);
  const [model] = models;
  if (!model) throw new Error('no model');
  expect(await hear(provider.complete(line, { model, ...HOLE }, NEVER))).toMatchObject({ ...SAID, text: 'P|S' });
  expect(own.to('/v1/fim/completions')[0]?.body).toEqual({
    model: 'codestral-2508',
    prompt: 'P',
    suffix: 'S',
    max_tokens: 9,
    temperature: 0,
    stop: ['\n\n'],
    stream: true,
  });
  expect(line.usages).toEqual([{ promptTokens: 11, outputTokens: 2 }]);
});

test('DeepSeek: holes under /beta, with a limit of its own, and counts of its cache', async () => {
  const own = (peer = await startDeepSeekPeer());
  const provider = createDeepSeek();
  const line = testLine();
  const { models } = await provider.list(line, endpointAt(own.url, 'deepseek'), NEVER);
  expect(models.map(({ name, abilities }) => [name, abilities.insert])).toEqual([
    ['deepseek-v4-flash', true],
    ['deepseek-v4-pro', true],
    ['deepseek-reasoner', false],
  ]);
  const [model] = models;
  if (!model) throw new Error('no model');
  const stops = Array.from({ length: 20 }, (_, index) => `stop${index}`);
  const request = { model, ...HOLE, stops, maxTokens: 9000 };
  expect(await hear(provider.complete(line, request, NEVER))).toMatchObject(SAID);
  expect(own.to('/beta/completions')[0]?.body).toMatchObject({
    prompt: 'P',
    suffix: 'S',
    max_tokens: 4096,
    stop: stops.slice(0, 16),
  });
  expect(line.usages).toEqual([{ promptTokens: 20, cachedTokens: 16, outputTokens: 2 }]);
});

test('DeepSeek thinks in the chat only when it is asked to', async () => {
  const own = (peer = await startDeepSeekPeer({ thoughts: ['hm'] }));
  const provider = createDeepSeek();
  const model = modelOf(endpointAt(own.url, 'deepseek'), 'deepseek-v4-flash');
  const messages = [{ role: 'user', text: 'Hi' }] as const;
  const heard = await Promise.all(
    [true, false].map(async (think) => hear(provider.chat(testLine(), { model, messages, think }, NEVER))),
  );
  expect(heard).toMatchObject([
    { ...SAID, thinking: 'hm' },
    { ...SAID, thinking: '' },
  ]);
});

test.each([
  [4, { id_slot: 0 }],
  [1, {}],
])('llama.cpp with %i slots: its own endpoint, the cache, and a slot for documents', async (slots, slot) => {
  const own = (peer = await startLlamaCppPeer({ slots }));
  const provider = createLlamaCpp();
  const line = testLine();
  const { models, version } = await provider.list(line, endpointAt(own.url, 'llamacpp'), NEVER);
  expect(version).toBe('b10760-abcdef');
  const [model] = models;
  if (!model) throw new Error('no model');
  expect(model).toMatchObject({
    parameters: '1.5B',
    quantization: 'Q8_0',
    contextLength: 32_768,
    loaded: { contextLength: 4096 },
    abilities: { insert: 'unknown', chat: true, thinking: false },
  });
  expect(await hear(provider.complete(line, { model, ...RAW }, NEVER))).toMatchObject(SAID);
  expect(own.to('/completion')[0]?.body).toEqual({
    model: model.name,
    prompt: '<fim>P',
    n_predict: 9,
    temperature: 0,
    stop: ['<eot>'],
    stream: true,
    cache_prompt: true,
    t_max_predict_ms: 60_000,
    response_fields: ['content', 'stop', 'stop_type', 'truncated', 'timings'],
    ...slot,
  });
  expect(line.usages).toEqual([{ promptTokens: 33, cachedTokens: 30, outputTokens: 2, promptMs: 12.5, outputMs: 40 }]);
});

const llamacpp = async (options: LlamaCppPeerOptions) => {
  const own = (peer = await startLlamaCppPeer(options));
  const endpoint = endpointAt(own.url, 'llamacpp');
  return { own, endpoint, model: modelOf(endpoint, 'any'), provider: createLlamaCpp(), line: testLine() };
};

test('llama.cpp: a limit, a cut prompt, and a prompt that is too long are told apart', async () => {
  const limited = await llamacpp({ stopType: 'limit' });
  const ask = async ({ provider, line, model }: typeof limited, prompt = 'P') =>
    hear(provider.complete(line, { model, ...RAW, prompt }, NEVER));
  expect((await ask(limited)).end).toMatchObject({ reason: 'length' });
  await limited.own.stop();
  const cut = await llamacpp({ truncated: true, contextTokens: 8 });
  expect(kindOf((await ask(cut)).error)).toBe('contextTooLong');
  expect((await ask(cut, 'a long prompt')).error).toMatchObject({
    kind: 'contextTooLong',
    facts: { tokens: { prompt: 13, limit: 8 } },
  });
});

test('llama.cpp: with a suffix, its own form of holes, which not every model has', async () => {
  const able = await llamacpp({ infill: true });
  expect(await hear(able.provider.complete(able.line, { model: able.model, ...HOLE }, NEVER))).toMatchObject(SAID);
  expect(able.own.to('/infill')[0]?.body).toMatchObject({ prompt: '', input_prefix: 'P', input_suffix: 'S' });
  await able.own.stop();
  const unable = await llamacpp({});
  const { error } = await hear(unable.provider.complete(unable.line, { model: unable.model, ...HOLE }, NEVER));
  expect(kindOf(error)).toBe('unsupported');
});

test('llama.cpp: thinking goes by the switch in the template', async () => {
  const chatTemplate = '{% if enable_thinking %}<think>{% endif %}';
  const { own, endpoint, provider, line } = await llamacpp({ chatTemplate });
  const [model] = (await provider.list(line, endpoint, NEVER)).models;
  if (!model) throw new Error('no model');
  await hear(provider.chat(line, { model, messages: [{ role: 'user', text: 'Hi' }], think: false }, NEVER));
  expect(own.to('/v1/chat/completions')[0]?.body).toMatchObject({ chat_template_kwargs: { enable_thinking: false } });
});

test('llama.cpp without properties is listed all the same', async () => {
  const { own, endpoint, provider, line } = await llamacpp({});
  own.fault({ kind: 'answer', status: 404, body: '{"error":{"code":404,"message":"File Not Found"}}' }, '/props');
  const { models } = await provider.list(line, endpoint, NEVER);
  expect(models[0]).toMatchObject({ abilities: { chat: true }, loaded: { contextLength: 4096 } });
});

test("Ollama: with a suffix, the server's own template", async () => {
  const own = (peer = await startOllamaPeer({
    models: [{ name: 'coder:7b', capabilities: ['completion', 'insert'] }],
  }));
  const provider = createOllama();
  const [model] = (await provider.list(testLine(), endpointAt(own.url, 'ollama'), NEVER)).models;
  if (!model) throw new Error('no model');
  await hear(provider.complete(testLine(), { model, ...HOLE }, NEVER));
  await hear(provider.complete(testLine(), { model, ...RAW }, NEVER));
  const [hole, raw] = own.to('/api/generate').map(({ body }) => body);
  expect(hole).toMatchObject({ prompt: 'P', suffix: 'S' });
  expect(hole).not.toHaveProperty('raw');
  expect(raw).toMatchObject({ prompt: '<fim>P', raw: true });
  expect(raw).not.toHaveProperty('suffix');
});

test("OpenAI's API: the suffix where there is one", async () => {
  const own = (peer = await startOpenAIPeer());
  const model = modelOf(endpointAt(own.url, 'openai'), 'peer-model');
  const provider = createOpenAI();
  await hear(provider.complete(testLine(), { model, ...HOLE }, NEVER));
  await hear(provider.complete(testLine(), { model, ...RAW }, NEVER));
  const [hole, raw] = own.to('/v1/completions').map(({ body }) => body);
  expect(hole).toMatchObject({ prompt: 'P', suffix: 'S', stop: ['\n\n'] });
  expect(raw).not.toHaveProperty('suffix');
});

test.each([
  ['anthropic', createAnthropic, startAnthropicPeer],
  ['gemini', createGemini, startGeminiPeer],
] as const)('%s has no raw prompts, and is not asked', async (protocol, create, start) => {
  const own = (peer = await start());
  const model = modelOf(endpointAt(own.url, protocol), 'any');
  const { error } = await hear(create().complete(testLine(), { model, ...RAW }, NEVER));
  expect(kindOf(error)).toBe('unsupported');
  expect(own.seen).toEqual([]);
});

/** Where each vendor takes the end of the hole as a stop. */
const STOPS: Readonly<Record<string, object>> = {
  openai: { stop: ['</fill>'] },
  anthropic: { stop_sequences: ['</fill>'] },
  gemini: { generationConfig: { stopSequences: ['</fill>'] } },
};

test.each([
  ['openai', createOpenAI, startOpenAIPeer, 'peer-model'],
  ['anthropic', createAnthropic, startAnthropicPeer, 'claude-opus-4-7'],
  ['gemini', createGemini, startGeminiPeer, 'gemini-2.5-flash'],
] as const)('%s: a hole by chat, between tags, up to the closing one', async (protocol, create, start, name) => {
  const own = (peer = await start({ tokens: ['<fill>', 'wal', 'rus'] }));
  const provider = create();
  const { models } = await provider.list(testLine(), endpointAt(own.url, protocol), NEVER);
  const model = models.find((each) => each.name === name);
  if (!model) throw new Error(`no ${name}`);
  expect(profileOf(model)).toBe('holeFilling');
  const send: Send = {
    complete: async (request, _, signal) => Promise.resolve(provider.complete(testLine(), request, signal)),
    chat: async (request, _, signal) => Promise.resolve(provider.chat(testLine(), request, signal)),
  };
  const exchange = await ask(model, 'holeFilling', send, NEVER);
  if (isRefusal(exchange)) throw new Error(exchange.reason);
  expect([exchange.error, judge(exchange)]).toEqual([undefined, 'fills']);
  const sent = own.seen.at(-1)?.body;
  expect(sent).toMatchObject(STOPS[protocol] ?? {});
  // Nothing is put into the model's mouth: the peer of Anthropic would refuse it, as the real one does.
  expect(JSON.stringify(sent)).toContain('<<<HOLE>>>');
});
