import * as z from 'zod/mini';
import { AppError, type ErrorFacts, type ErrorKind } from '../core/outcome.ts';
import type { Usage } from '../core/provider.ts';
import type { BadAnswer } from './events.ts';
import { lenient } from './lenient.ts';
import { parseJson } from './wire.ts';

/**
 * What Anthropic's API sends, as far as it is used here: the pages "Messages", "Streaming messages", "List models" and
 * "Errors" of platform.claude.com/docs, and the types of anthropics/anthropic-sdk-typescript (read 2026-11).
 */

const Text = lenient(z.string());
const Count = lenient(z.number().check(z.nonnegative()));
const Able = lenient(z.looseObject({ supported: lenient(z.boolean()) }));

const ModelInfo = z.looseObject({
  id: z.string(),
  max_input_tokens: Count,
  max_tokens: Count,
  capabilities: lenient(
    z.looseObject({
      image_input: Able,
      thinking: lenient(
        z.looseObject({
          supported: lenient(z.boolean()),
          types: lenient(z.looseObject({ adaptive: Able, enabled: Able })),
        }),
      ),
    }),
  ),
});
export type ModelInfo = z.output<typeof ModelInfo>;
export const ModelPage = z.looseObject({
  data: z.array(ModelInfo),
  has_more: lenient(z.boolean()),
  last_id: Text,
});

const Tokens = lenient(
  z.looseObject({
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
  }),
);
type Tokens = z.output<typeof Tokens>;

const Fault = z.looseObject({ type: Text, message: Text });

/** An event of the stream; unknown types are to be passed over. */
export const StreamEvent = z.looseObject({
  type: z.string(),
  message: lenient(z.looseObject({ usage: Tokens })),
  delta: lenient(z.looseObject({ text: Text, thinking: Text, stop_reason: Text })),
  usage: Tokens,
  error: lenient(Fault),
});
export type StreamEvent = z.output<typeof StreamEvent>;

/** `input_tokens` are those that neither came from the cache nor went into it. */
export function usageOf(tokens: Tokens): Usage {
  if (!tokens) return {};
  const { input_tokens: fresh, cache_read_input_tokens: cached, cache_creation_input_tokens: stored } = tokens;
  return {
    ...(fresh !== undefined && { promptTokens: fresh + (cached ?? 0) + (stored ?? 0) }),
    ...(fresh !== undefined && cached !== undefined && { cachedTokens: cached }),
    ...(tokens.output_tokens !== undefined && { outputTokens: tokens.output_tokens }),
  };
}

export function anthropicError({ status, body, retryAfterMs }: BadAnswer, facts: ErrorFacts): AppError {
  const answer = z.looseObject({ error: Fault }).safeParse(parseJson(body));
  const all: ErrorFacts = { ...facts, status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  if (answer.success) return errorOf(answer.data.error, all);
  // A gateway may refuse without a word of JSON.
  const kind =
    status === 401 || status === 429 || status === 529 ? (STATUSES.get(status) ?? 'badResponse') : 'badResponse';
  return new AppError(kind, { ...all, detail: `${status}: ${body.trim().slice(0, 300)}` });
}

/** Also for an error within a stream, which has no status. */
export function errorOf({ type, message }: z.output<typeof Fault>, facts: ErrorFacts): AppError {
  const said = message ?? type ?? 'no message';
  // "prompt is too long: 205000 tokens > 200000 maximum", of type invalid_request_error
  const [, prompt, limit] = /(\d+) tokens > (\d+) maximum/u.exec(said) ?? [];
  if (prompt !== undefined && limit !== undefined) {
    const tokens = { prompt: Number(prompt), limit: Number(limit) };
    return new AppError('contextTooLong', { ...facts, detail: said, tokens });
  }
  const kind = TYPES.get(type ?? '') ?? STATUSES.get(facts.status ?? 0) ?? 'serverError';
  return new AppError(kind, { ...facts, detail: said, cause: { type, message } });
}

const TYPES: ReadonlyMap<string, ErrorKind> = new Map([
  ['invalid_request_error', 'unsupported'],
  ['authentication_error', 'unauthorized'],
  ['billing_error', 'unauthorized'],
  ['permission_error', 'unauthorized'],
  ['not_found_error', 'modelMissing'],
  ['request_too_large', 'contextTooLong'],
  ['rate_limit_error', 'rateLimited'],
  ['timeout_error', 'timedOut'],
  ['overloaded_error', 'busy'],
]);

const STATUSES: ReadonlyMap<number, ErrorKind> = new Map([
  [400, 'unsupported'],
  [401, 'unauthorized'],
  [402, 'unauthorized'],
  [403, 'unauthorized'],
  [404, 'modelMissing'],
  [413, 'contextTooLong'],
  [429, 'rateLimited'],
  [503, 'busy'],
  [504, 'timedOut'],
  [529, 'busy'],
]);
