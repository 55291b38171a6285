import { type Endpoint, type Model, modelId } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import type { ChatRequest, Piece, Provider, Usage } from '../core/provider.ts';
import { type ModelInfo, ModelPage, StreamEvent, anthropicError, errorOf, usageOf } from './anthropicWire.ts';
import { type Exchange, askEvents, askJson } from './events.ts';
import { createOllamaWatch } from './ollamaWatch.ts';
import { refusedParameter } from './openaiErrors.ts';
import { type Page, wholeList } from './pages.ts';
import { type Call, factsOf, failureOf, noRawPrompts, underSignal } from './wire.ts';

/** The version of the API that this file was written for; it is no secret, and the door lets the header through. */
const VERSION = '2023-06-01';
/** `max_tokens` must be given: a long answer, where nothing else was asked for. */
const LONGEST_ANSWER_TOKENS = 8192;
/** The least budget for thoughts, and what is left for the answer after them. */
const BUDGET_TOKENS = 4096;

/** How a model can be asked to think. */
interface Thinking {
  readonly adaptive: boolean;
  readonly enabled: boolean;
}

/** Parameters that newer models refuse, remembered for each model. */
const OPTIONAL = ['temperature', 'thinking', 'stop_sequences'] as const;
type OptionalName = (typeof OPTIONAL)[number];

/**
 * Anthropic's Messages API. It has no raw prompts, so `complete` fails with `unsupported`. `list` rejects with the signal's
 * reason when it aborts, and with `AppError` for everything else. The door adds the key as `x-api-key`.
 */
export function createAnthropic(): Provider {
  const thinking = new Map<string, Thinking>();
  const unwanted = new Map<string, Set<OptionalName>>();

  const complete: Provider['complete'] = (_line, { model }, signal) => noRawPrompts(model, signal);
  const guarded = createOllamaWatch().guard({
    protocol: 'anthropic',
    async list(line, endpoint, signal) {
      const call: Call = { line, endpoint, signal };
      const ask = (next: string) => askJson(call, exchange(call, `/models?limit=1000${next}`));
      const infos = await wholeList(call, ask, pageOf);
      return {
        models: infos.map((info) => {
          const model = toModel(endpoint, info);
          const types = info.capabilities?.thinking?.types;
          thinking.set(model.id, {
            adaptive: types?.adaptive?.supported === true,
            enabled: types?.enabled?.supported === true,
          });
          return model;
        }),
      };
    },
    complete,
    chat: (line, request, outer) =>
      underSignal(outer, async function* (signal) {
        const { model } = request;
        const call: Call = { line, endpoint: model.endpoint, model, signal };
        const left = unwanted.get(model.id) ?? new Set<OptionalName>();
        const whole = chatBody(request, thinking.get(model.id));
        while (true) {
          const body = Object.fromEntries(Object.entries(whole).filter(([name]) => !isIn(left, name)));
          try {
            yield* answer(call, body);
            return;
          } catch (error) {
            // Refused before the first piece: the stream begins only with a request that was taken.
            const name = refusedParameter(
              error,
              OPTIONAL.filter((known) => known in body),
            );
            if (name === undefined || left.has(name)) throw failureOf(call, error);
            left.add(name);
            unwanted.set(model.id, left);
          }
        }
      }),
  });
  // Nothing is sent, so nobody is asked.
  return { ...guarded, complete };
}

function pageOf(answer: unknown): Page<ModelInfo> | undefined {
  const page = ModelPage.safeParse(answer);
  if (!page.success) return undefined;
  const { data, has_more, last_id } = page.data;
  const more = has_more === true && last_id !== undefined;
  return { items: data, next: more ? `&after_id=${encodeURIComponent(last_id)}` : undefined };
}

