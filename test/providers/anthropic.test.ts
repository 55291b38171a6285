import { afterEach, expect, test } from 'vitest';
import type { Model } from '../../src/core/model.ts';
import type { ChatRequest } from '../../src/core/provider.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { type AnthropicPeerOptions, startAnthropicPeer } from '../peers/anthropic.ts';
import type { Peer } from '../peers/recorder.ts';
import { NEVER, endpointAt, hear, kindOf, testLine } from './support.ts';

/** What is Anthropic's own; the rest is in vendors.test.ts. */

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

async function setUp(options: AnthropicPeerOptions = {}) {
  const own = (peer = await startAnthropicPeer(options));
  const provider = createAnthropic();
  const line = testLine();
  const { models } = await provider.list(line, endpointAt(own.url, 'anthropic'), NEVER);
  const named = (name: string): Model => {
    const found = models.find((model) => model.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const chat = async (name: string, more: Partial<ChatRequest> = {}) => {
    const request = { messages: [{ role: 'user', text: 'Hi' }], think: false, ...more } as const;
    return hear(provider.chat(line, { model: named(name), ...request }, NEVER));
  };
  return { peer: own, models, named, line, chat, sent: () => own.to('/v1/messages').map(({ body }) => body) };
}

const SAID = { text: 'Hello world', end: { kind: 'end', reason: 'stop' }, error: undefined };

test('reads every page of the list, and what models can do', async () => {
  const { models, peer } = await setUp();
  expect(peer.seen.filter(({ path }) => path.includes('/models?'))).toHaveLength(2);
  expect(models.map(({ name, abilities, contextLength }) => [name, abilities.thinking, contextLength])).toEqual([
    ['claude-opus-4-7', true, 200_000],
    ['claude-sonnet-4-6', true, 200_000],
    ['claude-haiku-4-5', true, 200_000],
    ['claude-3-haiku', false, 200_000],
  ]);
  expect(models[0]?.abilities).toEqual({ insert: false, chat: true, tools: false, vision: true, thinking: true });
});

test('instructions go beside the messages, and what it would refuse is left out', async () => {
  const { chat, sent, line } = await setUp();
  const messages = [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: 'Hi' },
    { role: 'assistant', text: '' },
    { role: 'user', text: 'Again' },
  ] as const;
  const heard = await chat('claude-3-haiku', { messages, temperature: 0, maxTokens: 20, stops: ['</fill>', '\n\n'] });
  expect(heard).toMatchObject(SAID);
  expect(sent()).toEqual([
    {
      model: 'claude-3-haiku',
      max_tokens: 20,
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'user', content: 'Again' },
      ],
      temperature: 0,
      stop_sequences: ['</fill>'],
      stream: true,
    },
  ]);
  // Everything that went in counts, wherever it came from.
  expect(line.usages.at(-1)).toEqual({ promptTokens: 25, cachedTokens: 20, outputTokens: 3 });
});

test.each([
  ['claude-opus-4-7', { thinking: { type: 'adaptive', display: 'summarized' } }],
  ['claude-sonnet-4-6', { thinking: { type: 'adaptive', display: 'summarized' } }],
  ['claude-haiku-4-5', { thinking: { type: 'enabled', budget_tokens: 4096 }, max_tokens: 4146 }],
])('%s thinks in the way that it knows', async (name, body) => {
  const { chat, sent } = await setUp({ thoughts: ['hm ', 'yes'] });
  const heard = await chat(name, { think: true, temperature: 0, maxTokens: 50 });
  expect(heard).toMatchObject({ ...SAID, thinking: 'hm yes' });
  expect(sent()).toMatchObject([body]);
  const quiet = await chat(name, { temperature: 0 });
  expect(quiet).toMatchObject({ ...SAID, thinking: '' });
  expect(sent()).toMatchObject([body, { thinking: { type: 'disabled' } }]);
});

test('where nobody tells what a model takes, its refusal does, once', async () => {
  const { chat, sent } = await setUp({ withoutCapabilities: true });
  expect(await chat('claude-opus-4-7', { temperature: 0 })).toMatchObject(SAID);
  expect(await chat('claude-opus-4-7', { temperature: 0 })).toMatchObject(SAID);
  const bodies = sent().map((body) => JSON.stringify(body).includes('temperature'));
  expect(bodies).toEqual([true, false, false]);
});

test.each([
  ['max_tokens', { reason: 'length' }],
  ['model_context_window_exceeded', { reason: 'length' }],
  ['stop_sequence', { reason: 'stop' }],
])('%s', async (stopReason, end) => {
  const { chat } = await setUp({ stopReason });
  expect((await chat('claude-3-haiku')).end).toMatchObject(end);
});

test('a refusal is no answer', async () => {
  const { chat } = await setUp({ stopReason: 'refusal' });
  expect(kindOf((await chat('claude-3-haiku')).error)).toBe('serverError');
});

test('how long a prompt was', async () => {
  const { chat, peer } = await setUp();
  const error = { type: 'invalid_request_error', message: 'prompt is too long: 205000 tokens > 200000 maximum' };
  peer.fault({ kind: 'answer', status: 400, body: JSON.stringify({ type: 'error', error }) });
  expect((await chat('claude-3-haiku')).error).toMatchObject({
    kind: 'contextTooLong',
    facts: { tokens: { prompt: 205_000, limit: 200_000 } },
  });
});
