import { afterEach, describe, expect, test } from 'vitest';
import type { Model, Protocol } from '../../src/core/model.ts';
import type { Provider } from '../../src/core/provider.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createDeepSeek } from '../../src/providers/deepseek.ts';
import { createLlamaCpp } from '../../src/providers/llamacpp.ts';
import { createMistral } from '../../src/providers/mistral.ts';
import { createOpenAI } from '../../src/providers/openai.ts';
import { type OllamaPeer, type OllamaPeerOptions, startOllamaPeer } from '../peers/ollama.ts';
import { startOpenAIPeer } from '../peers/openai.ts';
import type { Fault, Peer } from '../peers/recorder.ts';
import { NEVER, endpointAt, failing, hear, kindOf, modelOf, testLine } from './support.ts';

/** An Ollama behind the protocol of somebody else, where its cloud models look like any other. */

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

const FAR = { host: 'https://ollama.com:443', model: 'gpt-oss:120b' };
/** `ollama cp gpt-oss:120b-cloud me/fast`: listed with the owner `me`. */
const ALIAS = { name: 'me/fast:latest', remote: FAR };
const COPY = { name: 'me/coder:7b' };
const TALK = { messages: [{ role: 'user', text: 'PRIVATE' }], think: false } as const;
const PRIVATE = 'PRIVATE';

