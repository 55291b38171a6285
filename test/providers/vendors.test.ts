import { afterEach, describe, expect, test } from 'vitest';
import type { Protocol } from '../../src/core/model.ts';
import type { Provider } from '../../src/core/provider.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createDeepSeek } from '../../src/providers/deepseek.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { createLlamaCpp } from '../../src/providers/llamacpp.ts';
import { createMistral } from '../../src/providers/mistral.ts';
import { startAnthropicPeer } from '../peers/anthropic.ts';
import { startDeepSeekPeer } from '../peers/deepseek.ts';
import { startGeminiPeer } from '../peers/gemini.ts';
import { startLlamaCppPeer } from '../peers/llamacpp.ts';
import { startMistralPeer } from '../peers/mistral.ts';
import { HTML, type Peer } from '../peers/recorder.ts';
import { NEVER, endpointAt, failing, hear, kindOf, modelOf, testLine } from './support.ts';

/** What holds for every protocol alike. */

interface Vendor {
  readonly create: () => Provider;
  readonly start: (options: { tokens?: readonly string[]; tokenMs?: number }) => Promise<Peer>;
  /** A chat model, and where it is asked. */
  readonly model: string;
  readonly path: string;
  /** Events before the first text. */
  readonly before: number;
  /** An error as the vendor words it, and one within a stream. */
  readonly error: (status: number) => string;
  readonly within: string;
  readonly withinKind: string;
}

const plain = (status: number) => JSON.stringify({ error: { message: `status ${status}` } });
const google = (status: number) => JSON.stringify({ error: { code: status, message: `status ${status}` } });
const claude = (status: number) => JSON.stringify({ type: 'error', error: { message: `status ${status}` } });
const VENDORS: Readonly<Partial<Record<Protocol, Vendor>>> = {
  llamacpp: {
    create: createLlamaCpp,
    start: startLlamaCppPeer,
    model: 'any',
    path: '/v1/chat/completions',
    before: 0,
    error: plain,
    within: 'data: {"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}\n\n',
    withinKind: 'busy',
  },
  mistral: {
    create: createMistral,
    start: startMistralPeer,
    model: 'codestral-2508',
    path: '/v1/chat/completions',
    before: 1,
    error: (status) => JSON.stringify({ object: 'error', message: `status ${status}`, type: 'x', code: null }),
    within: 'data: {"object":"error","message":"Service tier capacity exceeded","type":"x","code":"3505"}\n\n',
    withinKind: 'serverError',
  },
  deepseek: {
    create: createDeepSeek,
    start: startDeepSeekPeer,
    model: 'deepseek-v4-flash',
    path: '/chat/completions',
    before: 0,
    error: plain,
    within: 'data: {"error":{"message":"overloaded","type":"server_overloaded"}}\n\n',
    withinKind: 'busy',
  },
  anthropic: {
    create: createAnthropic,
    start: startAnthropicPeer,
    model: 'claude-haiku-4-5',
    path: '/v1/messages',
    before: 3,
    error: claude,
    within: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    withinKind: 'busy',
  },
  gemini: {
    create: createGemini,
    start: startGeminiPeer,
    model: 'gemini-2.5-flash',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    before: 0,
    error: google,
    within: 'data: {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}\r\n\r\n',
    withinKind: 'busy',
  },
};

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

