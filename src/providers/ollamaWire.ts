import { z } from 'zod';

/**
 * What Ollama sends, as far as it is used here. Sources: `docs/api.md` and `api/types.go` of Ollama v0.34.0; fields that
 * younger or older servers lack are optional. Lists may be `null` (empty slices of older servers).
 */

const Text = z.string().optional().catch(undefined);
const Count = z.number().nonnegative().optional().catch(undefined);
const Texts = z.array(z.string()).nullish().catch(undefined);

/** Present in an answer when another server than the one asked gave it. */
const Remote = { remote_host: Text, remote_model: Text };

const Details = z
  .looseObject({
    family: Text,
    families: Texts,
    parameter_size: Text,
    quantization_level: Text,
    context_length: Count,
  })
  .optional()
  .catch(undefined);

export const TagsAnswer = z.looseObject({
  models: z
    .array(
      z.looseObject({
        name: z.string(),
        digest: Text,
        size: Count,
        details: Details,
        capabilities: Texts,
        ...Remote,
      }),
    )
    .nullable(),
});
export type Tag = NonNullable<z.output<typeof TagsAnswer>['models']>[number];

export const PsAnswer = z.looseObject({
  models: z
    .array(z.looseObject({ name: z.string(), size: Count, size_vram: Count, context_length: Count, ...Remote }))
    .nullable(),
});
export type Running = NonNullable<z.output<typeof PsAnswer>['models']>[number];

export const VersionAnswer = z.looseObject({ version: z.string() });

export const ShowAnswer = z.looseObject({
  template: Text,
  details: Details,
  model_info: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  projector_info: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  capabilities: Texts,
  ...Remote,
});
export type Shown = z.output<typeof ShowAnswer>;

/** One line of an answer to generate, chat or pull, for what is common to all. Times are in nanoseconds. */
export const Frame = z.looseObject({
  error: z.unknown().optional(),
  done: z.boolean().optional(),
  done_reason: Text,
  response: Text,
  thinking: Text,
  message: z.looseObject({ content: Text, thinking: Text }).optional(),
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
export const ErrorAnswer = z.looseObject({ error: z.unknown().optional(), signin_url: Text });

/** What llama.cpp's server says of a prompt that is too long; Ollama passes it on as JSON text within `error`. */
export const TooLong = z.looseObject({
  error: z.looseObject({
    type: z.literal('exceed_context_size_error'),
    n_prompt_tokens: z.number(),
    n_ctx: z.number(),
  }),
});
