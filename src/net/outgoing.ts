import type { Endpoint, Protocol } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import type { Address } from '../core/privacy/address.ts';
import type { Sending } from './exchange.ts';

/** What a client library asked to be sent. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Sending['body'] | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The only headers of a client library that go out. Keys, cookies, referrers, organisations, and what libraries tell of the
 * machine they run on stay behind.
 */
const PASSED = ['accept', 'content-type', 'range', 'anthropic-version', 'anthropic-beta'];

/** Reads the arguments of a `fetch` once; what is read is what is sent. */
export function readOutgoing(...[input, init]: Parameters<typeof globalThis.fetch>): Outgoing {
  const plain = !(input instanceof Request) && isPlain(init?.body);
  // Blobs, forms and whole requests: the platform knows how to turn them into bytes.
  const made = plain ? undefined : new Request(input, { ...init, duplex: 'half' });
  const given = new Headers(made?.headers ?? init?.headers);
  const headers: Record<string, string> = { 'user-agent': 'Switchyard' };
  for (const name of PASSED) {
    const value = given.get(name);
    if (value !== null) headers[name] = value;
  }
  return {
    url: new URL(input instanceof Request ? input.url : input),
    method: (made?.method ?? init?.method ?? 'GET').toUpperCase(),
    headers,
    body: made ? (made.body ?? undefined) : bytesOf(init?.body),
    signal: init?.signal ?? made?.signal,
  };
}

/** Whether a request stays at the address that was cleared: same origin, at or below its path. */
export function isUnder(url: URL, base: Address): boolean {
  const { pathname, username, password, hash } = url;
  // The origin of a scheme that is not of the web reads `null`.
  const origin = base.scheme === 'process' ? `${url.protocol}//${url.host}` : url.origin;
  return (
    origin === base.origin &&
    username === '' &&
    password === '' &&
    hash === '' &&
    (pathname === base.path || pathname.startsWith(`${base.path}/`))
  );
}

/**
 * What an endpoint's server may be asked beside its path: whether it is an Ollama, and where its models run. OpenAI's API
 * lies below `/v1` there, Ollama's own beside it (docs/api.md, v0.34.0). None of it makes a model work.
 */
const QUESTIONS = ['GET /api/version', 'GET /api/tags', 'GET /api/ps', 'POST /api/show'];

/** Whether a request is one of these questions; same origin, and the endpoint's path without its `/v1`. */
export function isQuestion({ method, url }: Pick<Outgoing, 'method' | 'url'>, base: Address): boolean {
  if (!base.path.endsWith('/v1')) return false;
  const path = base.path.slice(0, -'/v1'.length);
  const isOne = QUESTIONS.some((question) => question.replace(' ', ` ${path}`) === `${method} ${url.pathname}`);
  return isOne && url.search === '' && isUnder(url, { ...base, path });
}

/** The header that carries an API key in the endpoint's protocol. */
export function keyHeader(endpoint: Endpoint, key: string | undefined): Record<string, string> {
  if (!endpoint.needsKey) return {};
  const detail = key === undefined ? 'No API key is set for it.' : 'Its API key has characters that no key has.';
  // Checked here, because a header that cannot be sent comes back in an error's text.
  if (key === undefined || !/^[\u0021-\u007e]+$/.test(key)) throw new AppError('unauthorized', { endpoint, detail });
  const name = OWN_KEY_HEADERS[endpoint.protocol];
  return name === undefined ? { authorization: `Bearer ${key}` } : { [name]: key };
}

/** Where a protocol has a header of its own (platform.claude.com/docs "Authentication", ai.google.dev/api; read 2026-11). */
const OWN_KEY_HEADERS: { readonly [P in Protocol]?: string } = { anthropic: 'x-api-key', gemini: 'x-goog-api-key' };

type Body = NonNullable<RequestInit['body']>;

function isPlain(body: Body | null | undefined): body is string | Uint8Array<ArrayBuffer> | null | undefined {
  return body === null || body === undefined || typeof body === 'string' || body instanceof Uint8Array;
}

function bytesOf(body: Body | null | undefined): string | Uint8Array<ArrayBuffer> | undefined {
  return isPlain(body) ? (body ?? undefined) : undefined;
}
