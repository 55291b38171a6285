import * as z from 'zod/mini';
import { lenient } from './lenient.ts';

/**
 * What servers with OpenAI's API send, as far as it is used here. Sources: OpenAI's openapi.json (github.com/openai/
 * openai-openapi, 2026-08-21), and for what compatible servers add: docs of vLLM, LM Studio, Together (openapi of
 * 2026-04-28), Mistral (openapi.yaml of 2026-08-21) and llama.cpp (tools/server/README.md).
 */

const Text = lenient(z.string());
const Count = lenient(z.number().check(z.nonnegative()));

export const ModelEntry = z.looseObject({
  id: z.string(),
  owned_by: Text,
  /** vLLM, Together, Mistral, llama.cpp: tokens of context. OpenAI tells none. */
  max_model_len: Count,
  context_length: Count,
  max_context_length: Count,
  meta: lenient(z.looseObject({ n_ctx_train: Count })),
});
export type ModelEntry = z.output<typeof ModelEntry>;

/** Together sends the bare array. */
export const ModelsAnswer = z.union([z.looseObject({ data: z.array(ModelEntry) }), z.array(ModelEntry)]);

/** Mistral's thinking models send content in parts. */
const Parts = z.array(
  z.looseObject({
    text: Text,
    thinking: lenient(z.array(z.looseObject({ text: Text }))),
  }),
);
const Delta = z.looseObject({
  content: lenient(z.union([z.string(), Parts])),
  refusal: Text,
  /** vLLM, LM Studio; DeepSeek and older vLLM. */
  reasoning: Text,
  reasoning_content: Text,
});
export type Delta = z.output<typeof Delta>;

/** A chunk of a chat or of a raw completion. The last one may carry only the usage. */
export const Chunk = z.looseObject({
  /** Ollama's. The latter two are not in its answers of this form, but would tell of another server if they were. */
  system_fingerprint: Text,
  remote_host: Text,
  remote_model: Text,
  choices: lenient(z.array(z.looseObject({ delta: lenient(Delta), text: Text, finish_reason: Text }))),
  usage: lenient(
    z.looseObject({
      prompt_tokens: Count,
      completion_tokens: Count,
      prompt_tokens_details: lenient(z.looseObject({ cached_tokens: Count })),
      /** DeepSeek. */
      prompt_cache_hit_tokens: Count,
    }),
  ),
});
export type Chunk = z.output<typeof Chunk>;

/** A whole answer, from servers that do not stream. */
export const Whole = z.looseObject({ choices: z.array(z.looseObject({ message: lenient(Delta) })) });

/** `{error: {…}}`, `{error: "…"}`, or flat as older vLLM sends it (`object: "error"`). */
export const ErrorAnswer = z.union([
  z.looseObject({ error: z.union([z.string(), z.looseObject({})]) }),
  z.looseObject({ object: z.literal('error'), message: z.string() }),
  // FastAPI's (Mistral, vLLM) answer to a body that it does not take
  z.looseObject({ detail: z.unknown() }),
]);

export const ErrorFields = z.looseObject({
  message: Text,
  type: Text,
  code: lenient(z.union([z.string(), z.number()])),
  param: Text,
  /** llama.cpp, with type `exceed_context_size_error`. */
  n_prompt_tokens: Count,
  n_ctx: Count,
});
export type ErrorFields = z.output<typeof ErrorFields>;
