import { AppError } from '../core/outcome.ts';
import { errorFields, errorOf, openaiError } from './openaiErrors.ts';
import { Whole } from './openaiWire.ts';
import { eventsOf } from './events.ts';
import { type Call, factsOf, isType, linesOf, parseJson, retryAfterMs, send, textOf, withBody } from './wire.ts';

/** Longest error body that is read, in characters. */
const ERROR_LIMIT = 65_536;

/**
 * The fetch for OpenAI's client. The client reads any body as a stream of events, ends without a word when a stream is
 * cut or is no stream, and packs errors of fetch into its own; so every answer is checked here before the client sees it.
 * `failed` is told each `AppError` that is thrown, because it may get lost on the way.
 */
export function openaiFetch(call: Call, failed: (error: AppError) => void): typeof globalThis.fetch {
  const answer = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await send(call, url, init);
    if (!response.ok) {
      const body = await textOf(call, response, ERROR_LIMIT);
      throw openaiError(response.status, body, factsOf(call), retryAfterMs(response.headers));
    }
    if (isType(response, 'text/event-stream')) return events(response, framed(eventData(call, response), failed));
    // Amazon's LMI container streams one JSON object per line.
    if (isType(response, 'application/jsonlines', 'application/x-ndjson')) {
      return events(response, framed(checkedLines(call, response), failed));
    }
    if (isType(response, 'application/json')) {
      const body = await textOf(call, response);
      const value = checked(call, body);
      return wantsStream(init) ? events(response, framed(wholeAsEvents(value), failed)) : withBody(response, body);
    }
    await response.body?.cancel();
    const type = response.headers.get('content-type') ?? 'of no type';
    throw new AppError('badResponse', { ...factsOf(call), status: response.status, detail: `The answer is ${type}.` });
  };
  return async (input, init = {}) => {
    try {
      return await answer(input instanceof Request ? input.url : String(input), init);
    } catch (error) {
      if (error instanceof AppError) failed(error);
      throw error;
    }
  };
}

function wantsStream({ body }: RequestInit): boolean {
  const sent = typeof body === 'string' ? parseJson(body) : undefined;
  return typeof sent === 'object' && sent !== null && 'stream' in sent && sent.stream === true;
}

function events(response: Response, body: AsyncIterable<string>): Response {
  const stream = withBody(response, body);
  stream.headers.set('content-type', 'text/event-stream');
  return stream;
}

async function* framed(data: AsyncIterable<string>, failed: (error: AppError) => void): AsyncGenerator<string> {
  try {
    for await (const text of data) yield `data: ${text}\n\n`;
  } catch (error) {
    if (error instanceof AppError) failed(error);
    throw error;
  }
}

/** The data of each event, checked, up to the one that says it is the last. */
async function* eventData(call: Call, response: Response): AsyncGenerator<string> {
  const events = eventsOf(call, response, {
    isLast: (data) => data === '[DONE]',
    // Some gateways put an error into a successful stream as a plain line.
    stray(line) {
      const error = line.startsWith('{') ? errorFields(parseJson(line)) : undefined;
      if (error) throw errorOf(error, factsOf(call));
    },
  });
  for await (const data of events) {
    if (data !== '[DONE]') checked(call, data);
    yield data;
  }
}

async function* checkedLines(call: Call, response: Response): AsyncGenerator<string> {
  for await (const line of linesOf(call, response)) {
    if (line.trim() === '') continue;
    checked(call, line);
    yield line;
  }
}

// eslint-disable-next-line typescript/require-await -- the same shape as the streams above
async function* wholeAsEvents(value: unknown): AsyncGenerator<string> {
  const whole = Whole.safeParse(value);
  if (!whole.success) return;
  const choices = whole.data.choices.map(({ message, ...choice }) => ({
    ...choice,
    ...(message && { delta: message }),
  }));
  yield JSON.stringify({ ...whole.data, choices });
}

/** JSON that is not an error. A text that is none is half a line of a cut stream, or no such protocol at all. */
function checked(call: Call, text: string): unknown {
  const value = parseJson(text);
  if (value === undefined) {
    const half = text.startsWith('{') || text.startsWith('[');
    throw new AppError(half ? 'interrupted' : 'badResponse', { ...factsOf(call), detail: text.slice(0, 300) });
  }
  const error = errorFields(value);
  if (error && !(typeof value === 'object' && value !== null && 'choices' in value))
    throw errorOf(error, factsOf(call));
  return value;
}
