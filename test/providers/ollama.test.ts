import { afterEach, describe, expect, test } from 'vitest';
import { createOllama } from '../../src/providers/ollama.ts';
import type { Provider } from '../../src/core/provider.ts';
import { HTML } from '../peers/recorder.ts';
import { type OllamaPeer, type OllamaPeerOptions, type PeerModel, startOllamaPeer } from '../peers/ollama.ts';
import { NEVER, endpointAt, failing, hear, kindOf, modelOf, testLine } from './support.ts';

let peer: OllamaPeer;
afterEach(() => peer.stop());

async function setUp(options: OllamaPeerOptions = {}, provider: Provider = createOllama({ keepAlive: () => '30m' })) {
  peer = await startOllamaPeer(options);
  const endpoint = endpointAt(peer.url, 'ollama');
  return { provider, endpoint, line: testLine(), model: modelOf(endpoint, 'coder:7b') };
}

const CODER: PeerModel = { name: 'coder:7b', tokens: ['one ', 'two ', 'three'] };
const REMOTE = { host: 'https://ollama.com:443', model: 'big' };
const ASK = { prompt: 'P', stops: ['<eot>', ''], maxTokens: 9, temperature: 0 };
const TALK = { messages: [{ role: 'user', text: 'Hi' }], think: true } as const;

