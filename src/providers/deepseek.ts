import * as z from 'zod/mini';
import { type Endpoint, type Model, modelId } from '../core/model.ts';
import type { ChatRequest, CompleteRequest, Provider } from '../core/provider.ts';
import { createOllamaWatch } from './ollamaWatch.ts';
import { type Body, askModels, createAsk } from './openaiAnswer.ts';

/** "The max tokens of FIM completion is 4K" (guide "FIM Completion (Beta)"). */
const LONGEST_HOLE_TOKENS = 4096;
/** "Up to 16 sequences" (reference "Create FIM Completion"). */
const STOPS = 16;

/**
 * DeepSeek's API: `/beta/completions` with the suffix in a field of its own, and the chat. The base URL is without `/v1` and
 * `/beta`. Facts from api-docs.deepseek.com, references "Create Chat Completion", "Create FIM Completion (Beta)" and "Lists
 * Models" and the page "Models & Pricing" (read 2026-11): every model fills holes, but not while it thinks. `list` rejects
 * with the signal's reason when it aborts, and with `AppError` for everything else.
 */
export function createDeepSeek(): Provider {
  const watch = createOllamaWatch();
  const ask = createAsk(watch.check);
  return watch.guard({
    protocol: 'deepseek',
    async list(line, endpoint, signal) {
      const { data } = await askModels({ line, endpoint, signal }, Answer);
      return { models: data.map(({ id }) => toModel(endpoint, id)) };
    },
    complete: (line, request, signal) => ask(line, request.model, signal, '/beta/completions', holeBody(request)),
    chat: (line, request, signal) => ask(line, request.model, signal, '/chat/completions', chatBody(request)),
  });
}

const Answer = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** An alias that always thinks. */
const REASONER = /reasoner/u;

function toModel(endpoint: Endpoint, name: string): Model {
  const reasoner = REASONER.test(name);
  return {
    id: modelId(endpoint, name),
    name,
    endpoint,
    zone: endpoint.zone,
    abilities: { insert: !reasoner, chat: true, tools: false, vision: false, thinking: true },
  };
}

function holeBody({ model, prompt, suffix, stops, maxTokens, temperature }: CompleteRequest): Body {
  return {
    model: model.name,
    prompt,
    ...(suffix !== undefined && { suffix }),
    max_tokens: Math.min(maxTokens, LONGEST_HOLE_TOKENS),
    temperature,
    ...stopping(stops),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function chatBody({ model, messages, maxTokens, temperature, think, stops = [] }: ChatRequest): Body {
  return {
    model: model.name,
    messages: messages.map(({ role, text }) => ({ role, content: text })),
    // The default is to think.
    ...(!REASONER.test(model.name) && { thinking: { type: think ? 'enabled' : 'disabled' } }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...stopping(stops),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function stopping(stops: readonly string[]): { stop?: string[] } {
  const stop = stops.filter((text) => text !== '').slice(0, STOPS);
  return stop.length > 0 ? { stop } : {};
}
