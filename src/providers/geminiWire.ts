import * as z from 'zod/mini';
import { AppError, type ErrorFacts, type ErrorKind } from '../core/outcome.ts';
import type { Usage } from '../core/provider.ts';
import type { BadAnswer } from './events.ts';
import { lenient } from './lenient.ts';
import { parseJson } from './wire.ts';

/**
 * What the Gemini API sends, as far as it is used here: the references "Generating content" and "Models" of
 * ai.google.dev/api, the guide "Thinking" and google.rpc.Status (cloud.google.com/apis/design/errors); read 2026-11.
 */

const Text = lenient(z.string());
const Count = lenient(z.number().check(z.nonnegative()));

const ModelInfo = z.looseObject({
  /** `models/…` */
  name: z.string(),
  inputTokenLimit: Count,
  supportedGenerationMethods: lenient(z.array(z.string())),
  thinking: lenient(z.boolean()),
});
export type ModelInfo = z.output<typeof ModelInfo>;
export const ModelPage = z.looseObject({ models: lenient(z.array(ModelInfo)), nextPageToken: Text });

const Fault = z.looseObject({
  code: Count,
  message: Text,
  status: Text,
  details: lenient(z.array(z.looseObject({ reason: Text, retryDelay: Text }))),
});

export const Chunk = z.looseObject({
  candidates: lenient(
    z.array(
      z.looseObject({
        content: lenient(
          z.looseObject({ parts: lenient(z.array(z.looseObject({ text: Text, thought: lenient(z.boolean()) }))) }),
        ),
        finishReason: Text,
      }),
    ),
  ),
  promptFeedback: lenient(z.looseObject({ blockReason: Text })),
  usageMetadata: lenient(
    z.looseObject({
      promptTokenCount: Count,
      cachedContentTokenCount: Count,
      candidatesTokenCount: Count,
      thoughtsTokenCount: Count,
    }),
  ),
  error: lenient(Fault),
});
export type Chunk = z.output<typeof Chunk>;

export function usageOf(counts: NonNullable<Chunk['usageMetadata']>): Usage {
  const { promptTokenCount, cachedContentTokenCount, candidatesTokenCount, thoughtsTokenCount } = counts;
  const written = candidatesTokenCount ?? thoughtsTokenCount;
  return {
    ...(promptTokenCount !== undefined && { promptTokens: promptTokenCount }),
    ...(cachedContentTokenCount !== undefined && { cachedTokens: cachedContentTokenCount }),
    // Thoughts are paid for as output, and counted beside it.
    ...(written !== undefined && { outputTokens: (candidatesTokenCount ?? 0) + (thoughtsTokenCount ?? 0) }),
  };
}

export function geminiError({ status, body, retryAfterMs }: BadAnswer, facts: ErrorFacts): AppError {
  const value = parseJson(body);
  const all: ErrorFacts = { ...facts, status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  // Errors of requests for a stream may come as an array of one.
  const answer = z.looseObject({ error: Fault }).safeParse(Array.isArray(value) ? (value[0] as unknown) : value);
  if (answer.success) return errorOf(answer.data.error, all);
  const kind = status === 401 || status === 429 ? (STATUSES.get(status) ?? 'badResponse') : 'badResponse';
  return new AppError(kind, { ...all, detail: `${status}: ${body.trim().slice(0, 300)}` });
}

/** Also for an error within a stream. */
export function errorOf({ code, message, status, details = [] }: z.output<typeof Fault>, facts: ErrorFacts): AppError {
  const said = message ?? status ?? 'no message';
  const delay = details.map(({ retryDelay }) => /^([\d.]+)s$/u.exec(retryDelay ?? '')?.[1]).find(Boolean);
  const all: ErrorFacts = {
    ...facts,
    detail: said,
    cause: { message, param: undefined },
    ...(delay !== undefined && { retryAfterMs: Number(delay) * 1000 }),
  };
  // 400 INVALID_ARGUMENT, like any mistake of a request
  if (details.some(({ reason }) => reason?.startsWith('API_KEY_') === true)) return new AppError('unauthorized', all);
  const [, prompt, limit] = /input token count \(?(\d+)\)? exceeds .*?\(?(\d+)\)?\.?$/u.exec(said) ?? [];
  if (prompt !== undefined && limit !== undefined) {
    return new AppError('contextTooLong', { ...all, tokens: { prompt: Number(prompt), limit: Number(limit) } });
  }
  return new AppError(NAMES.get(status ?? '') ?? STATUSES.get(facts.status ?? code ?? 0) ?? 'serverError', all);
}

const NAMES: ReadonlyMap<string, ErrorKind> = new Map([
  ['INVALID_ARGUMENT', 'unsupported'],
  ['FAILED_PRECONDITION', 'unauthorized'], // the free tier is not there in this country, or billing is off
  ['UNAUTHENTICATED', 'unauthorized'],
  ['PERMISSION_DENIED', 'unauthorized'],
  ['NOT_FOUND', 'modelMissing'],
  ['RESOURCE_EXHAUSTED', 'rateLimited'],
  ['UNAVAILABLE', 'busy'],
  ['DEADLINE_EXCEEDED', 'timedOut'],
]);

const STATUSES: ReadonlyMap<number, ErrorKind> = new Map([
  [400, 'unsupported'],
  [401, 'unauthorized'],
  [403, 'unauthorized'],
  [404, 'modelMissing'],
  [429, 'rateLimited'],
  [503, 'busy'],
  [504, 'timedOut'],
  [529, 'busy'],
]);