describe.each(Object.entries(VENDORS))('%s', (protocol, vendor) => {
  async function setUp(options: { tokens?: readonly string[]; tokenMs?: number } = {}) {
    const own = await vendor.start(options);
    peer = own;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of VENDORS are protocols
    const endpoint = endpointAt(own.url, protocol as Protocol);
    const model = modelOf(endpoint, vendor.model);
    const provider = vendor.create();
    const line = testLine();
    const chat = async (signal = NEVER, each = () => {}) =>
      hear(provider.chat(line, { model, messages: [{ role: 'user', text: 'Hi' }], think: false }, signal), each);
    return { peer: own, endpoint, provider, line, chat };
  }

  test('names its protocol, and lists models with their endpoint', async () => {
    const { provider, endpoint, line } = await setUp();
    expect(provider.protocol).toBe(protocol);
    const { models } = await provider.list(line, endpoint, NEVER);
    expect(models.length).toBeGreaterThan(0);
    expect(models.every((model) => model.id === `${endpoint.id}/${model.name}` && model.zone === 'device')).toBe(true);
  });

  test('streams a chat, with an end and the counts', async () => {
    const { chat, line } = await setUp();
    expect(await chat()).toMatchObject({ text: 'Hello world', end: { kind: 'end', reason: 'stop' }, error: undefined });
    expect(line.usages.at(-1)?.promptTokens).toBeGreaterThan(0);
    expect(line.usages.at(-1)?.outputTokens).toBeGreaterThan(0);
  });

  test('reads to the end of the body, so that it does not count as cancelled', async () => {
    const { peer, chat } = await setUp();
    await chat();
    expect(await peer.to(vendor.path)[0]?.closed).toBe(false);
  });

  test('survives bytes cut anywhere', async () => {
    const { peer, chat } = await setUp({ tokens: ['Grüße ', '👩‍💻'] });
    peer.fault({ kind: 'torn', bytes: 5 });
    expect((await chat()).text).toBe('Grüße 👩‍💻');
  });

  test.each(['break', 'end'] as const)('a stream that is cut (%s) gives its text, and then says so', async (how) => {
    const { peer, chat } = await setUp();
    peer.fault({ kind: 'cut', after: vendor.before + 1, how });
    const { text, end, error } = await chat();
    expect([text, end, kindOf(error)]).toEqual(['Hello', undefined, 'interrupted']);
  });

  test('an error within a stream comes after the text before it', async () => {
    const { peer, chat } = await setUp();
    peer.fault({ kind: 'inject', after: vendor.before + 1, text: vendor.within });
    const { text, error } = await chat();
    expect([text, kindOf(error)]).toEqual(['Hello', vendor.withinKind]);
  });

  test('half a line of JSON is a stream that was cut, and something else another service', async () => {
    const { peer, chat } = await setUp();
    peer.fault({ kind: 'inject', after: vendor.before + 1, text: 'data: {"cand\n\n' });
    expect(kindOf((await chat()).error)).toBe('interrupted');
    peer.fault({ kind: 'inject', after: vendor.before + 1, text: 'data: <html>\n\n' });
    expect(kindOf((await chat()).error)).toBe('badResponse');
  });

  test.each([
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [429, 'rateLimited'],
    [500, 'serverError'],
    [503, 'busy'],
    [529, 'busy'],
  ] as const)('status %i: %s', async (status, kind) => {
    const { peer, chat } = await setUp();
    const headers = { 'content-type': 'application/json', 'retry-after': '7' };
    peer.fault({ kind: 'answer', status, body: vendor.error(status), headers });
    expect((await chat()).error).toMatchObject({ kind, facts: { status, retryAfterMs: 7000, model: vendor.model } });
  });

  // A server of one model does not look at its name.
  test.skipIf(protocol === 'llamacpp')('an unknown model is missing', async () => {
    const { provider, line, endpoint } = await setUp();
    const model = modelOf(endpoint, 'nope');
    const heard = await hear(
      provider.chat(line, { model, messages: [{ role: 'user', text: 'Hi' }], think: false }, NEVER),
    );
    expect(kindOf(heard.error)).toBe('modelMissing');
  });

  test('HTML is no answer, a dead server is dead', async () => {
    const { peer, provider, endpoint, line, chat } = await setUp();
    peer.fault(HTML);
    expect(kindOf((await chat()).error)).toBe('badResponse');
    expect(kindOf(await failing(provider.list(line, endpoint, NEVER)))).toBe('badResponse');
    await peer.stop();
    expect(kindOf((await chat()).error)).toBe('unreachable');
    expect(kindOf(await failing(provider.list(line, endpoint, NEVER)))).toBe('unreachable');
  });

  test('redirects are not followed', async () => {
    const { peer, chat } = await setUp();
    peer.fault({ kind: 'answer', status: 307, body: '', headers: { location: 'https://elsewhere.example/' } });
    expect(kindOf((await chat()).error)).toBe('badResponse');
  });

  test('cancelling closes the socket and ends the stream; a time limit is a failure', async () => {
    const { peer, chat } = await setUp({ tokenMs: 40 });
    const abort = new AbortController();
    const heard = await chat(abort.signal, () => abort.abort());
    expect(heard).toMatchObject({ end: { kind: 'end', reason: 'cancelled' }, error: undefined });
    expect(await peer.to(vendor.path)[0]?.closed).toBe(true);
    peer.fault({ kind: 'hang' });
    expect(kindOf((await chat(AbortSignal.timeout(40))).error)).toBe('timedOut');
  });

  test('carries neither keys nor traces of a client library', async () => {
    const { peer, chat } = await setUp();
    await chat();
    const names = Object.keys(peer.to(vendor.path)[0]?.headers ?? {});
    expect(names.filter((name) => /auth|key|stainless|openai|sdk/u.test(name))).toEqual([]);
  });
});
