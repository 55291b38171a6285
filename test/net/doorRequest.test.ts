import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/core/outcome.ts';
import type { Keys } from '../../src/net/trip.ts';
import { endpointAt } from './endpoint.ts';
import { buildHouse } from './house.ts';
import { answering, startPeer } from './peer.ts';

async function caught(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error('An AppError was expected.', { cause: error });
}

/** A server that answers every connection with these bytes and closes it; `undefined` closes at once. */
async function rawServer(bytes: string | undefined): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (bytes === undefined) socket.resetAndDestroy();
    else socket.once('data', () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
}

describe('where a line leads', () => {
  it.each([
    'http://127.0.0.1:1/api/tags',
    'http://127.0.0.2:PORT/v1',
    'http://localhost:PORT/v1',
    'https://127.0.0.1:PORT/v1',
    'http://evil.example/v1',
    'http://127.0.0.1:PORT@evil.example/v1',
    'http://user@127.0.0.1:PORT/v1',
    'http://:secret@127.0.0.1:PORT/v1',
    'http://127.0.0.1:PORT/',
    'http://127.0.0.1:PORT/v10',
    'http://127.0.0.1:PORT/v1/../admin',
    'http://127.0.0.1:PORT/v1/%2e%2e/admin',
    'http://127.0.0.1:PORT/v1\\..\\admin',
    'http://127.0.0.1:PORT/v1#x',
    '//evil.example/v1',
  ])('not to %s', async (text) => {
    const peer = await startPeer(answering());
    const house = buildHouse();
    const line = await house.open(endpointAt(`${peer.url}/v1`));
    const url = text.replace('PORT', String(peer.port));
    await expect(line.fetch(url)).rejects.toThrow(/refused|Invalid URL/);
    await expect(line.fetch(new Request(URL.canParse(url) && !url.includes('@') ? url : 'http://x/'))).rejects.toThrow(
      'refused',
    );
    expect(peer.connections).toHaveLength(0);
  });

  const QUESTIONS = ['GET /api/version', 'GET /api/tags', 'GET /api/ps', 'POST /api/show'];
  const asking = (question: string) => {
    const [method = '', path = ''] = question.split(' ');
    return { path, init: { method, ...(method === 'POST' && { body: '{}' }) } };
  };

  it.each(QUESTIONS)('to what tells an Ollama from others, beside its /v1: %s', async (question) => {
    const peer = await startPeer(answering());
    for (const root of ['', '/team']) {
      const line = await buildHouse().open(endpointAt(`${peer.url}${root}/v1`));
      const { path, init } = asking(question);
      expect((await line.fetch(`${peer.url}${root}${path}`, init)).status).toBe(200);
      expect(peer.seen.at(-1)?.path).toBe(root + path);
    }
  });

  it.each([
    ['POST /api/chat', '/v1'],
    ['POST /api/generate', '/v1'],
    ['POST /api/tags', '/v1'],
    ['GET /api/show', '/v1'],
    ['GET /api/version/x', '/v1'],
    ['GET /api/version?x=y', '/v1'],
    ['GET /api/tags#x', '/v1'],
    ['GET /team/api/tags', '/v1'],
    ['GET /api/tags', '/team/v1'],
    ['GET /api/tags', '/other'],
    ['GET /ot/api/tags', '/other'],
  ])('to nothing else beside it: %s', async (question, base) => {
    const peer = await startPeer(answering());
    const line = await buildHouse().open(endpointAt(`${peer.url}${base}`));
    const { path, init } = asking(question);
    const error = await caught(line.fetch(`${peer.url}${path}`, init));
    expect(error.facts.rule).toBe('address');
    expect(peer.connections).toHaveLength(0);
  });

  it('to none of that at a server in the cloud', async () => {
    const peer = await startPeer(answering());
    const line = await buildHouse({ level: 'open' }).open(endpointAt(`${peer.url}/v1`, { zone: 'cloud' }));
    expect((await caught(line.fetch(`${peer.url}/api/version`))).facts.rule).toBe('address');
    expect(peer.connections).toHaveLength(0);
  });

  it('to what lies under the address that was cleared', async () => {
    const peer = await startPeer(answering());
    const line = await buildHouse().open(endpointAt(`${peer.url}/v1`));
    for (const rest of ['', '/models', '/models/a%2Fb?limit=5'])
      await (await line.fetch(`${peer.url}/v1${rest}`)).text();
    expect(peer.seen.map(({ path }) => path)).toEqual(['/v1', '/v1/models', '/v1/models/a%2Fb?limit=5']);
  });

  it.each([301, 302, 303, 307, 308, 300, 304])('not after a redirect (%i)', async (status) => {
    const other = await startPeer(answering());
    const peer = await startPeer((request, response) => {
      request.resume();
      response.writeHead(status, { location: `${other.url}/stolen` }).end();
    });
    const house = buildHouse({ keys: () => Promise.resolve('secret') });
    const line = await house.open(endpointAt(peer.url, { needsKey: true }));
    const error = await caught(line.fetch(`${peer.url}/api/chat`, { method: 'POST', body: 'text' }));
    expect(error).toMatchObject({ kind: 'refused', facts: { rule: 'redirect' } });
    expect(other.connections).toHaveLength(0);
    expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'refused', rule: 'redirect', status });
  });

  it.each<[string, Partial<Response>]>([
    ['followed', { redirected: true }],
    ['made opaque', { type: 'opaqueredirect' }],
    ['told by its address', { url: 'https://evil.example/v1/models' }],
  ])('not after a redirect that the editor’s fetch has %s', async (_, facts) => {
    let signal: AbortSignal | null | undefined;
    const cloudFetch: typeof fetch = (_url, init) => {
      ({ signal } = init ?? {});
      const answer = new Response('stolen');
      for (const [name, value] of Object.entries(facts)) Object.defineProperty(answer, name, { value });
      return Promise.resolve(answer);
    };
    const house = buildHouse({ cloudFetch, level: 'open' });
    const line = await house.open(endpointAt('https://api.example/v1', { zone: 'cloud' }));
    expect(await caught(line.fetch('https://api.example/v1/models'))).toMatchObject({ facts: { rule: 'redirect' } });
    // The editor's fetch does not go on behind the door's back.
    expect(signal?.aborted).toBe(true);
  });
});

