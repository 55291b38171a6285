import { type Endpoint, type Model, modelId } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import type { ChatRequest, Piece, Provider, Usage } from '../core/provider.ts';
import { type Exchange, askEvents, askJson } from './events.ts';
import { Chunk, type ModelInfo, ModelPage, errorOf, geminiError, usageOf } from './geminiWire.ts';
import { type Page, wholeList } from './pages.ts';
import { type Call, factsOf, failureOf, noRawPrompts, underSignal } from './wire.ts';

/** Most stop sequences that it takes (`GenerationConfig.stopSequences`). */
const STOPS = 5;

/**
 * The Gemini API. It has no raw prompts, so `complete` fails with `unsupported`. `list` rejects with the signal's reason when
 * it aborts, and with `AppError` for everything else. The door adds the key as `x-goog-api-key`.
 */
export function createGemini(): Provider {
  return {
    protocol: 'gemini',
    async list(line, endpoint, signal) {
      const call: Call = { line, endpoint, signal };
      const ask = (next: string) => askJson(call, exchange(call, `/models?pageSize=1000${next}`));
      const infos = await wholeList(call, ask, pageOf);
      return { models: infos.filter(writes).map((info) => toModel(endpoint, info)) };
    },
    complete: (_line, { model }, signal) => noRawPrompts(model, signal),
    chat: (line, request, outer) =>
      underSignal(outer, async function* (signal) {
        const { model } = request;
        const call: Call = { line, endpoint: model.endpoint, model, signal };
        try {
          yield* answer(call, chatBody(request));
        } catch (error) {
          throw failureOf(call, error);
        }
      }),
  };
}

function pageOf(answer: unknown): Page<ModelInfo> | undefined {
  const page = ModelPage.safeParse(answer);
  if (!page.success || !page.data.models) return undefined;
  const { models, nextPageToken: token } = page.data;
  return { items: models, next: token ? `&pageToken=${encodeURIComponent(token)}` : undefined };
}

async function* answer(call: Call, body: object): AsyncGenerator<Piece> {
  const path = `/models/${encodeURIComponent(call.model?.name ?? '')}:streamGenerateContent?alt=sse`;
  let finish: string | undefined;
  let usage: Usage = {};
  for await (const value of askEvents(call, exchange(call, path, body))) {
    const parsed = Chunk.safeParse(value);
    if (!parsed.success) throw new AppError('badResponse', { ...factsOf(call), detail: 'A chunk is no object.' });
    const { candidates, promptFeedback, usageMetadata, error } = parsed.data;
    if (error) throw errorOf(error, factsOf(call));
    if (usageMetadata) {
      usage = usageOf(usageMetadata);
      call.line.used(usage);
    }
    if (promptFeedback?.blockReason !== undefined) throw stopped(call, promptFeedback.blockReason);
    const [candidate] = candidates ?? [];
    for (const { text, thought } of candidate?.content?.parts ?? []) {
      if (text) yield { kind: thought === true ? 'thinking' : 'text', text };
    }
    finish = candidate?.finishReason ?? finish;
  }
  // Nothing marks the end of the stream but the reason in the last chunk.
  if (finish === undefined) throw new AppError('interrupted', factsOf(call));
  if (finish !== 'STOP' && finish !== 'MAX_TOKENS') throw stopped(call, finish);
  yield { kind: 'end', reason: finish === 'MAX_TOKENS' ? 'length' : 'stop', usage };
}

function stopped(call: Call, why: string): AppError {
  return new AppError('serverError', { ...factsOf(call), detail: `The server stopped the answer: ${why}.` });
}

function chatBody({ model, messages, maxTokens, temperature, think, stops = [] }: ChatRequest): object {
  const system = messages.filter(({ role }) => role === 'system').map(({ text }) => ({ text }));
  const stop = stops.filter((text) => text !== '').slice(0, STOPS);
  return {
    contents: messages
      .filter(({ role }) => role !== 'system')
      .map(({ role, text }) => ({ role: role === 'user' ? 'user' : 'model', parts: [{ text }] })),
    ...(system.length > 0 && { systemInstruction: { parts: system } }),
    generationConfig: {
      ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(stop.length > 0 && { stopSequences: stop }),
      ...(model.abilities.thinking && { thinkingConfig: thinkingFor(model.name, think) }),
    },
  };
}

/**
 * Guide "Thinking" (read 2026-11): 2.5 takes a budget of tokens, where 0 turns thinking off but for Pro, whose least is 128;
 * later models take a level, and cannot be kept from thinking.
 */
function thinkingFor(name: string, think: boolean): object {
  if (think) return { includeThoughts: true };
  if (!name.includes('2.5')) return { thinkingLevel: name.includes('pro') ? 'low' : 'minimal' };
  return { thinkingBudget: name.includes('pro') ? 128 : 0 };
}

function writes({ supportedGenerationMethods: methods }: ModelInfo): boolean {
  return methods === undefined || methods.includes('generateContent');
}

/** Of models that answer by other means than text, or not to people; nothing but the name tells. */
const NO_CHAT = /embedding|image|tts|audio|live|veo|imagen|robotics|computer-use|aqa/u;

function toModel(endpoint: Endpoint, { name: path, inputTokenLimit, thinking }: ModelInfo): Model {
  const name = path.replace(/^models\//u, '');
  return {
    id: modelId(endpoint, name),
    name,
    endpoint,
    zone: endpoint.zone,
    abilities: {
      insert: false,
      chat: !NO_CHAT.test(name),
      tools: false,
      vision: false,
      thinking: thinking === true,
    },
    ...(inputTokenLimit !== undefined && inputTokenLimit > 0 && { contextLength: inputTokenLimit }),
  };
}

function exchange(call: Call, path: string, body?: object): Exchange {
  return { path, toError: (bad) => geminiError(bad, factsOf(call)), ...(body && { body }) };
}