describe('list', () => {
  test('gives what the metadata tells', async () => {
    const { provider, endpoint, line } = await setUp({
      models: [
        {
          name: 'coder:7b',
          capabilities: ['completion', 'insert', 'tools'],
          template:
            '{{ if .Suffix }}<P>{{ .Prompt }}<S>{{ .Suffix }}{{ else }}{{ range .Messages }}{{ .Content }}{{ end }}{{ end }}',
          quantization: 'Q4_K_M',
          contextLength: 32_768,
        },
        { name: 'embed:latest', capabilities: ['embedding'] },
        { name: 'thinker:latest', capabilities: ['completion', 'thinking', 'vision'] },
      ],
    });
    const { models, version } = await provider.list(line, endpoint, NEVER);
    expect(version).toBe('0.34.0');
    expect(models.map(({ name, abilities }) => ({ name, ...abilities }))).toEqual([
      { name: 'coder:7b', insert: true, chat: true, tools: true, vision: false, thinking: false },
      { name: 'embed:latest', insert: false, chat: false, tools: false, vision: false, thinking: false },
      { name: 'thinker:latest', insert: 'unknown', chat: true, tools: false, vision: true, thinking: true },
    ]);
    expect(models[0]).toMatchObject({ quantization: 'Q4_K_M', contextLength: 32_768, zone: 'device' });
    // Asked for its template alone; the others need no details.
    expect(peer.to('/api/show').map(({ body }) => body)).toEqual([{ model: 'coder:7b' }]);
  });

  test('a template that only fills holes holds no conversation', async () => {
    const template = '{{ if .Suffix }}<P>{{ .Prompt }}<S>{{ .Suffix }}{{ else }}{{ .Prompt }}{{ end }}';
    const { provider, endpoint, line } = await setUp({
      models: [{ name: 'coder:base', capabilities: ['completion', 'insert'], template }],
    });
    const { models } = await provider.list(line, endpoint, NEVER);
    expect(models[0]?.abilities).toMatchObject({ insert: true, chat: false });
  });

  test('asks old servers for details, once for each digest, and never about a cloud name', async () => {
    const { provider, endpoint, line } = await setUp({
      old: true,
      models: [
        { name: 'coder:7b', capabilities: ['completion', 'insert'], contextLength: 16_384 },
        { name: 'big:cloud', capabilities: ['completion'] },
      ],
    });
    await provider.list(line, endpoint, NEVER);
    const { models } = await provider.list(line, endpoint, NEVER);
    expect(models[0]).toMatchObject({ abilities: { insert: true }, contextLength: 16_384 });
    expect(peer.to('/api/show').map(({ body }) => body)).toEqual([{ model: 'coder:7b' }]);
  });

  test('knows cloud models by their metadata under any name, and by their name', async () => {
    const { provider, endpoint, line } = await setUp({
      models: [CODER, { name: 'my-own:7b', remote: REMOTE }, { name: 'big:120b-cloud' }],
    });
    const { models } = await provider.list(line, endpoint, NEVER);
    expect(models.map(({ zone }) => zone)).toEqual(['device', 'cloud', 'cloud']);
    expect(models[1]?.zoneReason).toContain('ollama.com');
  });

  test.each([
    ['/api/show', { remote_host: REMOTE.host, capabilities: ['completion'] }],
    ['/api/show', { remote_model: REMOTE.model }],
    ['/api/ps', { models: [{ name: 'coder:7b', model: 'coder:7b', remote_host: REMOTE.host }] }],
  ])('knows a cloud model by what %s alone tells of it: %j', async (path, answer) => {
    const { provider, endpoint, line } = await setUp({ old: true, models: [CODER] });
    const headers = { 'content-type': 'application/json' };
    peer.fault({ kind: 'answer', status: 200, body: JSON.stringify(answer), headers }, path);
    const { models } = await provider.list(line, endpoint, NEVER);
    expect(models.map(({ zone }) => zone)).toEqual(['cloud']);
  });

  test('tells which models are in memory', async () => {
    const { provider, endpoint, line, model } = await setUp({ models: [CODER] });
    await provider.keeper?.load(line, model, NEVER);
    const after = await provider.list(line, endpoint, NEVER);
    expect(after.models[0]?.loaded).toEqual({ contextLength: 4096, sizeBytes: 209_505_483, gpuBytes: 0 });
    await provider.keeper?.unload(line, model, NEVER);
    expect((await provider.list(line, endpoint, NEVER)).models[0]?.loaded).toBeUndefined();
  });

  test.each([
    ['HTML', HTML, 'badResponse'],
    [
      'JSON of something else',
      { kind: 'answer', status: 200, body: '{"status":"UP"}', headers: JSON_TYPE() },
      'badResponse',
    ],
    ['text', { kind: 'answer', status: 200, body: 'hello', headers: { 'content-type': 'text/plain' } }, 'badResponse'],
    [
      'a redirect',
      { kind: 'answer', status: 302, body: '', headers: { location: 'https://evil.example/' } },
      'badResponse',
    ],
    ['a host check', { kind: 'answer', status: 403, body: '' }, 'misconfigured'],
    ['a closed connection', { kind: 'drop' }, 'unreachable'],
  ] as const)('%s is told apart', async (_, fault, kind) => {
    const { provider, endpoint, line } = await setUp();
    peer.fault(fault);
    expect(kindOf(await failing(provider.list(line, endpoint, NEVER)))).toBe(kind);
  });

  test('works with servers that lack the other routes', async () => {
    const { provider, endpoint, line } = await setUp({ models: [CODER] });
    const gone = {
      kind: 'answer',
      status: 404,
      body: '404 page not found',
      headers: { 'content-type': 'text/plain' },
    } as const;
    peer.fault(gone, '/api/ps');
    peer.fault(gone, '/api/version');
    const listing = await provider.list(line, endpoint, NEVER);
    expect(listing.models).toHaveLength(1);
    expect(listing.version).toBeUndefined();
  });

  test('a dead server is unreachable, a silent one times out, an abort is an abort', async () => {
    const { provider, endpoint, line } = await setUp();
    peer.fault({ kind: 'hang' });
    expect(kindOf(await failing(provider.list(line, endpoint, AbortSignal.timeout(30))))).toBe('timedOut');
    const abort = new AbortController();
    const listing = failing(provider.list(line, endpoint, abort.signal));
    abort.abort();
    expect(await listing).toBe(abort.signal.reason);
    await peer.stop();
    expect(kindOf(await failing(provider.list(line, endpoint, NEVER)))).toBe('unreachable');
  });
});

