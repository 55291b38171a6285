import { type Endpoint, type Model, modelId } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import type { ChatRequest, CompleteRequest, Piece, Provider } from '../core/provider.ts';
import { type BadAnswer, type Exchange, askEvents, askJson } from './events.ts';
import { Entries, type Entry, Piece as Part, Props, usageOf } from './llamacppWire.ts';
import { createOllamaWatch } from './ollamaWatch.ts';
import { type Body, createAsk } from './openaiAnswer.ts';
import { errorFields, errorOf, openaiError } from './openaiErrors.ts';
import { type Call, factsOf, failureOf, underSignal } from './wire.ts';

/** A completion that nobody stops ends by itself: milliseconds since its first token, at the end of a line. */
const LONGEST_MS = 60_000;

/** What is known of a server since it was listed. */
interface Known {
  readonly slots: number;
}

/**
 * llama.cpp's own server: `/completion` for raw prompts, with a slot of its own where the server has several, so that a
 * chat does not take the cache of the document; the chat is OpenAI's. `list` rejects with the signal's reason when it
 * aborts, and with `AppError` for everything else.
 */
export function createLlamaCpp(): Provider {
  const watch = createOllamaWatch('/v1/models');
  const ask = createAsk(watch.check);
  const known = new Map<string, Known>();

  return watch.guard({
    protocol: 'llamacpp',
    async list(line, endpoint, signal) {
      const call: Call = { line, endpoint, signal };
      signal.throwIfAborted();
      try {
        const answer = Entries.safeParse(await askJson(call, exchange(call, '/v1/models')));
        if (!answer.success) {
          throw new AppError('badResponse', { endpoint, detail: 'The answer is no list of models.' });
        }
        const props = await propsOf(call);
        known.set(endpoint.url, { slots: props?.total_slots ?? 1 });
        const { data } = answer.data;
        const models = data.map((entry) => toModel(endpoint, entry, data.length === 1 ? props : undefined));
        return { models, ...(props?.build_info !== undefined && { version: props.build_info }) };
      } catch (error) {
        throw failureOf(call, error);
      }
    },
    complete: (line, request, outer) =>
      underSignal(outer, async function* (signal) {
        const { model } = request;
        const call: Call = { line, endpoint: model.endpoint, model, signal };
        try {
          yield* complete(call, request, known.get(model.endpoint.url)?.slots ?? 1);
        } catch (error) {
          throw failureOf(call, error);
        }
      }),
    chat: (line, request, signal) => ask(line, request.model, signal, '/v1/chat/completions', chatBody(request)),
  });
}

async function* complete(call: Call, request: CompleteRequest, slots: number): AsyncGenerator<Piece> {
  const path = request.suffix === undefined ? '/completion' : '/infill';
  const body = { ...completionBody(request), ...(slots > 1 && { id_slot: 0 }) };
  for await (const value of askEvents(call, exchange(call, path, body), (data) => data.includes('"stop":true'))) {
    const error = errorFields(value);
    if (error) throw errorOf(error, factsOf(call));
    const part = Part.safeParse(value);
    if (!part.success) throw new AppError('badResponse', { ...factsOf(call), detail: 'A piece is no object.' });
    const { content, stop, stop_type: why, truncated } = part.data;
    if (content) yield { kind: 'text', text: content };
    if (stop !== true) continue;
    const usage = usageOf(part.data);
    call.line.used(usage);
    if (truncated === true && why !== 'limit') {
      throw new AppError('contextTooLong', { ...factsOf(call), detail: 'The server cut the prompt.' });
    }
    yield { kind: 'end', reason: why === 'limit' ? 'length' : 'stop', usage };
    return;
  }
  throw new AppError('interrupted', factsOf(call));
}

function completionBody({ model, prompt, suffix, stops, maxTokens, temperature }: CompleteRequest): Body {
  return {
    // For a router; a server of one model does not look.
    model: model.name,
    ...(suffix === undefined ? { prompt } : { prompt: '', input_prefix: prompt, input_suffix: suffix }),
    n_predict: maxTokens,
    temperature,
    stop: stops.filter((text) => text !== ''),
    stream: true,
    cache_prompt: true,
    t_max_predict_ms: LONGEST_MS,
    // Without it, the last piece has the whole prompt and every setting.
    response_fields: ['content', 'stop', 'stop_type', 'truncated', 'timings'],
  };
}

function chatBody({ model, messages, maxTokens, temperature, think, stops = [] }: ChatRequest): Body {
  const stop = stops.filter((text) => text !== '');
  return {
    model: model.name,
    messages: messages.map(({ role, text }) => ({ role, content: text })),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(stop.length > 0 && { stop }),
    ...(model.abilities.thinking && { chat_template_kwargs: { enable_thinking: think } }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

/** The properties of the server; `undefined` where it has none to tell, as a router without a model. */
async function propsOf(call: Call): Promise<Props | undefined> {
  try {
    const props = Props.safeParse(await askJson(call, exchange(call, '/props')));
    return props.success ? props.data : undefined;
  } catch (error) {
    if (error instanceof AppError && error.facts.status !== undefined) return undefined;
    throw error;
  }
}

function toModel(endpoint: Endpoint, { id: name, meta, status }: Entry, props: Props | undefined): Model {
  const inForce = meta?.n_ctx ?? props?.default_generation_settings?.n_ctx;
  const isLoaded = status === undefined || status.value === 'loaded';
  const { n_params: parameters, size, ftype, n_ctx_train: trained } = meta ?? {};
  return {
    id: modelId(endpoint, name),
    name,
    endpoint,
    zone: endpoint.zone,
    abilities: {
      insert: 'unknown',
      chat: props?.chat_template !== '',
      tools: false,
      vision: props?.modalities?.vision === true,
      // The switch that templates of thinking models have.
      thinking: props?.chat_template?.includes('enable_thinking') === true,
    },
    ...(parameters !== undefined && { parameters: parametersText(parameters) }),
    ...(ftype !== undefined && { quantization: ftype }),
    ...(size !== undefined && { sizeBytes: size, digest: `${size}-${parameters ?? 0}-${ftype ?? ''}` }),
    ...(trained !== undefined && trained > 0 && { contextLength: trained }),
    ...(isLoaded && { loaded: inForce !== undefined && inForce > 0 ? { contextLength: inForce } : {} }),
  };
}

/** `135M` for 134,515,008. */
function parametersText(count: number): string {
  return count < 1e9 ? `${Math.round(count / 1e6)}M` : `${(count / 1e9).toFixed(1)}B`;
}

function exchange(call: Call, path: string, body?: object): Exchange {
  const toError = ({ status, body: text, retryAfterMs }: BadAnswer) =>
    openaiError(status, text, factsOf(call), retryAfterMs);
  return { path, toError, ...(body && { body }) };
}