async function* answer(call: Call, body: object): AsyncGenerator<Piece> {
  let reason: string | undefined;
  let usage: Usage = {};
  const told = (tokens: Usage) => {
    usage = { ...usage, ...tokens };
    call.line.used(usage);
  };
  for await (const value of askEvents(call, exchange(call, '/messages', body), isLast)) {
    const event = StreamEvent.safeParse(value);
    if (!event.success) throw new AppError('badResponse', { ...factsOf(call), detail: 'An event has no type.' });
    const { type, delta, error } = event.data;
    switch (type) {
      case 'message_start':
        told(usageOf(event.data.message?.usage));
        break;
      case 'content_block_delta':
        if (delta?.thinking) yield { kind: 'thinking', text: delta.thinking };
        if (delta?.text) yield { kind: 'text', text: delta.text };
        break;
      case 'message_delta': {
        reason = delta?.stop_reason ?? reason;
        // Counts of the output are cumulative; those of the input stand in the first event.
        const { outputTokens } = usageOf(event.data.usage);
        if (outputTokens !== undefined) told({ outputTokens });
        break;
      }
      case 'message_stop':
        if (reason === 'refusal') {
          throw new AppError('serverError', { ...factsOf(call), detail: 'The server stopped the answer: refusal.' });
        }
        yield { kind: 'end', reason: LENGTHS.has(reason ?? '') ? 'length' : 'stop', usage };
        return;
      case 'error':
        throw errorOf(error ?? {}, factsOf(call));
      default:
    }
  }
  throw new AppError('interrupted', factsOf(call));
}

const LENGTHS: ReadonlySet<string> = new Set(['max_tokens', 'model_context_window_exceeded']);

function isLast(data: string): boolean {
  return data.includes('"message_stop"') || data.includes('"type":"error"');
}

function chatBody(request: ChatRequest, thinking: Thinking | undefined): Readonly<Record<string, unknown>> {
  const { model, messages, maxTokens, temperature, think, stops = [] } = request;
  const system = messages.filter(({ role }) => role === 'system').map(({ text }) => text);
  // A stop of nothing but blanks is refused.
  const stop = stops.filter((text) => text.trim() !== '');
  const limit = maxTokens ?? LONGEST_ANSWER_TOKENS;
  const asked = thinkingFor(think, thinking, limit);
  const thinks = asked !== undefined && asked.type !== 'disabled';
  // Models that think only as they see fit take no temperature at all, others none while they think.
  const cold = temperature !== undefined && !thinks && !(thinking?.adaptive === true && !thinking.enabled);
  return {
    model: model.name,
    max_tokens: asked?.type === 'enabled' ? limit + BUDGET_TOKENS : limit,
    ...(system.length > 0 && { system: system.join('\n\n') }),
    messages: messages
      // Empty texts are refused.
      .filter(({ role, text }) => role !== 'system' && text !== '')
      .map(({ role, text }) => ({ role, content: text })),
    ...(cold && { temperature }),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...(asked && { thinking: asked }),
    stream: true,
  };
}

type AskedThinking =
  | { readonly type: 'disabled' }
  | { readonly type: 'adaptive'; readonly display: 'summarized' }
  | { readonly type: 'enabled'; readonly budget_tokens: number };

function thinkingFor(think: boolean, can: Thinking | undefined, limit: number): AskedThinking | undefined {
  if (!can || (!can.adaptive && !can.enabled)) return undefined;
  if (!think) return { type: 'disabled' };
  if (can.adaptive) return { type: 'adaptive', display: 'summarized' };
  return limit > 0 ? { type: 'enabled', budget_tokens: BUDGET_TOKENS } : undefined;
}

function toModel(endpoint: Endpoint, { id: name, max_input_tokens, capabilities }: ModelInfo): Model {
  return {
    id: modelId(endpoint, name),
    name,
    endpoint,
    zone: endpoint.zone,
    abilities: {
      insert: false,
      chat: true,
      tools: false,
      vision: capabilities?.image_input?.supported === true,
      thinking: capabilities?.thinking?.supported === true,
    },
    ...(max_input_tokens !== undefined && max_input_tokens > 0 && { contextLength: max_input_tokens }),
  };
}

function exchange(call: Call, path: string, body?: object): Exchange {
  return {
    path,
    headers: { 'anthropic-version': VERSION },
    toError: (bad) => anthropicError(bad, factsOf(call)),
    ...(body && { body }),
  };
}

function isIn(names: ReadonlySet<string>, name: string): boolean {
  return names.has(name);
}