const json = (status: number, body: object): Fault => ({
  kind: 'answer',
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

async function setUp(options: OllamaPeerOptions, protocol: Protocol = 'openai') {
  const ollama: OllamaPeer = await startOllamaPeer(options);
  peer = ollama;
  const endpoint = endpointAt(protocol === 'llamacpp' ? ollama.url : `${ollama.url}/v1`, protocol);
  const provider: Provider = protocol === 'llamacpp' ? createLlamaCpp() : createOpenAI();
  const zones = async () => {
    const { models } = await provider.list(testLine(), endpoint, NEVER);
    return Object.fromEntries(models.map(({ name, zone }) => [name, zone]));
  };
  const chat = async (name: string, more: Partial<Model> = {}) =>
    hear(provider.chat(testLine(), { model: modelOf(endpoint, name, more), ...TALK }, NEVER));
  /** Names under which a text arrived. */
  const asked = () =>
    ollama.seen.filter(({ body }) => JSON.stringify(body)?.includes(PRIVATE)).map(({ body }) => modelIn(body));
  return { ollama, endpoint, provider, zones, chat, asked };
}

function modelIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'model' in body ? body.model : undefined;
}

describe.each(['openai', 'llamacpp'] as const)('an Ollama behind the protocol %s', (protocol) => {
  test.each([false, true])('tells which of its models are its own, whoever they belong to (old: %s)', async (old) => {
    const { zones } = await setUp(
      { old, models: [ALIAS, COPY, { name: 'coder:7b' }, { name: 'x:1b-cloud' }] },
      protocol,
    );
    expect(await zones()).toEqual({
      'me/fast:latest': 'cloud',
      'me/coder:7b': 'device',
      'coder:7b': 'device',
      'x:1b-cloud': 'cloud',
    });
  });

  test.each([
    ['lacks', json(200, { models: [] })],
    ['is closed', json(403, { error: 'no' })],
  ])('has no model of its own that its list %s', async (_, fault) => {
    const { zones, ollama } = await setUp({ models: [COPY] }, protocol);
    ollama.fault(fault, '/api/tags');
    expect(await zones()).toEqual({ 'me/coder:7b': 'cloud' });
  });

  test('gets a text only under the name that keeps it local', async () => {
    const { chat, asked, ollama } = await setUp({ models: [ALIAS, COPY] }, protocol);
    expect((await chat('me/coder:7b')).text).toBe('Hello world');
    expect(asked()).toEqual(['me/coder:7b:local']);
    expect((await chat('me/fast:latest')).error).toMatchObject({ kind: 'modelMissing', facts: { model: ALIAS.name } });
    expect([asked(), ollama.passedOn]).toEqual([['me/coder:7b:local', 'me/fast:latest:local'], []]);
  });

  test('is asked about each model before each request where it knows no such name', async () => {
    const { chat, asked, ollama } = await setUp({ old: true, models: [COPY] }, protocol);
    expect((await chat('me/coder:7b')).text).toBe('Hello world');
    ollama.models = [{ ...COPY, remote: FAR }];
    expect((await chat('me/coder:7b')).error).toMatchObject({
      kind: 'refused',
      facts: { rule: 'remoteModel', endpoint: { protocol }, model: 'me/coder:7b' },
    });
    expect([asked(), ollama.passedOn]).toEqual([['me/coder:7b'], []]);
  });

  test.each(['gpt-oss:120b-cloud', 'a:cloud', 'A: Cloud'])('is not asked at all for %j', async (name) => {
    const { chat, ollama } = await setUp({ models: [COPY] }, protocol);
    expect((await chat(name)).error).toMatchObject({ kind: 'refused', facts: { rule: 'cloudName' } });
    expect(ollama.seen).toEqual([]);
  });

  test('may be asked for its cloud models as such', async () => {
    const { chat, ollama } = await setUp({ models: [ALIAS] }, protocol);
    expect((await chat('me/fast:latest', { zone: 'cloud' })).text).toBe('Hello world');
    expect(ollama.passedOn).toEqual(['me/fast:latest']);
  });
});

describe('an Ollama of which only /v1 can be reached', () => {
  test.each([403, 404] as const)('is known by its words for a model that it lacks (%i)', async (onlyV1) => {
    const { zones, chat, asked, ollama } = await setUp({ onlyV1, models: [ALIAS, COPY] });
    // Without a model of its own library no name can be asked for: a slash is no part of that route.
    expect(await zones()).toEqual({ 'me/fast:latest': 'cloud', 'me/coder:7b': 'cloud' });
    expect((await chat('me/fast:latest')).error).toMatchObject({ facts: { rule: 'remoteModel' } });
    ollama.models = [ALIAS, COPY, { name: 'coder:7b' }, { name: 'x:1b-cloud' }];
    expect(await zones()).toMatchObject({ 'me/coder:7b': 'device', 'coder:7b': 'device', 'x:1b-cloud': 'cloud' });
    expect((await chat('me/coder:7b')).text).toBe('Hello world');
    expect(kindOf((await chat('me/fast:latest')).error)).toBe('modelMissing');
    expect(asked()).toEqual(['me/coder:7b:local', 'me/fast:latest:local']);
    expect(ollama.passedOn).toEqual([]);
  });

  test('is in the cloud altogether where it knows no local names', async () => {
    const { zones, chat, asked } = await setUp({ onlyV1: 403, old: true, models: [ALIAS, { name: 'coder:7b' }] });
    expect(await zones()).toEqual({ 'me/fast:latest': 'cloud', 'coder:7b': 'cloud' });
    expect(kindOf((await chat('coder:7b')).error)).toBe('refused');
    expect(asked()).toEqual([]);
  });

  test('is known by its library where its words were changed', async () => {
    const { zones, ollama } = await setUp({ onlyV1: 404, old: true, models: [ALIAS, { name: 'coder:7b' }] });
    ollama.fault(json(404, { error: 'nothing here' }), '/v1/models/no-such-model%3Alocal');
    expect(await zones()).toEqual({ 'me/fast:latest': 'cloud', 'coder:7b': 'cloud' });
  });

  test('gives itself away by its answer at the latest, which is not shown', async () => {
    const { provider, endpoint, ollama, zones, chat } = await setUp({ onlyV1: 404, models: [ALIAS] });
    ollama.fault(json(404, { error: 'nothing here' }), '/v1/models/no-such-model%3Alocal');
    const line = testLine();
    const model = modelOf(endpoint, 'me/fast:latest');
    const heard = await hear(provider.chat(line, { model, ...TALK }, NEVER));
    expect([heard.text, kindOf(heard.error), line.breaches.length]).toEqual(['', 'refused', 1]);
    expect(await zones()).toEqual({ 'me/fast:latest': 'cloud' });
    expect(kindOf((await chat('me/fast:latest')).error)).toBe('refused');
    expect(ollama.passedOn).toHaveLength(1);
  });
});

test('an answer that names another server is a breach, whoever gives it', async () => {
  const own = await startOpenAIPeer();
  peer = own;
  const endpoint = endpointAt(own.url, 'openai');
  const provider = createOpenAI();
  own.fault({ kind: 'inject', after: 0, text: 'data: {"remote_host":"https://ollama.com","choices":[]}\n\n' });
  const line = testLine();
  const heard = await hear(provider.chat(line, { model: modelOf(endpoint, 'peer-model'), ...TALK }, NEVER));
  expect([heard.text, kindOf(heard.error), line.breaches.length]).toEqual(['', 'refused', 1]);
});

describe('a server that is no Ollama', () => {
  const VERSION = '/api/version';
  const NOBODY = '/v1/models/no-such-model%3Alocal';
  const honest = async (version: Fault | undefined, missing?: Fault) => {
    const own = await startOpenAIPeer();
    peer = own;
    own.fault(version, VERSION);
    own.fault(missing, NOBODY);
    const endpoint = endpointAt(own.url, 'openai');
    const provider = createOpenAI();
    const { models } = await provider.list(testLine(), endpoint, NEVER);
    const heard = await hear(provider.chat(testLine(), { model: modelOf(endpoint, 'peer-model'), ...TALK }, NEVER));
    return { own, heard, zone: models[0]?.zone };
  };
  const html: Fault = { kind: 'answer', status: 200, body: '<html>', headers: { 'content-type': 'text/html' } };

  test.each<[string, Fault | undefined, Fault?]>([
    ['OpenAI’s own words', undefined],
    ['vLLM', json(404, { detail: 'Not Found' }), json(404, { detail: 'Not Found' })],
    ['LM Studio', json(200, { error: 'Unexpected endpoint or method. (GET /api/version)' })],
    ['llama.cpp', json(404, { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } })],
    ['a page for every address', html, html],
    ['a gateway that wants a key for the one', json(401, { error: 'no key' })],
    ['a server that fails with the other', undefined, json(500, { error: 'oops' })],
    ['a server that has every model', undefined, json(200, { id: 'no-such-model:local', object: 'model' })],
  ])('goes on as ever: %s', async (_, version, missing) => {
    const { zone, heard, own } = await honest(version, missing);
    expect([zone, heard.text]).toEqual(['device', 'Hello world']);
    expect(modelIn(own.to('/v1/chat/completions')[0]?.body)).toBe('peer-model');
  });

  test('is asked once, and again after a failure', async () => {
    const { own } = await honest(undefined);
    expect(own.to(VERSION)).toHaveLength(1);
    const provider = createOpenAI();
    const model = modelOf(endpointAt(own.url, 'openai'), 'peer-model');
    const chat = async () => hear(provider.chat(testLine(), { model, ...TALK }, NEVER));
    await chat();
    await chat();
    expect(own.to(VERSION)).toHaveLength(2);
    own.fault({ kind: 'drop' }, '/v1/chat/completions');
    await chat();
    await chat();
    expect(own.to(VERSION)).toHaveLength(3);
  });

  test.each<[string, Fault]>([
    ['busy', json(503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } })],
    ['unauthorized', json(401, { error: { message: 'no' } })],
    ['badResponse', { kind: 'answer', status: 302, body: '', headers: { location: '/login' } }],
  ])('that answers nothing but failures (%s) counts as cloud, and gets no text', async (kind, fault) => {
    const { own, heard, zone } = await honest(fault, fault);
    expect([zone, kindOf(heard.error)]).toEqual(['cloud', kind]);
    expect(own.to('/v1/chat/completions')).toEqual([]);
  });

  test('that cannot be reached gets no text, and is not listed', async () => {
    expect(kindOf(await failing(honest({ kind: 'drop' })))).toBe('unreachable');
  });
});

test('is looked for behind every protocol that Ollama might answer', async () => {
  const ollama = await startOllamaPeer({ models: [ALIAS] });
  peer = ollama;
  for (const [protocol, create] of [
    ['openai', createOpenAI],
    ['mistral', createMistral],
    ['deepseek', createDeepSeek],
    ['anthropic', createAnthropic],
  ] as const) {
    const model = modelOf(endpointAt(`${ollama.url}/v1`, protocol), ALIAS.name);
    const { error } = await hear(create().chat(testLine(), { model, ...TALK }, NEVER));
    expect([protocol, kindOf(error)]).toEqual([protocol, 'refused']);
  }
  expect(ollama.seen.filter(({ body }) => JSON.stringify(body)?.includes(PRIVATE))).toEqual([]);
});

test('a server in the cloud is asked nothing of the kind', async () => {
  const own = await startOpenAIPeer();
  peer = own;
  const endpoint = endpointAt(own.url, 'openai', 'cloud');
  await createOpenAI().list(testLine(), endpoint, NEVER);
  expect(own.seen.map(({ path }) => path)).toEqual(['/v1/models']);
});
