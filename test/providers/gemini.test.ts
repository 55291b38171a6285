import { afterEach, expect, test } from 'vitest';
import type { Model } from '../../src/core/model.ts';
import type { ChatRequest } from '../../src/core/provider.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { type GeminiPeerOptions, startGeminiPeer } from '../peers/gemini.ts';
import type { Peer } from '../peers/recorder.ts';
import { NEVER, endpointAt, hear, kindOf, testLine } from './support.ts';

/** What is Gemini's own; the rest is in vendors.test.ts. */

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

async function setUp(options: GeminiPeerOptions = {}) {
  const own = (peer = await startGeminiPeer(options));
  const provider = createGemini();
  const line = testLine();
  const { models } = await provider.list(line, endpointAt(own.url, 'gemini'), NEVER);
  const named = (name: string): Model => {
    const found = models.find((model) => model.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const chat = async (name: string, more: Partial<ChatRequest> = {}) => {
    const request = { messages: [{ role: 'user', text: 'Hi' }], think: false, ...more } as const;
    return hear(provider.chat(line, { model: named(name), ...request }, NEVER));
  };
  return { peer: own, models, line, chat, sent: () => own.seen.filter(({ method }) => method === 'POST') };
}

test('reads every page of the list, and leaves out what does not write', async () => {
  const { models } = await setUp();
  expect(models.map(({ name, abilities, contextLength }) => [name, abilities.chat, contextLength])).toEqual([
    ['gemini-2.5-flash', true, 1_048_576],
    ['gemini-3.1-pro', true, 1_048_576],
    ['gemma-3-27b-it', true, 131_072],
    ['gemini-2.5-flash-image', false, 32_768],
  ]);
});

test('the conversation in its own form', async () => {
  const { chat, sent, line } = await setUp();
  const messages = [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: 'Hi' },
    { role: 'assistant', text: 'Hello' },
    { role: 'user', text: 'Again' },
  ] as const;
  const stops = ['1', '2', '3', '4', '5', '6', ''];
  await chat('gemma-3-27b-it', { messages, stops, temperature: 0, maxTokens: 20 });
  const [request] = sent();
  expect(request?.path).toBe('/v1beta/models/gemma-3-27b-it:streamGenerateContent?alt=sse');
  expect(request?.body).toEqual({
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ text: 'Hello' }] },
      { role: 'user', parts: [{ text: 'Again' }] },
    ],
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    generationConfig: { maxOutputTokens: 20, temperature: 0, stopSequences: ['1', '2', '3', '4', '5'] },
  });
  expect(line.usages.at(-1)).toEqual({ promptTokens: 9, cachedTokens: 4, outputTokens: 2 });
});

test.each([
  ['gemini-2.5-flash', true, { includeThoughts: true }],
  ['gemini-2.5-flash', false, { thinkingBudget: 0 }],
  ['gemini-3.1-pro', false, { thinkingLevel: 'low' }],
])('%s, thinking %s', async (name, think, thinkingConfig) => {
  const { chat, sent } = await setUp({ thoughts: ['hm ', 'yes'] });
  const heard = await chat(name, { think });
  expect(heard).toMatchObject({ text: 'Hello world', thinking: think ? 'hm yes' : '', error: undefined });
  expect(sent()[0]?.body).toMatchObject({ generationConfig: { thinkingConfig } });
});

test('why an answer ended', async () => {
  const limited = await setUp({ finish: 'MAX_TOKENS' });
  expect((await limited.chat('gemma-3-27b-it')).end).toMatchObject({ reason: 'length' });
  await limited.peer.stop();
  const unsafe = await setUp({ finish: 'SAFETY' });
  expect(await unsafe.chat('gemma-3-27b-it')).toMatchObject({ text: 'Hello world', error: { kind: 'serverError' } });
  await unsafe.peer.stop();
  const blocked = await setUp({ blocked: 'PROHIBITED_CONTENT' });
  expect(kindOf((await blocked.chat('gemma-3-27b-it')).error)).toBe('serverError');
});

test('a wrong key is told from a wrong request, and the wait is in the details', async () => {
  const { chat, peer } = await setUp();
  const answer = (code: number, status: string, message: string, details: readonly object[]) =>
    peer.fault({ kind: 'answer', status: code, body: JSON.stringify([{ error: { code, message, status, details } }]) });
  answer(400, 'INVALID_ARGUMENT', 'API key not valid.', [{ reason: 'API_KEY_INVALID' }]);
  expect(kindOf((await chat('gemma-3-27b-it')).error)).toBe('unauthorized');
  answer(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [{ '@type': 'RetryInfo', retryDelay: '34.5s' }]);
  expect((await chat('gemma-3-27b-it')).error).toMatchObject({ kind: 'rateLimited', facts: { retryAfterMs: 34_500 } });
  answer(
    400,
    'INVALID_ARGUMENT',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    [],
  );
  expect((await chat('gemma-3-27b-it')).error).toMatchObject({
    kind: 'contextTooLong',
    facts: { tokens: { prompt: 1_200_000, limit: 1_048_576 } },
  });
});
