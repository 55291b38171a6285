import { type Endpoint, type Model, modelId } from '../core/model.ts';
import type { ModelEntry } from './openaiWire.ts';

/** OpenAI itself, where other parameters hold than on servers that only speak its API. */
export function isOpenAI({ url }: Pick<Endpoint, 'url'>): boolean {
  return URL.canParse(url) && new URL(url).hostname === 'api.openai.com';
}

/**
 * Whether OpenAI's model reasons before it answers; such models refuse `temperature` and `stop`, and take their
 * instructions as `developer`. The list tells only ids (openapi.json, 2026-08-21), so the id decides, and only on
 * OpenAI's own host: the o series, and every GPT from the fifth on. Fine-tuned models carry the base in their name.
 */
export function reasons(endpoint: Endpoint, name: string): boolean {
  return isOpenAI(endpoint) && /^(ft:)?(o\d|gpt-([5-9]|\d\d))/u.test(name);
}

/** Models of OpenAI that have no chat; here too nothing but the id tells. */
const NO_CHAT =
  /embedding|whisper|tts|dall-e|moderation|transcribe|realtime|audio|image|sora|babbage|davinci|-instruct|-codex-|deep-research|computer-use/u;

/**
 * Whether an entry can only be an Ollama's: its list tells the namespace of a model as the owner, and this is the one of its
 * own library (`ToListCompletion` of openai/openai.go, v0.34.0). Copies have any other.
 */
export function ofOllama({ owned_by }: ModelEntry): boolean {
  return owned_by === 'library';
}

export function toModel(endpoint: Endpoint, entry: ModelEntry): Model {
  const { id: name, max_model_len, context_length, max_context_length, meta } = entry;
  const own = isOpenAI(endpoint);
  const contextLength = max_model_len ?? context_length ?? max_context_length ?? meta?.n_ctx_train;
  return {
    id: modelId(endpoint, name),
    name,
    endpoint,
    zone: endpoint.zone,
    abilities: {
      insert: own ? false : 'unknown',
      chat: !(own && NO_CHAT.test(name)),
      tools: false,
      vision: false,
      thinking: reasons(endpoint, name),
    },
    ...(typeof contextLength === 'number' && contextLength > 0 && { contextLength }),
  };
}