describe('what goes out', () => {
  it('is only what a request needs: no keys, cookies or traces of the library', async () => {
    const peer = await startPeer(answering());
    const line = await buildHouse().open(endpointAt(peer.url));
    const headers = {
      accept: 'application/x-ndjson',
      'content-type': 'application/json',
      authorization: 'Bearer from-the-environment',
      'proxy-authorization': 'Basic x',
      'api-key': 'k',
      'x-api-key': 'k',
      'x-goog-api-key': 'k',
      'OpenAI-Organization': 'org',
      'OpenAI-Project': 'project',
      cookie: 'session=1',
      referer: 'https://private.example/',
      origin: 'vscode-file://x',
      host: 'evil.example',
      'x-stainless-os': 'Linux',
      'user-agent': 'library/1.0 (linux; x64)',
      'x-forwarded-for': '10.0.0.1',
    };
    await (await line.fetch(peer.url, { method: 'POST', body: '{}', headers })).text();
    const sent = peer.seen[0]?.headers ?? {};
    expect(sent).toMatchObject({
      accept: headers.accept,
      'content-type': headers['content-type'],
      'user-agent': 'Switchyard',
    });
    expect(sent.host).toBe(`127.0.0.1:${peer.port}`);
    const plain = new Set(['accept', 'connection', 'content-length', 'content-type', 'host', 'user-agent']);
    // What the fetch standard adds to every request: nothing about the user.
    expect(Object.entries(sent).filter(([name]) => !plain.has(name))).toEqual([
      ['accept-language', '*'],
      ['sec-fetch-mode', 'cors'],
      ['pragma', 'no-cache'],
      ['cache-control', 'no-cache'],
      ['accept-encoding', 'gzip, deflate'],
    ]);
  });

  it('carries the key of the origin, and of no other', async () => {
    const peer = await startPeer(answering());
    const keys = vi.fn<Keys>((origin) => Promise.resolve(origin === peer.url ? 'sk-right' : 'sk-wrong'));
    const house = buildHouse({ keys });
    const line = await house.open(endpointAt(`${peer.url}/v1`, { needsKey: true }));
    await (await line.fetch(`${peer.url}/v1/models`, { headers: { authorization: 'Bearer theirs' } })).text();
    expect(keys.mock.calls).toEqual([[peer.url]]);
    expect(peer.seen[0]?.headers.authorization).toBe('Bearer sk-right');
    expect(JSON.stringify(house.entries())).not.toContain('sk-');
  });

  it.each([
    ['openai', 'authorization', 'Bearer sk-right'],
    ['llamacpp', 'authorization', 'Bearer sk-right'],
    ['mistral', 'authorization', 'Bearer sk-right'],
    ['deepseek', 'authorization', 'Bearer sk-right'],
    ['anthropic', 'x-api-key', 'sk-right'],
    ['gemini', 'x-goog-api-key', 'sk-right'],
  ] as const)(
    'carries the key of %s in the header of its protocol, and in no other',
    async (protocol, header, value) => {
      const peer = await startPeer(answering());
      const house = buildHouse({ keys: () => Promise.resolve('sk-right') });
      const line = await house.open(endpointAt(peer.url, { protocol, needsKey: true }));
      const theirs = { 'x-api-key': 'theirs', 'x-goog-api-key': 'theirs', 'anthropic-version': '2023-06-01' };
      await (await line.fetch(peer.url, { headers: theirs })).text();
      const sent = Object.entries(peer.seen[0]?.headers ?? {}).filter(([name]) => /auth|key|version/.test(name));
      expect(sent).toEqual(expect.arrayContaining([[header, value]]));
      // A version is no secret, and says nothing about the user.
      expect(sent.filter(([name]) => name !== header)).toEqual([['anthropic-version', '2023-06-01']]);
    },
  );

  it.each([undefined, '', 'two words', 'line\nfeed', 'sk-ключ'])('does not go with the key %j', async (key) => {
    const peer = await startPeer(answering());
    const house = buildHouse({ keys: () => Promise.resolve(key) });
    const line = await house.open(endpointAt(peer.url, { needsKey: true }));
    const error = await caught(line.fetch(peer.url));
    expect(error.kind).toBe('unauthorized');
    expect(`${error.stack} ${JSON.stringify(error.facts)}`).not.toContain(key || 'sk-');
    expect(peer.connections).toHaveLength(0);
    expect(house.entries).toThrow(/ENOENT/);
  });

  it('is counted, in every form that a body has', async () => {
    const peer = await startPeer(answering());
    const house = buildHouse();
    const line = await house.open(endpointAt(peer.url));
    const text = '{"prompt":"grüße"}';
    const bytes = new TextEncoder().encode(text);
    const bodies = [text, bytes, bytes.buffer, new Blob([text]), new Response(text).body];
    for (const body of bodies) {
      const init = { method: 'POST', body, ...(body instanceof ReadableStream && { duplex: 'half' as const }) };
      await (await line.fetch(peer.url, init)).text();
    }
    await (await line.fetch(new Request(peer.url, { method: 'POST', body: text }))).text();
    expect(peer.seen.map(({ body }) => body)).toEqual(Array.from({ length: 6 }, () => text));
    const ends = house.entries().filter(({ phase }) => phase === 'end');
    expect(ends.map(({ bytesOut, bytesIn }) => [bytesOut, bytesIn])).toEqual(Array.from({ length: 6 }, () => [20, 11]));
  });
});

