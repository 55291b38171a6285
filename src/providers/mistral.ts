import * as z from 'zod/mini';
import { type Endpoint, type Model, modelId } from '../core/model.ts';
import type { ChatRequest, CompleteRequest, Provider } from '../core/provider.ts';
import { lenient } from './lenient.ts';
import { createOllamaWatch } from './ollamaWatch.ts';
import { type Body, askModels, createAsk } from './openaiAnswer.ts';

/**
 * Mistral's API: `/fim/completions` with the suffix in a field of its own, and the chat. Facts from openapi.yaml of
 * docs.mistral.ai (2026-08-21) and the models of mistralai/client-python (read 2026-11). Bodies with fields that it does not
 * know are refused. `list` rejects with the signal's reason when it aborts, and with `AppError` for everything else.
 */
export function createMistral(): Provider {
  const watch = createOllamaWatch();
  const ask = createAsk(watch.check);
  return watch.guard({
    protocol: 'mistral',
    async list(line, endpoint, signal) {
      const { data } = await askModels({ line, endpoint, signal }, Answer);
      return { models: data.map((card) => toModel(endpoint, card)) };
    },
    complete: (line, request, signal) => ask(line, request.model, signal, '/fim/completions', holeBody(request)),
    chat: (line, request, signal) => ask(line, request.model, signal, '/chat/completions', chatBody(request)),
  });
}

const Can = lenient(z.boolean());
const Card = z.looseObject({
  id: z.string(),
  max_context_length: lenient(z.number()),
  capabilities: lenient(z.looseObject({ completion_chat: Can, completion_fim: Can, vision: Can, reasoning: Can })),
});
const Answer = z.looseObject({ data: z.array(Card) });

function toModel(endpoint: Endpoint, { id: name, capabilities, max_context_length }: z.output<typeof Card>): Model {
  return {
    id: modelId(endpoint, name),
    name,
    endpoint,
    zone: endpoint.zone,
    abilities: {
      insert: capabilities?.completion_fim === true,
      chat: capabilities?.completion_chat ?? true,
      tools: false,
      vision: capabilities?.vision === true,
      thinking: capabilities?.reasoning === true,
    },
    ...(max_context_length !== undefined && max_context_length > 0 && { contextLength: max_context_length }),
  };
}

function holeBody({ model, prompt, suffix, stops, maxTokens, temperature }: CompleteRequest): Body {
  const stop = stops.filter((text) => text !== '');
  return {
    model: model.name,
    prompt,
    ...(suffix !== undefined && { suffix }),
    max_tokens: maxTokens,
    temperature,
    ...(stop.length > 0 && { stop }),
    stream: true,
  };
}

function chatBody({ model, messages, maxTokens, temperature, stops = [] }: ChatRequest): Body {
  const stop = stops.filter((text) => text !== '');
  return {
    model: model.name,
    messages: messages.map(({ role, text }) => ({ role, content: text })),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(stop.length > 0 && { stop }),
    stream: true,
  };
}
