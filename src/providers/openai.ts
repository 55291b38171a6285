import OpenAI from 'openai';
import { type Stretch, type ThinkingSplitter, createThinkingSplitter } from '../core/chat/thinking.ts';
import type { Model } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import { isCloudName } from '../core/privacy/cloudName.ts';
import type { ChatRequest, CompleteRequest, Line, Piece, Provider, Usage } from '../core/provider.ts';
import { refusedParameter } from './openaiErrors.ts';
import { isOpenAI, ofOllama, reasons, toModel } from './openaiModels.ts';
import { openaiFetch } from './openaiStream.ts';
import { Chunk, type Delta, ModelEntry, ModelsAnswer } from './openaiWire.ts';
import { type Call, cancelled, factsOf, underSignal, wireError } from './wire.ts';

/** Most stop sequences that OpenAI takes (openapi.json, `StopConfiguration`). Others take any number. */
const OPENAI_STOPS = 4;

/**
 * Parameters that can be done without when a server answers that it does not take them; remembered for each model. The
 * two names of the limit stand in for each other.
 */
const OPTIONAL = ['stream_options', 'temperature', 'stop', 'max_completion_tokens', 'max_tokens'] as const;
type OptionalName = (typeof OPTIONAL)[number];
type Body = Readonly<Record<string, unknown>>;

/**
 * OpenAI's API: OpenAI itself, and every server that speaks it (vLLM, LM Studio, llama.cpp, gateways). `list` rejects with
 * the signal's reason when it aborts, and with `AppError` for everything else. Keys are attached in the door.
 */
export function createOpenAI(): Provider {
  const unwanted = new Map<string, Set<OptionalName>>();
  /** Addresses of Ollamas that take `model:local`. */
  const ollamas = new Set<string>();

  const stream = (
    line: Line,
    model: Model,
    outer: AbortSignal,
    path: '/chat/completions' | '/completions',
    body: Body,
  ): AsyncGenerator<Piece> =>
    underSignal(outer, async function* (signal) {
      const call: Call = { line, endpoint: model.endpoint, model, signal };
      if (model.zone !== 'cloud' && isCloudName(model.name)) {
        throw new AppError('refused', { ...factsOf(call), rule: 'cloudName' });
      }
      const local = model.zone !== 'cloud' && ollamas.has(model.endpoint.url) && !/:local\s*$/iu.test(model.name);
      const all = local ? { ...body, model: `${model.name}:local` } : body;
      const left = unwanted.get(model.id) ?? new Set<OptionalName>();
      while (true) {
        const sent = without(all, left);
        let begun = false;
        try {
          for await (const piece of answer(call, path, sent)) {
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

  return {
    protocol: 'openai',
    async list(line, endpoint, signal) {
      const call: Call = { line, endpoint, signal };
      signal.throwIfAborted();
      const { client, failure } = connect(call);
      try {
        const answer = ModelsAnswer.safeParse(await client.get('/models', { signal }));
        if (!answer.success)
          throw new AppError('badResponse', { endpoint, detail: 'The answer is no list of models.' });
        const entries = Array.isArray(answer.data) ? answer.data : answer.data.data;
        const sample =
          endpoint.zone === 'cloud' ? undefined : entries.find((entry) => ofOllama(entry) && !isCloudName(entry.id));
        const keptLocal = sample !== undefined && (await takesLocal(call, sample.id));
        if (keptLocal) ollamas.add(endpoint.url);
        else ollamas.delete(endpoint.url);
        return { models: entries.map((entry) => toModel(endpoint, entry, keptLocal)) };
      } catch (error) {
        throw failure(error);
      }
    },
    complete: (line, request, signal) => stream(line, request.model, signal, '/completions', completionBody(request)),
    chat: (line, request, signal) => stream(line, request.model, signal, '/chat/completions', chatBody(request)),
  };
}

/** Whether a server answers for a model under the name that keeps it local, as an Ollama since `internal/modelref` does. */
async function takesLocal(call: Call, name: string): Promise<boolean> {
  const { client, failure } = connect(call);
  const local = `${name}:local`;
  try {
    const answer = ModelEntry.safeParse(
      await client.get(`/models/${encodeURIComponent(local)}`, { signal: call.signal }),
    );
    return answer.success && answer.data.id === local;
  } catch (error) {
    const known = failure(error);
    if (known instanceof AppError && known.facts.status !== undefined) return false;
    throw known;
  }
}

/** A client for one request. It reads keys, organisations and headers from the environment; none of them is wanted. */
function connect(call: Call): { client: OpenAI; failure: (error: unknown) => unknown } {
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

async function* answer(call: Call, path: string, body: Body): AsyncGenerator<Piece> {
  const { client, failure } = connect(call);
  const splitter = createThinkingSplitter();
  let finish: string | undefined;
  let usage: Usage = {};
  try {
    const chunks = await client.post<AsyncIterable<unknown>>(path, { body, stream: true, signal: call.signal });
    for await (const raw of chunks) {
      const chunk = Chunk.parse(raw);
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

function usageOf({ prompt_tokens, completion_tokens, prompt_tokens_details }: NonNullable<Chunk['usage']>): Usage {
  const cached = prompt_tokens_details?.cached_tokens;
  return {
    ...(typeof prompt_tokens === 'number' && { promptTokens: prompt_tokens }),
    ...(typeof completion_tokens === 'number' && { outputTokens: completion_tokens }),
    ...(typeof cached === 'number' && { cachedTokens: cached }),
  };
}

function completionBody({ model, prompt, stops, maxTokens, temperature }: CompleteRequest): Body {
  return {
    model: model.name,
    prompt,
    // vLLM would stop after 16 tokens.
    max_tokens: maxTokens,
    temperature,
    stream: true,
    stream_options: { include_usage: true },
    ...stopping(model, stops),
  };
}

function chatBody({ model, messages, maxTokens, temperature, stops = [] }: ChatRequest): Body {
  const own = isOpenAI(model.endpoint);
  const reasoning = reasons(model.endpoint, model.name);
  return {
    model: model.name,
    messages: messages.map(({ role, text }) => ({
      role: role === 'system' && reasoning ? 'developer' : role,
      content: text,
    })),
    ...(maxTokens !== undefined && { [own ? 'max_completion_tokens' : 'max_tokens']: maxTokens }),
    ...(temperature !== undefined && !reasoning && { temperature }),
    ...(!reasoning && stopping(model, stops)),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function stopping(model: Model, stops: readonly string[]): { stop?: string[] } {
  const all = stops.filter((text) => text !== '');
  const stop = isOpenAI(model.endpoint) ? all.slice(0, OPENAI_STOPS) : all;
  return stop.length > 0 ? { stop } : {};
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