describe('what comes back', () => {
  it('is the answer, piece by piece as it comes', async () => {
    const gates: (() => void)[] = [];
    const peer = await startPeer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'x-own': 'yes' });
      response.write('{"a":1}\n');
      gates.push(() => response.end('{"b":2}\n'));
    });
    const house = buildHouse();
    const line = await house.open(endpointAt(peer.url));
    const answer = await line.fetch(peer.url);
    expect(answer.headers.get('x-own')).toBe('yes');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ done: false, value: '{"a":1}\n' });
    expect(house.entries().map(({ phase }) => phase)).toEqual(['begin']);
    gates[0]?.();
    expect(await reader?.read()).toEqual({ done: false, value: '{"b":2}\n' });
    expect(await reader?.read()).toMatchObject({ done: true });
    expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'ok', status: 200, bytesIn: 16, bytesOut: 0 });
  });

  it.each([400, 401, 404, 429, 500, 503])(
    'is the server’s own error (%i), for the provider to read',
    async (status) => {
      const peer = await startPeer((_request, response) => response.writeHead(status).end('{"error":"no"}'));
      const line = await buildHouse().open(endpointAt(peer.url));
      const answer = await line.fetch(peer.url);
      expect([answer.status, await answer.text()]).toEqual([status, '{"error":"no"}']);
    },
  );

  it('may have no body', async () => {
    const peer = await startPeer((_request, response) => response.writeHead(204).end());
    const house = buildHouse();
    const answer = await (await house.open(endpointAt(peer.url))).fetch(peer.url);
    expect([answer.status, answer.body]).toEqual([204, null]);
    expect(house.entries()[1]).toMatchObject({ verdict: 'ok', status: 204 });
  });

  it('brings the token counts into the ledger', async () => {
    const peer = await startPeer(answering());
    const house = buildHouse();
    const line = await house.open(endpointAt(peer.url));
    const answer = await line.fetch(peer.url);
    line.used({ promptTokens: 7, outputTokens: 3 });
    await answer.text();
    line.used({ promptTokens: 7, cachedTokens: 5, outputTokens: 4 });
    const [, end, note] = house.entries();
    expect(end).toMatchObject({ phase: 'end', tokens: { prompt: 7, output: 3 } });
    expect(note).toMatchObject({ phase: 'note', id: end?.id, tokens: { prompt: 7, cached: 5, output: 4 } });
  });

  it('is a failure in the ledger when its reader says so before its end', async () => {
    const peer = await startPeer(answering());
    const house = buildHouse();
    const line = await house.open(endpointAt(peer.url));
    const answer = await line.fetch(peer.url);
    line.failed('outOfMemory');
    await answer.text();
    expect(house.entries().slice(1)).toEqual([
      expect.objectContaining({ phase: 'end', verdict: 'failed', rule: 'outOfMemory' }),
    ]);
  });

  it('is a failure in the ledger when its reader says so after its end', async () => {
    const peer = await startPeer(answering());
    const house = buildHouse();
    const line = await house.open(endpointAt(peer.url));
    await (await line.fetch(peer.url)).text();
    line.failed('interrupted');
    const [, end, note] = house.entries();
    expect(end).toMatchObject({ phase: 'end', verdict: 'ok' });
    expect(note).toMatchObject({ phase: 'note', id: end?.id, verdict: 'failed', rule: 'interrupted' });
  });

  it('fails once, however often that is said', async () => {
    const house = buildHouse();
    const line = await house.open(endpointAt('http://127.0.0.1:2'));
    await caught(line.fetch('http://127.0.0.1:2'));
    line.failed('unreachable');
    expect(house.entries().map(({ phase }) => phase)).toEqual(['begin', 'end']);
  });
});

