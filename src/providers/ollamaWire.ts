import * as z from 'zod/mini';
import type { Usage } from '../core/provider.ts';
import { lenient } from './lenient.ts';

/**
 * What Ollama sends, as far as it is used here. Sources: `docs/api.md` and `api/types.go` of Ollama v0.34.0; fields that
 * younger or older servers lack are optional. Lists may be `null` (empty slices of older servers).
 */

const Text = lenient(z.string());
const Count = lenient(z.number().check(z.nonnegative()));
const Texts = lenient(z.array(z.string()));
const Facts = lenient(z.record(z.string(), z.unknown()));

/** Present in an answer when another server than the one asked gave it. */
const Remote = { remote_host: Text, remote_model: Text };

const Details = lenient(
  z.looseObject({
    family: Text,
    families: Texts,
    parameter_size: Text,
    quantization_level: Text,
    context_length: Count,
  }),
);

export const TagsAnswer = z.looseObject({
  models: z.nullable(
    z.array(
      z.looseObject({
        name: z.string(),
        digest: Text,
        size: Count,
        details: Details,
        capabilities: Texts,
        ...Remote,
      }),
    ),
  ),
});
export type Tag = NonNullable<z.output<typeof TagsAnswer>['models']>[number];

export const PsAnswer = z.looseObject({
  models: z.nullable(
    z.array(z.looseObject({ name: z.string(), size: Count, size_vram: Count, context_length: Count, ...Remote })),
  ),
});
export type Running = NonNullable<z.output<typeof PsAnswer>['models']>[number];

export const VersionAnswer = z.looseObject({ version: z.string() });

export const ShowAnswer = z.looseObject({
  template: Text,
  details: Details,
  model_info: Facts,
  projector_info: Facts,
  capabilities: Texts,
  ...Remote,
});
export type Shown = z.output<typeof ShowAnswer>;

/** One line of an answer to generate, chat or pull, for what is common to all. Times are in nanoseconds. */
export const Frame = z.looseObject({
  error: z.optional(z.unknown()),
  done: z.optional(z.boolean()),
  done_reason: Text,
  response: Text,
  thinking: Text,
  message: z.optional(z.looseObject({ content: Text, thinking: Text })),
  load_duration: Count,
  prompt_eval_count: Count,
  prompt_eval_cached_count: Count,
  prompt_eval_duration: Count,
  eval_count: Count,
  eval_duration: Count,
  status: Text,
  total: Count,
  completed: Count,
  ...Remote,
});
export type Frame = z.output<typeof Frame>;

/** `error` is text, or an object in answers that were passed through from another server. */
export const ErrorAnswer = z.looseObject({ error: z.optional(z.unknown()), signin_url: Text });

/** What llama.cpp's server says of a prompt that is too long; Ollama passes it on as JSON text within `error`. */
export const TooLong = z.looseObject({
  error: z.looseObject({
    type: z.literal('exceed_context_size_error'),
    n_prompt_tokens: z.number(),
    n_ctx: z.number(),
  }),
});

/** Nanoseconds become milliseconds. `prompt_eval_count` includes the cached tokens, the duration does not. */
export function usageOf(frame: Frame): Usage {
  const ms = (ns: number) => ns / 1e6;
  return {
    ...(frame.prompt_eval_count !== undefined && { promptTokens: frame.prompt_eval_count }),
    ...(frame.prompt_eval_cached_count !== undefined && { cachedTokens: frame.prompt_eval_cached_count }),
    ...(frame.eval_count !== undefined && { outputTokens: frame.eval_count }),
    ...(frame.load_duration !== undefined && { loadMs: ms(frame.load_duration) }),
    ...(frame.prompt_eval_duration !== undefined && { promptMs: ms(frame.prompt_eval_duration) }),
    ...(frame.eval_duration !== undefined && { outputMs: ms(frame.eval_duration) }),
  };
}
