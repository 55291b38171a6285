import type { Endpoint, Model } from '../core/model.ts';
import { AppError, type ErrorFacts } from '../core/outcome.ts';
import type { Line, Piece } from '../core/provider.ts';

/** One request of ours on its way: where to, for which model, over which line. */
export interface Call {
  readonly line: Line;
  readonly endpoint: Endpoint;
  readonly model?: Model;
  readonly signal: AbortSignal;
}

export function factsOf({ endpoint, model }: Pick<Call, 'endpoint' | 'model'>): ErrorFacts {
  return model ? { endpoint, model: model.name } : { endpoint };
}

/**
 * Sends through the line. Client libraries add headers of their own (agent, platform, values from the environment), so
 * only what the protocols need goes on; keys are attached in the door. Redirects are not followed. Throws `AppError`, or
 * the signal's reason when it was aborted.
 */
export async function send(call: Call, url: string, init: RequestInit): Promise<Response> {
  const given = new Headers(init.headers);
  const headers: Record<string, string> = { accept: given.get('accept') ?? 'application/json' };
  const version = given.get('anthropic-version');
  if (version !== null) headers['anthropic-version'] = version;
  if (init.body !== undefined && init.body !== null) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await call.line.fetch(url, { ...init, headers, redirect: 'manual', signal: call.signal });
  } catch (error) {
    if (cancelled(call.signal)) throw call.signal.reason;
    throw wireError(error, factsOf(call), 'unreachable');
  }
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    await response.body?.cancel();
    const to = response.headers.get('location') ?? 'another address';
    throw new AppError('badResponse', {
      ...factsOf(call),
      status: response.status,
      detail: `The server redirects to ${to}.`,
    });
  }
  return response;
}

/** Aborted by somebody who wants it gone, and not by a time limit. */
export function cancelled(signal: AbortSignal): boolean {
  return signal.aborted && !named(signal.reason, 'TimeoutError');
}

// Names of Node's and undici's errors (https://undici.nodejs.org/#/docs/api/Errors, read 2026-11).
const TIMEOUTS = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ESOCKETTIMEDOUT',
]);

/** What a failed fetch or a failed read of a body means. An `AppError` anywhere in the chain of causes is the answer. */
export function wireError(error: unknown, facts: ErrorFacts, otherwise: 'unreachable' | 'interrupted'): AppError {
  const words: string[] = [];
  let timedOut = false;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause;
    const code = codeOf(cause);
    timedOut ||= (code !== undefined && TIMEOUTS.has(code)) || named(cause, 'TimeoutError');
    words.push(cause.message === '' ? (code ?? cause.name) : cause.message);
  }
  const detail = words.length > 0 ? words.join(': ') : String(error);
  return new AppError(timedOut ? 'timedOut' : otherwise, { ...facts, detail, cause: error });
}

/** What is thrown for a failed call: the signal's reason when somebody wanted it gone, and `AppError` otherwise. */
export function failureOf(call: Call, error: unknown): unknown {
  if (cancelled(call.signal)) return call.signal.reason as unknown;
  return wireError(error, factsOf(call), 'interrupted');
}

function named(value: unknown, name: string): boolean {
  return value instanceof Error && value.name === name;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The chunks of a body; failures are `AppError`s of kind `interrupted` or `timedOut`. */
export async function* chunks(call: Call, response: Response): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader();
  let open = true;
  try {
    while (true) {
      const read = await reader.read();
      if (read.done) {
        open = false;
        return;
      }
      yield read.value;
    }
  } catch (error) {
    open = false;
    if (cancelled(call.signal)) throw call.signal.reason;
    throw wireError(error, factsOf(call), 'interrupted');
  } finally {
    if (open) await reader.cancel().catch(() => undefined);
  }
}

/** The whole body as text, or its first `limit` characters. */
export async function textOf(call: Call, response: Response, limit = Number.POSITIVE_INFINITY): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks(call, response)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= limit) return text.slice(0, limit);
  }
  return text + decoder.decode();
}

/** The lines of a body, without their ends. The last one is given even if its end is missing. */
export async function* linesOf(call: Call, response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks(call, response)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** `undefined` for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isType(response: Response, ...types: readonly string[]): boolean {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return types.includes(type);
}

/** A new body under the head of an old response; pulled line by line, so that an error comes after all before it. */
export function withBody(response: Response, body: AsyncIterable<string> | string): Response {
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  headers.delete('content-encoding');
  const init = { status: response.status, headers };
  if (typeof body === 'string') return new Response(body, init);
  const iterator = body[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, init);
}

/** Milliseconds of `retry-after` or `retry-after-ms`; dates are taken relative to the server's own clock. */
export function retryAfterMs(headers: Headers): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (exact >= 0) return exact;
  const said = headers.get('retry-after');
  if (said === null) return undefined;
  const seconds = Number(said);
  if (seconds >= 0) return seconds * 1000;
  const wait = Date.parse(said) - Date.parse(headers.get('date') ?? '');
  return wait >= 0 ? wait : undefined;
}

/**
 * Runs a stream under a signal of its own: whatever ends it (the caller's signal, the end of the answer, a consumer that
 * stops reading), the socket is closed and no promise is left hanging. Cancelling is an end, not an error.
 */
export async function* underSignal(
  signal: AbortSignal,
  run: (signal: AbortSignal) => AsyncGenerator<Piece>,
): AsyncGenerator<Piece> {
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  try {
    if (!signal.aborted) yield* run(both);
    else if (cancelled(signal)) yield { kind: 'end', reason: 'cancelled' };
    else throw new AppError('timedOut');
  } catch (error) {
    if (!cancelled(signal)) throw error;
    yield { kind: 'end', reason: 'cancelled' };
  } finally {
    own.abort();
  }
}

/** Waits for a promise to settle, but no longer than `ms`. */
export async function settled(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([promise, limit]);
  } catch {
    // Only the time matters here.
  } finally {
    clearTimeout(timer);
  }
}

/** The answer of a protocol that takes no raw prompts; nothing is sent. */
export function noRawPrompts(model: Model, signal: AbortSignal): AsyncGenerator<Piece> {
  // oxlint-disable-next-line require-yield -- it fails before it says anything
  return underSignal(signal, async function* () {
    const facts = factsOf({ endpoint: model.endpoint, model });
    throw await Promise.resolve(new AppError('unsupported', { ...facts, detail: 'this API takes no raw prompts' }));
  });
}