describe('complete', () => {
  test('sends a raw prompt in the local form and nothing that would load the model again', async () => {
    const { provider, line, model } = await setUp({ models: [CODER] });
    const heard = await hear(provider.complete(line, { model, ...ASK }, NEVER));
    const usage = { promptTokens: 1, cachedTokens: 1, outputTokens: 3, loadMs: 1, promptMs: 3, outputMs: 5 };
    expect(heard).toEqual({
      text: 'one two three',
      thinking: '',
      end: { kind: 'end', reason: 'stop', usage },
      error: undefined,
    });
    expect(line.usages).toEqual([usage]);
    expect(peer.to('/api/generate').map(({ body }) => body)).toEqual([
      {
        model: 'coder:7b:local',
        prompt: 'P',
        raw: true,
        stream: true,
        truncate: false,
        options: { num_predict: 9, temperature: 0, stop: ['<eot>'] },
        keep_alive: '30m',
      },
    ]);
  });

  test('the limit of tokens is told from a stop', async () => {
    const { provider, line, model } = await setUp({ models: [CODER] });
    const heard = await hear(provider.complete(line, { model, ...ASK, maxTokens: 2 }, NEVER));
    expect(heard.end).toMatchObject({ reason: 'length' });
  });

  test('keeps thinking models quiet, and takes a tag in code for code', async () => {
    const { provider, line, endpoint } = await setUp({
      models: [{ ...CODER, capabilities: ['completion', 'thinking'], thoughts: ['hm'], tokens: ['<think>', 'x'] }],
    });
    const { models } = await provider.list(line, endpoint, NEVER);
    const [model] = models;
    const heard = model && (await hear(provider.complete(line, { model, ...ASK }, NEVER)));
    expect(heard).toMatchObject({ text: '<think>x', thinking: '' });
    expect(peer.to('/api/generate')[0]?.body).toMatchObject({ think: false });
  });

  test('-1 is sent as a number, because the text is refused', async () => {
    const { provider, line, model } = await setUp({ models: [CODER] }, createOllama({ keepAlive: () => '-1' }));
    await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect(peer.to('/api/generate')[0]?.body).toMatchObject({ keep_alive: -1 });
  });

  test('survives bytes cut anywhere', async () => {
    const { provider, line, model } = await setUp({ models: [{ ...CODER, tokens: ['Grüße ', '日本語 ', '👩‍💻'] }] });
    peer.fault({ kind: 'torn', bytes: 3 }, '/api/generate');
    const heard = await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect(heard.text).toBe('Grüße 日本語 👩‍💻');
  });

  test.each(['break', 'end'] as const)('a stream that is cut (%s) gives its text, and then says so', async (how) => {
    const { provider, line, model } = await setUp({ models: [CODER] });
    peer.fault({ kind: 'cut', after: 2, how }, '/api/generate');
    const heard = await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect([heard.text, heard.end, kindOf(heard.error)]).toEqual(['one two ', undefined, 'interrupted']);
  });

  test.each([
    ['{"error":"CUDA error: out of memory"}\n', 'outOfMemory'],
    ['{"error":"an error was encountered while running the model: unexpected EOF"}\n', 'outOfMemory'],
    ['{"error":"something else"}\n', 'serverError'],
    ['<html>Bad Gateway</html>\n', 'badResponse'],
  ])('an error within a stream: %s', async (text, kind) => {
    const { provider, line, model } = await setUp({ models: [CODER] });
    peer.fault({ kind: 'inject', after: 1, text }, '/api/generate');
    const heard = await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect([heard.text, kindOf(heard.error)]).toEqual(['one ', kind]);
  });

  test('a prompt that is too long is an error with numbers', async () => {
    const { provider, line, model } = await setUp({ models: [{ ...CODER, contextLength: 100 }] });
    const { error } = await hear(provider.complete(line, { model, ...ASK, prompt: 'x'.repeat(800) }, NEVER));
    expect(error).toMatchObject({
      kind: 'contextTooLong',
      facts: { tokens: { prompt: 200, limit: 100 }, model: 'coder:7b' },
    });
  });

  test('a model that is gone is missing', async () => {
    const { provider, line, model } = await setUp();
    expect(kindOf((await hear(provider.complete(line, { model, ...ASK }, NEVER))).error)).toBe('modelMissing');
  });
});