describe('a server that fails', () => {
  it('does not listen', async () => {
    const house = buildHouse();
    const endpoint = endpointAt('http://127.0.0.1:2');
    const error = await caught((await house.open(endpoint)).fetch(endpoint.url));
    expect(error).toMatchObject({ kind: 'unreachable', facts: { detail: 'ECONNREFUSED', endpoint } });
    expect(house.entries()[1]).toMatchObject({
      phase: 'end',
      verdict: 'failed',
      rule: 'unreachable',
      reason: 'ECONNREFUSED',
    });
  });

  it('does not listen on any address of localhost', async () => {
    const lookup = () => Promise.resolve([{ address: '::1' }, { address: '127.0.0.1' }]);
    const line = await buildHouse({ lookup }).open(endpointAt('http://localhost:2'));
    expect(await caught(line.fetch('http://localhost:2'))).toMatchObject({ kind: 'unreachable' });
  });

  it('cannot be found', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND gpu'), { code: 'ENOTFOUND' }));
    const house = buildHouse({ lookup, level: 'internal', networkHosts: () => ['gpu'] });
    const line = await house.open(endpointAt('http://gpu', { zone: 'network' }));
    expect(await caught(line.fetch('http://gpu'))).toMatchObject({ kind: 'unreachable' });
  });

  it.each<[string, string | undefined, string]>([
    ['resets the connection', undefined, 'unreachable'],
    ['hangs up before it answers', '', 'unreachable'],
    ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'badResponse'],
  ])('%s', async (_, bytes, kind) => {
    const url = await rawServer(bytes);
    const line = await buildHouse().open(endpointAt(url));
    expect(await caught(line.fetch(url, { method: 'POST', body: '{}' }))).toMatchObject({ kind });
  });

  it.each([
    ['a length that it does not keep', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"a":1}\n'],
    ['chunks without an end', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"a":1}\n\r\n'],
  ])('breaks off in the answer: %s', async (_, bytes) => {
    const url = await rawServer(bytes);
    const house = buildHouse();
    const answer = await (await house.open(endpointAt(url))).fetch(url);
    expect(await caught(answer.text())).toMatchObject({ kind: 'interrupted' });
    expect(house.entries()[1]).toMatchObject({ verdict: 'failed', rule: 'interrupted', bytesIn: 8 });
  });
});
