import { afterEach, describe, expect, test } from 'vitest';
import { createOpenAI } from '../../src/providers/openai.ts';
import { reasons } from '../../src/providers/openaiModels.ts';
import { HTML, type Peer } from '../peers/recorder.ts';
import { type OpenAIPeerOptions, startOpenAIPeer } from '../peers/openai.ts';
import { NEVER, endpointAt, failing, hear, kindOf, modelOf, testLine } from './support.ts';

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

async function setUp(options: OpenAIPeerOptions = {}) {
  const own = await startOpenAIPeer(options);
  peer = own;
  const endpoint = endpointAt(own.url, 'openai');
  return { peer: own, provider: createOpenAI(), endpoint, line: testLine(), model: modelOf(endpoint, 'peer-model') };
}

const ASK = { prompt: 'P', stops: ['<eot>'], maxTokens: 9, temperature: 0 };
const TALK = { messages: [{ role: 'user', text: 'Hi' }], think: true } as const;
const SAID = { text: 'Hello world', end: { kind: 'end', reason: 'stop' }, error: undefined };

describe('list', () => {
  test.each([false, true])('reads the ids (bare array: %s)', async (bareList) => {
    const { provider, endpoint, line } = await setUp({ models: ['a', 'b'], bareList });
    const { models } = await provider.list(line, endpoint, NEVER);
    expect(models.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(models[0]?.abilities).toEqual({
      insert: 'unknown',
      chat: true,
      tools: false,
      vision: false,
      thinking: false,
    });
  });

  test('HTML is no list, a wrong key is one, a dead server is dead', async () => {
    const { peer, provider, endpoint, line } = await setUp({ key: 'right' });
    expect(kindOf(await failing(provider.list(line, endpoint, NEVER)))).toBe('unauthorized');
    peer.fault(HTML);
    expect(kindOf(await failing(provider.list(line, endpoint, NEVER)))).toBe('badResponse');
    await peer.stop();
    expect(kindOf(await failing(provider.list(line, endpoint, NEVER)))).toBe('unreachable');
  });
});

describe('streams', () => {
  test('chat: the pieces, the usage, and what was sent', async () => {
    const { peer, provider, line, model } = await setUp();
    const heard = await hear(provider.chat(line, { model, ...TALK, maxTokens: 5, temperature: 0.2 }, NEVER));
    expect(heard).toMatchObject(SAID);
    expect(line.usages).toEqual([{ promptTokens: 7, outputTokens: 2 }]);
    const [seen] = peer.to('/v1/chat/completions');
    expect(seen?.body).toEqual({
      model: 'peer-model',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 5,
      temperature: 0.2,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(seen?.headers).not.toHaveProperty('authorization');
    expect(Object.keys(seen?.headers ?? {}).filter((name) => /stainless|openai/u.test(name))).toEqual([]);
  });

  test('complete: a raw prompt with its limit and stops', async () => {
    const { peer, provider, line, model } = await setUp();
    expect(await hear(provider.complete(line, { model, ...ASK }, NEVER))).toMatchObject(SAID);
    expect(peer.to('/v1/completions')[0]?.body).toMatchObject({
      prompt: 'P',
      max_tokens: 9,
      stop: ['<eot>'],
      temperature: 0,
    });
  });

  test.each(['reasoning', 'reasoning_content'] as const)('thoughts in %s', async (field) => {
    const { provider, line, model } = await setUp({ reasoning: { field, tokens: ['hm ', 'yes'] } });
    expect(await hear(provider.chat(line, { model, ...TALK }, NEVER))).toMatchObject({ ...SAID, thinking: 'hm yes' });
  });

  test.each([
    ['in one piece', { whole: true }],
    ['with comments, CRLF and no blanks', { odd: true }],
    ['without [DONE]', { withoutDone: true }],
  ])('an answer %s is read', async (_, options) => {
    const { provider, line, model } = await setUp(options);
    expect(await hear(provider.chat(line, { model, ...TALK }, NEVER))).toMatchObject(SAID);
    expect(await hear(provider.complete(line, { model, ...ASK }, NEVER))).toMatchObject(SAID);
  });

  test('is read to the end of the body, so that it does not count as cancelled', async () => {
    const { provider, model } = await setUp();
    let aborted: boolean | undefined;
    const line = testLine(async (input, init) => {
      const response = await fetch(input, init);
      const flush = () => void (aborted = init?.signal?.aborted === true);
      return new Response(response.body?.pipeThrough(new TransformStream({ flush })), response);
    });
    expect(await hear(provider.chat(line, { model, ...TALK }, NEVER))).toMatchObject(SAID);
    expect(aborted).toBe(false);
  });

  test('survives bytes cut anywhere', async () => {
    const { peer, provider, line, model } = await setUp({ tokens: ['Grüße ', '👩‍💻'], odd: true });
    peer.fault({ kind: 'torn', bytes: 5 });
    expect((await hear(provider.chat(line, { model, ...TALK }, NEVER))).text).toBe('Grüße 👩‍💻');
  });

  test.each(['break', 'end'] as const)('a stream that is cut (%s) gives its text, and then says so', async (how) => {
    const { peer, provider, line, model } = await setUp();
    peer.fault({ kind: 'cut', after: 2, how });
    const heard = await hear(provider.chat(line, { model, ...TALK }, NEVER));
    expect([heard.text, heard.end, kindOf(heard.error)]).toEqual(['Hello', undefined, 'interrupted']);
  });

  test.each([
    ['data: {"error":{"message":"x","type":"server_error","code":"insufficient_quota"}}\n\n', 'unauthorized'],
    [
      'data: {"object":"error","message":"CUDA out of memory","type":"InternalServerError","code":500}\n\n',
      'outOfMemory',
    ],
    ['{"error":{"message":"upstream died"}}\n', 'serverError'],
    ['data: <html>\n\n', 'badResponse'],
  ])('an error within a stream: %s', async (text, kind) => {
    const { peer, provider, line, model } = await setUp();
    peer.fault({ kind: 'inject', after: 2, text });
    const heard = await hear(provider.chat(line, { model, ...TALK }, NEVER));
    expect([heard.text, kindOf(heard.error)]).toEqual(['Hello', kind]);
  });

  test('the limit and the filter are told from a stop', async () => {
    const limited = await setUp({ finish: 'length' });
    const { end } = await hear(limited.provider.chat(limited.line, { model: limited.model, ...TALK }, NEVER));
    expect(end).toMatchObject({ reason: 'length' });
    await limited.peer.stop();
    const filtered = await setUp({ finish: 'content_filter' });
    const { error } = await hear(filtered.provider.chat(filtered.line, { model: filtered.model, ...TALK }, NEVER));
    expect(kindOf(error)).toBe('serverError');
  });

  test('cancelling closes the socket and ends the stream', async () => {
    const { peer, provider, line, model } = await setUp({ tokenMs: 40 });
    const abort = new AbortController();
    const heard = await hear(provider.chat(line, { model, ...TALK }, abort.signal), () => abort.abort());
    expect(heard).toMatchObject({ end: { kind: 'end', reason: 'cancelled' }, error: undefined });
    expect(await peer.to('/v1/chat/completions')[0]?.closed).toBe(true);
    peer.fault({ kind: 'hang' });
    const late = new AbortController();
    setTimeout(() => late.abort(), 40);
    expect((await hear(provider.chat(line, { model, ...TALK }, late.signal))).end).toMatchObject({
      reason: 'cancelled',
    });
    expect(kindOf((await hear(provider.chat(line, { model, ...TALK }, AbortSignal.timeout(40)))).error)).toBe(
      'timedOut',
    );
  });
});

describe('parameters', () => {
  test('what a server does not take is left out, and that is remembered', async () => {
    const { peer, provider, line, model } = await setUp({
      unsupported: ['temperature', 'stream_options', 'max_tokens'],
    });
    const request = { model, ...TALK, temperature: 1, maxTokens: 5 };
    expect(await hear(provider.chat(line, request, NEVER))).toMatchObject(SAID);
    expect(peer.to('/v1/chat/completions')).toHaveLength(4);
    expect(await hear(provider.chat(line, request, NEVER))).toMatchObject(SAID);
    expect(peer.to('/v1/chat/completions')).toHaveLength(5);
    expect(peer.seen.at(-1)?.body).toMatchObject({ max_completion_tokens: 5 });
  });

  test("on OpenAI's host, reasoning models get no sampling, a developer and their own limit", async () => {
    const endpoint = endpointAt('https://api.openai.com/v1', 'openai', 'cloud');
    const bodies: unknown[] = [];
    const line = testLine((_, init) => {
      bodies.push(JSON.parse(typeof init?.body === 'string' ? init.body : ''));
      return Promise.resolve(
        new Response('data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\n', SSE),
      );
    });
    const messages = [{ role: 'system', text: 'S' }] as const;
    for (const name of ['gpt-5.1', 'gpt-4.1']) {
      const request = {
        model: modelOf(endpoint, name),
        messages,
        think: true,
        temperature: 0,
        maxTokens: 5,
        stops: ['x'],
      };
      await hear(createOpenAI().chat(line, request, NEVER));
    }
    expect(bodies).toMatchObject([
      { messages: [{ role: 'developer' }], max_completion_tokens: 5 },
      { messages: [{ role: 'system' }], max_completion_tokens: 5, temperature: 0, stop: ['x'] },
    ]);
    expect(bodies[0]).not.toHaveProperty('temperature');
    expect(bodies[0]).not.toHaveProperty('stop');
  });

  test.each([
    ['o3-mini', true],
    ['gpt-5', true],
    ['gpt-6.1-sol', true],
    ['ft:gpt-5-mini:acme::1', true],
    ['gpt-4o', false],
    ['gpt-3.5-turbo', false],
    ['omni-moderation-latest', false],
  ])('%s reasons: %s', (name, expected) => {
    expect(reasons({ ...endpointAt('https://api.openai.com/v1', 'openai') }, name)).toBe(expected);
    expect(reasons({ ...endpointAt('https://api.openai.com.evil.example/v1', 'openai') }, name)).toBe(false);
  });
});

describe('errors', () => {
  const body = (error: object) => JSON.stringify({ error });
  test.each([
    [401, body({ message: 'no', code: 'invalid_api_key' }), 'unauthorized'],
    [401, 'Unauthorized', 'unauthorized'],
    [403, body({ message: 'country' }), 'unauthorized'],
    [402, body({ message: 'Insufficient Balance' }), 'unauthorized'],
    [429, body({ message: 'quota', type: 'insufficient_quota', code: 'insufficient_quota' }), 'unauthorized'],
    [429, body({ message: 'slow down', code: 'rate_limit_exceeded' }), 'rateLimited'],
    [404, body({ message: 'x', code: 'model_not_found' }), 'modelMissing'],
    [404, body({ message: "model 'nope:1b' not found", type: 'not_found_error' }), 'modelMissing'],
    [404, body({ message: 'Invalid URL' }), 'unsupported'],
    [404, '<html>', 'badResponse'],
    [400, body({ message: 'x', code: 'context_length_exceeded' }), 'contextTooLong'],
    [400, body({ message: 'bad', type: 'invalid_request_error' }), 'unsupported'],
    [422, '{"detail":[{"loc":["body","x"],"msg":"Extra inputs are not permitted"}]}', 'unsupported'],
    [500, body({ message: 'oops' }), 'serverError'],
    [503, body({ message: 'Loading model', type: 'unavailable_error', code: 503 }), 'busy'],
    [503, body({ message: 'The engine is currently overloaded' }), 'busy'],
  ] as const)('%i %s', async (status, text, kind) => {
    const { peer, provider, line, model } = await setUp();
    peer.fault({ kind: 'answer', status, body: text, headers: { 'content-type': 'application/json' } });
    const { error } = await hear(provider.chat(line, { model, ...TALK }, NEVER));
    expect(error).toMatchObject({ kind, facts: { status, model: 'peer-model' } });
  });

  test('how long to wait, and how long a prompt was', async () => {
    const { peer, provider, line, model } = await setUp();
    const answer = (status: number, message: string, headers = {}) =>
      peer.fault({ kind: 'answer', status, body: body({ message }), headers });
    const ask = async () => (await hear(provider.chat(line, { model, ...TALK }, NEVER))).error;
    answer(429, 'slow down', { 'retry-after': '7' });
    expect(await ask()).toMatchObject({ facts: { retryAfterMs: 7000 } });
    answer(429, 'slow down', { date: 'Mon, 23 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 10:00:30 GMT' });
    expect(await ask()).toMatchObject({ facts: { retryAfterMs: 30_000 } });
    answer(400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9015 tokens.");
    expect(await ask()).toMatchObject({ kind: 'contextTooLong', facts: { tokens: { prompt: 9015, limit: 8192 } } });
  });
});

const SSE = { headers: { 'content-type': 'text/event-stream' } };
