import * as z from 'zod/mini';
import type { Usage } from '../core/provider.ts';
import { lenient } from './lenient.ts';

/**
 * What llama.cpp's server sends, as far as it is used here: tools/server/README.md and server-task.cpp of build b10760
 * (2026-11), compared with the answers of that server.
 */

const Text = lenient(z.string());
const Count = lenient(z.number().check(z.nonnegative()));

const Entry = z.looseObject({
  id: z.string(),
  meta: lenient(
    z.looseObject({
      n_ctx: Count,
      n_ctx_train: Count,
      n_params: Count,
      /** Bytes. */
      size: Count,
      ftype: Text,
    }),
  ),
  /** Of a router, which starts servers for its models. */
  status: lenient(z.looseObject({ value: Text })),
});
export type Entry = z.output<typeof Entry>;
export const Entries = z.looseObject({ data: z.array(Entry) });

export const Props = z.looseObject({
  default_generation_settings: lenient(z.looseObject({ n_ctx: Count })),
  total_slots: Count,
  chat_template: Text,
  modalities: lenient(z.looseObject({ vision: lenient(z.boolean()) })),
  build_info: Text,
});
export type Props = z.output<typeof Props>;

/** A piece of an answer of `/completion` or `/infill`; the last one has `stop: true`. */
export const Piece = z.looseObject({
  content: Text,
  stop: lenient(z.boolean()),
  /** `eos`, `limit`, `word` or `none`. */
  stop_type: Text,
  /** Whether a part of the prompt was left out. */
  truncated: lenient(z.boolean()),
  timings: lenient(
    z.looseObject({
      cache_n: Count,
      prompt_n: Count,
      prompt_ms: Count,
      predicted_n: Count,
      predicted_ms: Count,
    }),
  ),
});
export type Piece = z.output<typeof Piece>;

/** `prompt_n` are the tokens that were read for this request, without the cached ones. */
export function usageOf({ timings }: Piece): Usage {
  if (!timings) return {};
  const { cache_n: cached, prompt_n: read, prompt_ms, predicted_n, predicted_ms } = timings;
  return {
    ...(read !== undefined && { promptTokens: read + (cached ?? 0) }),
    ...(cached !== undefined && { cachedTokens: cached }),
    ...(predicted_n !== undefined && { outputTokens: predicted_n }),
    ...(prompt_ms !== undefined && { promptMs: prompt_ms }),
    ...(predicted_ms !== undefined && { outputMs: predicted_ms }),
  };
}
