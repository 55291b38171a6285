import OpenAI from 'openai';
import type * as z from 'zod/mini';
import { type Stretch, type ThinkingSplitter, createThinkingSplitter } from '../core/chat/thinking.ts';
import type { Model } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import type { Line, Piece, Usage } from '../core/provider.ts';
import { refusedParameter } from './openaiErrors.ts';
import { openaiFetch } from './openaiStream.ts';
import { Chunk, type Delta } from './openaiWire.ts';
import { type Call, cancelled, factsOf, underSignal, wireError } from './wire.ts';

/**
 * Parameters that can be done without when a server answers that it does not take them; remembered for each model. The
 * two names of the limit stand in for each other.
 */
const OPTIONAL = [
  'stream_options',
  'temperature',
  'stop',
  'max_completion_tokens',
  'max_tokens',
  'thinking',
  'chat_template_kwargs',
] as const;
type OptionalName = (typeof OPTIONAL)[number];
export type Body = Readonly<Record<string, unknown>>;

/** Asks for streams in the form of OpenAI's chat and completions; `path` is below the endpoint's URL. */
export type Ask = (line: Line, model: Model, signal: AbortSignal, path: string, body: Body) => AsyncGenerator<Piece>;

/** The answer of `/models`. Rejects with the signal's reason when it aborts, and with `AppError` for everything else. */
export async function askModels<S extends z.ZodMiniType>(call: Call, schema: S): Promise<z.output<S>> {
  const { endpoint, signal } = call;
  signal.throwIfAborted();
  const { client, failure } = connect(call);
  try {
    const answer = schema.safeParse(await client.get('/models', { signal }));
    if (answer.success) return answer.data;
    throw new AppError('badResponse', { endpoint, detail: 'The answer is no list of models.' });
  } catch (error) {
    throw failure(error);
  }
}

/** Looks at each chunk before anything of it is given. */
type Check = (call: Call, chunk: Chunk) => void;

/** Remembers for as long as it lives which parameters a model does not take. */
export function createAsk(check: Check): Ask {
  const unwanted = new Map<string, Set<OptionalName>>();
  return (line, model, outer, path, body) =>
    underSignal(outer, async function* (signal) {
      const call: Call = { line, endpoint: model.endpoint, model, signal };
      const left = unwanted.get(model.id) ?? new Set<OptionalName>();
      while (true) {
        const sent = without(body, left);
        let begun = false;
        try {
          for await (const piece of answer(call, path, sent, check)) {
            begun = true;
            yield piece;
          }
          return;
        } catch (error) {
          const name = begun
            ? undefined
            : refusedParameter(
                error,
                OPTIONAL.filter((known) => known in sent),
              );
          if (name === undefined || left.has(name)) throw error;
          left.add(name);
          unwanted.set(model.id, left);
        }
      }
    });
}

/** A client for one request. It reads keys, organisations and headers from the environment; none of them is wanted. */
export function connect(call: Call): { client: OpenAI; failure: (error: unknown) => unknown } {
  let seen: AppError | undefined;
  const client = new OpenAI({
    baseURL: call.endpoint.url,
    apiKey: 'attached-in-the-door',
    organization: null,
    project: null,
    maxRetries: 0,
    // How long to wait is up to whoever holds the signal.
    timeout: 86_400_000,
    logLevel: 'off',
    dangerouslyAllowBrowser: true,
    fetch: openaiFetch(call, (error) => {
      seen = error;
    }),
  });
  const failure = (error: unknown) => {
    if (cancelled(call.signal)) return call.signal.reason as unknown;
    return seen ?? wireError(error, factsOf(call), 'unreachable');
  };
  return { client, failure };
}

async function* answer(call: Call, path: string, body: Body, check: Check): AsyncGenerator<Piece> {
  const { client, failure } = connect(call);
  const splitter = createThinkingSplitter();
  let finish: string | undefined;
  let usage: Usage = {};
  try {
    const chunks = await client.post<AsyncIterable<unknown>>(path, { body, stream: true, signal: call.signal });
    for await (const raw of chunks) {
      const chunk = Chunk.parse(raw);
      check(call, chunk);
      if (chunk.usage) {
        usage = usageOf(chunk.usage);
        // At once, so that it goes into the request's own line of the ledger.
        call.line.used(usage);
      }
      const [choice] = chunk.choices ?? [];
      if (!choice) continue;
      if (choice.delta) yield* spoken(choice.delta, splitter);
      if (choice.text) yield { kind: 'text', text: choice.text };
      if (choice.finish_reason) finish = choice.finish_reason;
    }
    yield* splitter.end();
    // The client ends quietly when a stream is cut, and when it is aborted.
    call.signal.throwIfAborted();
    if (finish === undefined) throw new AppError('interrupted', factsOf(call));
  } catch (error) {
    if (!cancelled(call.signal)) yield* splitter.end();
    throw failure(error);
  }
  if (finish === 'content_filter' || finish === 'error') {
    throw new AppError('serverError', { ...factsOf(call), detail: `The server stopped the answer: ${finish}.` });
  }
  yield { kind: 'end', reason: finish === 'length' ? 'length' : 'stop', usage };
}

function* spoken(delta: Delta, splitter: ThinkingSplitter): Generator<Stretch> {
  const thinking = delta.reasoning ?? delta.reasoning_content;
  if (thinking) yield { kind: 'thinking', text: thinking };
  const parts = typeof delta.content === 'string' ? [{ text: delta.content }] : (delta.content ?? []);
  for (const part of parts) {
    for (const { text } of ('thinking' in part ? part.thinking : undefined) ?? []) {
      if (text) yield { kind: 'thinking', text };
    }
    if (part.text) yield* splitter.push(part.text);
  }
  // OpenAI's word for an answer in which the model declines.
  if (delta.refusal) yield* splitter.push(delta.refusal);
}

function usageOf(usage: NonNullable<Chunk['usage']>): Usage {
  const { prompt_tokens, completion_tokens, prompt_tokens_details, prompt_cache_hit_tokens } = usage;
  const cached = prompt_tokens_details?.cached_tokens ?? prompt_cache_hit_tokens;
  return {
    ...(typeof prompt_tokens === 'number' && { promptTokens: prompt_tokens }),
    ...(typeof completion_tokens === 'number' && { outputTokens: completion_tokens }),
    ...(typeof cached === 'number' && { cachedTokens: cached }),
  };
}

function without(body: Body, left: ReadonlySet<OptionalName>): Body {
  const sent: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const kept = STAND_INS[name]?.find((other) => !left.has(other)) ?? (isLeft(name, left) ? undefined : name);
    if (kept !== undefined) sent[kept] = value;
  }
  return sent;
}

const STAND_INS: Readonly<Record<string, readonly OptionalName[]>> = {
  max_tokens: ['max_tokens', 'max_completion_tokens'],
  max_completion_tokens: ['max_completion_tokens', 'max_tokens'],
};

function isLeft(name: string, left: ReadonlySet<string>): boolean {
  return left.has(name);
}
