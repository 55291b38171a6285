import { AppError } from '../core/outcome.ts';
import { type Call, factsOf, isType, linesOf, parseJson, retryAfterMs, send, settled, textOf } from './wire.ts';

export interface EventOptions {
  /** Whether an event is the last one. It is still given; what stands behind it is not. */
  readonly isLast?: (data: string) => boolean;
  /** Told of each line that is no data: comments, names and ids of events, and what does not belong there. */
  readonly stray?: (line: string) => void;
}

/**
 * The data of each server-sent event. None of the known protocols spreads an object over several lines of data, or says
 * anything in the names of events that does not stand in the data too.
 */
export async function* eventsOf(call: Call, response: Response, options: EventOptions = {}): AsyncGenerator<string> {
  const lines = linesOf(call, response);
  let open = true;
  try {
    while (true) {
      const next = await lines.next();
      if (next.done === true) break;
      const data = /^data:\s*(.+)$/u.exec(next.value)?.[1]?.trim();
      if (data === undefined) {
        options.stray?.(next.value);
        continue;
      }
      if (options.isLast?.(data) === true) {
        // A moment for the server to end the body, so that its connection can serve again.
        await settled(drained(lines), 250);
        open = false;
      }
      yield data;
      if (!open) return;
    }
    open = false;
  } finally {
    if (open) await lines.return(undefined);
  }
}

/** Resolves at the end of the body; what stands behind the last event is of no interest. */
async function drained(lines: AsyncIterator<string>): Promise<void> {
  let next = await lines.next();
  while (next.done !== true) next = await lines.next();
}

/** An answer that is no success. */
export interface BadAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs?: number;
}

export interface Exchange {
  /** Below the endpoint's URL, with a slash in front. */
  readonly path: string;
  /** Sent as JSON by POST; without it, the request is a GET. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly toError: (bad: BadAnswer) => AppError;
}

/** Longest error body that is read, in characters. */
const ERROR_LIMIT = 65_536;

async function begin(call: Call, { path, body, headers, toError }: Exchange, accept: string): Promise<Response> {
  const response = await send(call, call.endpoint.url + path, {
    headers: { ...headers, accept },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  const text = await textOf(call, response, ERROR_LIMIT);
  const wait = retryAfterMs(response.headers);
  throw toError({ status: response.status, body: text, ...(wait !== undefined && { retryAfterMs: wait }) });
}

/** One answer as JSON. Throws `AppError`, or the signal's reason when it was aborted. */
export async function askJson(call: Call, exchange: Exchange): Promise<unknown> {
  const response = await begin(call, exchange, 'application/json');
  const text = await textOf(call, response);
  const value = parseJson(text);
  if (value !== undefined) return value;
  throw notJson(call, text);
}

/** A stream of events as JSON. Throws as {@link askJson} does; how the stream must end is for the caller to know. */
export async function* askEvents(call: Call, exchange: Exchange, isLast?: EventOptions['isLast']): AsyncGenerator {
  const response = await begin(call, exchange, 'text/event-stream');
  if (!isType(response, 'text/event-stream')) {
    const whole = isType(response, 'application/json') ? await textOf(call, response, ERROR_LIMIT) : undefined;
    await response.body?.cancel().catch(() => undefined);
    const type = response.headers.get('content-type') ?? 'of no type';
    throw new AppError('badResponse', {
      ...factsOf(call),
      status: response.status,
      detail: whole?.slice(0, 300) ?? `The answer is ${type}.`,
    });
  }
  for await (const data of eventsOf(call, response, isLast ? { isLast } : {})) {
    const value = parseJson(data);
    if (value === undefined) throw notJson(call, data);
    yield value;
  }
}

/** A text that is not JSON is half of one, from a stream that was cut, or another protocol. */
function notJson(call: Call, text: string): AppError {
  const half = text.startsWith('{') || text.startsWith('[');
  return new AppError(half ? 'interrupted' : 'badResponse', { ...factsOf(call), detail: text.slice(0, 300) });
}