describe('cancelling', () => {
  test.each([
    ['in the prompt', { ...CODER, prefillMs: 5000 }],
    ['in the output', { ...CODER, tokenMs: 50 }],
  ])('%s closes the socket at once', async (_, served) => {
    const { provider, line, model } = await setUp({ models: [served] });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 80);
    const heard = await hear(provider.complete(line, { model, ...ASK }, abort.signal));
    expect(heard).toMatchObject({ end: { kind: 'end', reason: 'cancelled' }, error: undefined });
    expect(await peer.to('/api/generate')[0]?.closed).toBe(true);
  });

  test('a consumer that stops reading closes the socket', async () => {
    const { provider, line, model } = await setUp({ models: [{ ...CODER, tokenMs: 30 }] });
    for await (const piece of provider.complete(line, { model, ...ASK }, NEVER)) if (piece.kind === 'text') break;
    expect(await peer.to('/api/generate')[0]?.closed).toBe(true);
  });

  test('a signal that is aborted already sends nothing', async () => {
    const { provider, line, model } = await setUp({ models: [CODER] });
    const heard = await hear(provider.complete(line, { model, ...ASK }, AbortSignal.abort()));
    expect(heard.end).toEqual({ kind: 'end', reason: 'cancelled' });
    expect(peer.seen).toEqual([]);
  });

  test('a time limit is an error and not a cancel', async () => {
    const { provider, line, model } = await setUp({ models: [{ ...CODER, prefillMs: 5000 }] });
    const heard = await hear(provider.complete(line, { model, ...ASK }, AbortSignal.timeout(60)));
    expect(kindOf(heard.error)).toBe('timedOut');
  });

  test('a connection that served to the end is kept for the next request', async () => {
    const { provider, line, model } = await setUp({ models: [CODER] });
    await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect(await peer.to('/api/generate')[0]?.closed).toBe(false);
  });
});

describe('what must stay local', () => {
  test('a cloud name is refused before anything is sent', async () => {
    const { provider, line, endpoint } = await setUp({ models: [CODER] });
    for (const name of ['coder:cloud', 'coder:7b-cloud', 'coder:7b:CLOUD', 'coder: cloud']) {
      const { error } = await hear(provider.complete(line, { model: modelOf(endpoint, name), ...ASK }, NEVER));
      expect(error).toMatchObject({ kind: 'refused', facts: { rule: 'cloudName' } });
    }
    expect(peer.seen).toEqual([]);
  });

  test('an answer from elsewhere is a breach, and none of it is given', async () => {
    const { provider, line, model } = await setUp({ models: [{ ...CODER, answersFrom: REMOTE }] });
    for (const pieces of [
      provider.complete(line, { model, ...ASK }, NEVER),
      provider.chat(line, { model, ...TALK }, NEVER),
    ]) {
      const heard = await hear(pieces);
      expect([heard.text, heard.error]).toEqual(['', expect.objectContaining({ kind: 'refused' })]);
    }
    expect(line.breaches).toHaveLength(2);
    expect(line.breaches[0]).toContain('ollama.com');
  });

  test.each([
    { ...REMOTE, host: '' },
    { ...REMOTE, model: '' },
  ])('an answer that tells half of where it is from is a breach, too: %j', async (answersFrom) => {
    const { provider, line, model } = await setUp({ models: [{ ...CODER, answersFrom }] });
    expect((await hear(provider.chat(line, { model, ...TALK }, NEVER))).text).toBe('');
    expect(line.breaches).toHaveLength(1);
  });

  test('a model that became an alias of a cloud model is not found by a new server', async () => {
    const { provider, line, model } = await setUp({ models: [{ ...CODER, remote: REMOTE }, { name: 'other:1b' }] });
    const { error } = await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect(kindOf(error)).toBe('refused');
    expect(peer.to('/api/generate')).toEqual([]);
  });

  test('an old server is asked before each request whether the model is still its own', async () => {
    const { provider, line, model } = await setUp({ old: true, models: [CODER] });
    expect((await hear(provider.complete(line, { model, ...ASK }, NEVER))).text).toBe('one two three');
    expect(peer.to('/api/generate')[0]?.body).toMatchObject({ model: 'coder:7b' });
    peer.models = [{ ...CODER, remote: REMOTE }];
    const { error } = await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect(error).toMatchObject({ kind: 'refused', facts: { rule: 'remoteModel' } });
    expect(peer.to('/api/generate')).toHaveLength(1);
  });

  test('a server of another version is asked anew what it knows', async () => {
    const { provider, endpoint, line, model } = await setUp({ old: true, models: [CODER] });
    const complete = async () => hear(provider.complete(line, { model, ...ASK }, NEVER));
    const asked = () => peer.to('/api/show').filter(({ body }) => JSON.stringify(body).includes(':local')).length;
    await provider.list(line, endpoint, NEVER);
    await complete();
    await complete();
    expect(asked()).toBe(1);
    const headers = { 'content-type': 'application/json' };
    peer.fault({ kind: 'answer', status: 200, body: '{"version":"0.34.0"}', headers }, '/api/version');
    await provider.list(line, endpoint, NEVER);
    await complete();
    expect(asked()).toBe(2);
  });

  test('a server that fails to tell what it knows is not taken for an old one', async () => {
    const { provider, model } = await setUp({ models: [CODER] });
    let failures = 0;
    const line = testLine(async (input, init) => {
      if (!String(input instanceof Request ? input.url : input).endsWith('/api/show') || failures > 0) {
        return fetch(input, init);
      }
      failures += 1;
      return Response.json({ error: 'busy' }, { status: 503 });
    });
    expect(kindOf((await hear(provider.complete(line, { model, ...ASK }, NEVER))).error)).not.toBe('undefined');
    expect(peer.to('/api/generate')).toEqual([]);
    await hear(provider.complete(line, { model, ...ASK }, NEVER));
    expect(peer.to('/api/generate').map(({ body }) => body)).toMatchObject([{ model: 'coder:7b:local' }]);
  });

  test('a model of the cloud, cleared as such, may answer from there', async () => {
    const { provider, line, endpoint } = await setUp({ models: [{ ...CODER, remote: REMOTE }] });
    const model = modelOf(endpoint, 'coder:7b', { zone: 'cloud' });
    expect((await hear(provider.chat(line, { model, ...TALK }, NEVER))).text).toBe('one two three');
    expect(line.breaches).toEqual([]);
  });
});

describe('chat', () => {
  test('separates thoughts that the server tells', async () => {
    const { provider, line, endpoint } = await setUp({
      models: [{ ...CODER, capabilities: ['completion', 'thinking'], thoughts: ['let ', 'me see'] }],
    });
    const [model] = (await provider.list(line, endpoint, NEVER)).models;
    if (!model) throw new Error('no model');
    const loud = await hear(provider.chat(line, { model, ...TALK }, NEVER));
    expect(loud).toMatchObject({ text: 'one two three', thinking: 'let me see' });
    const quiet = await hear(provider.chat(line, { model, ...TALK, think: false }, NEVER));
    expect(quiet).toMatchObject({ text: 'one two three', thinking: '' });
    expect(peer.to('/api/chat').map(({ body }) => body)).toMatchObject([{ think: true }, { think: false }]);
  });

  test('separates thoughts that the model writes inline, and asks others for none', async () => {
    const { provider, line, model } = await setUp({
      models: [{ ...CODER, tokens: ['<th', 'ink>\nhm', '</thi', 'nk>\n\nYes'] }],
    });
    const heard = await hear(provider.chat(line, { model, ...TALK }, NEVER));
    expect(heard).toMatchObject({ text: 'Yes', thinking: 'hm' });
    expect(peer.to('/api/chat')[0]?.body).not.toHaveProperty('think');
  });
});

describe('keeping models', () => {
  test('pull tells its progress and ends with success', async () => {
    const { provider, line, endpoint } = await setUp();
    const told = [];
    for await (const progress of provider.keeper?.pull(line, endpoint, 'new:1b', NEVER) ?? []) told.push(progress);
    expect(told).toContainEqual({ status: 'pulling 1f1f1f1f1f1f', completedBytes: 500, totalBytes: 1000 });
    expect(told.at(-1)).toEqual({ status: 'success' });
  });

  test('an error of a pull comes in a stream that began well', async () => {
    const { provider, line, endpoint } = await setUp({
      pull: [{ status: 'pulling manifest' }, { error: 'pull model manifest: file does not exist' }],
    });
    const drain = async () => {
      for await (const _ of provider.keeper?.pull(line, endpoint, 'nope:1b', NEVER) ?? []);
    };
    expect(await failing(drain())).toMatchObject({ kind: 'modelMissing', facts: { model: 'nope:1b' } });
  });

  test('remove removes, and a second time it is missing', async () => {
    const { provider, line, model } = await setUp({ models: [CODER] });
    await provider.keeper?.remove(line, model, NEVER);
    expect(peer.models).toEqual([]);
    expect(kindOf(await failing(provider.keeper?.remove(line, model, NEVER) ?? Promise.resolve()))).toBe(
      'modelMissing',
    );
  });
});

function JSON_TYPE() {
  return { 'content-type': 'application/json' };
}
