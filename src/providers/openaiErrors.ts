import { AppError, type ErrorFacts, type ErrorKind } from '../core/outcome.ts';
import { ErrorAnswer, ErrorFields } from './openaiWire.ts';
import { parseJson } from './wire.ts';

/**
 * What an error of a server with OpenAI's API means. `code` and `type` are structured and come first; texts are looked at
 * only where a known server has nothing else. Sources: platform.openai.com "Error codes" and openapi.json (2026-08-21);
 * vLLM's `ErrorResponse`; llama.cpp's tools/server/README.md.
 */

/** The fields of an error in any of the known forms; `undefined` for JSON that is no error, and for what is no JSON. */
export function errorFields(answer: unknown): ErrorFields | undefined {
  const known = ErrorAnswer.safeParse(answer);
  if (!known.success) return undefined;
  const { data } = known;
  if ('error' in data && typeof data.error === 'string') return { message: data.error };
  if ('error' in data) return ErrorFields.parse(data.error);
  if ('message' in data) return ErrorFields.parse(data);
  return { message: typeof data.detail === 'string' ? data.detail : JSON.stringify(data.detail) };
}

/** `body` is what came with a status that is no success. */
export function openaiError(status: number, body: string, facts: ErrorFacts, retryAfterMs?: number): AppError {
  const fields = errorFields(parseJson(body));
  const all: ErrorFacts = { ...facts, status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  if (fields) return errorOf(fields, all, status);
  const detail = `${String(status)}: ${body.trim().slice(0, 300)}`;
  // A gateway may refuse a key without a word of JSON.
  const kind = status === 401 || status === 429 ? (STATUSES.get(status) ?? 'badResponse') : 'badResponse';
  return new AppError(kind, { ...all, detail });
}

/** `status` is absent for an error within a stream that began with success. */
export function errorOf(fields: ErrorFields, facts: ErrorFacts, status?: number): AppError {
  const { message, code, type, n_prompt_tokens: prompt, n_ctx: limit } = fields;
  const names = new Set([code, type]);
  const byName = NAMES.find(({ name }) => names.has(name))?.kind;
  const byText = TEXTS.find(({ pattern }) => pattern.test(message ?? ''))?.kind;
  // Within a stream vLLM and others put the status into `code`.
  const number = status ?? (typeof code === 'number' ? code : undefined);
  const kind = byName ?? byText ?? STATUSES.get(number ?? 0) ?? 'serverError';
  const tokens = kind === 'contextTooLong' ? tokensOf(message ?? '', prompt, limit) : undefined;
  return new AppError(kind, {
    ...facts,
    detail: message ?? JSON.stringify(fields),
    cause: fields,
    ...(tokens && { tokens }),
  });
}

/**
 * Which of some parameters a server's error says that it does not take: by `param` where the server fills it (OpenAI), else
 * by the text (vLLM, Mistral's closed schemas).
 */
export function refusedParameter<Name extends string>(error: unknown, names: readonly Name[]): Name | undefined {
  if (!(error instanceof AppError) || error.kind !== 'unsupported') return undefined;
  const fields = ErrorFields.safeParse(error.facts.cause);
  if (!fields.success) return undefined;
  const { param, message } = fields.data;
  return (
    names.find((name) => name === param) ?? names.find((name) => new RegExp(`\\b${name}\\b`, 'u').test(message ?? ''))
  );
}

const NAMES: readonly { readonly name: string; readonly kind: ErrorKind }[] = [
  { name: 'context_length_exceeded', kind: 'contextTooLong' },
  { name: 'exceed_context_size_error', kind: 'contextTooLong' },
  { name: 'insufficient_quota', kind: 'unauthorized' }, // 429, but waiting does not help
  { name: 'billing_hard_limit_reached', kind: 'unauthorized' },
  { name: 'invalid_api_key', kind: 'unauthorized' },
  { name: 'authentication_error', kind: 'unauthorized' },
  { name: 'model_not_found', kind: 'modelMissing' },
  { name: 'invalid_model', kind: 'modelMissing' }, // Mistral, with 400
  { name: 'NotFoundError', kind: 'modelMissing' }, // vLLM's type for an unknown model
  { name: 'rate_limit_exceeded', kind: 'rateLimited' },
  { name: 'unsupported_parameter', kind: 'unsupported' },
  { name: 'unsupported_value', kind: 'unsupported' },
  { name: 'not_supported_error', kind: 'unsupported' }, // llama.cpp
  { name: 'unavailable_error', kind: 'busy' }, // llama.cpp while it loads the model
  { name: 'server_overloaded', kind: 'busy' },
  { name: 'overloaded_error', kind: 'busy' },
];

const TEXTS: readonly { readonly pattern: RegExp; readonly kind: ErrorKind }[] = [
  // vLLM (entrypoints/openai/serving_engine.py): type BadRequestError for every mistake; LM Studio: no type at all
  {
    pattern: /maximum context length|context (length|size|window) (of|exceeded)|exceeds? the .*context/iu,
    kind: 'contextTooLong',
  },
  // DeepSeek's 400
  { pattern: /^model not exist/iu, kind: 'modelMissing' },
  // Ollama's and LM Studio's 404 have no code of their own for it
  { pattern: /^(the )?model ['"`].*['"`] (was )?(not found|does not exist)/iu, kind: 'modelMissing' },
  { pattern: /out of memory|insufficient system resources/iu, kind: 'outOfMemory' },
];

const STATUSES: ReadonlyMap<number, ErrorKind> = new Map([
  [400, 'unsupported'],
  [401, 'unauthorized'],
  [402, 'unauthorized'], // DeepSeek: no balance
  [403, 'unauthorized'],
  [404, 'unsupported'], // a route that the server lacks; unknown models have a name of their own above
  [405, 'unsupported'],
  [408, 'timedOut'],
  [413, 'contextTooLong'],
  [422, 'unsupported'],
  [429, 'rateLimited'],
  [501, 'unsupported'],
  [503, 'busy'],
  [504, 'timedOut'],
  [529, 'busy'],
]);

/** OpenAI and vLLM: "maximum context length is 8192 tokens. However, your messages resulted in 9015 tokens". */
function tokensOf(message: string, prompt: number | null | undefined, limit: number | null | undefined) {
  if (typeof prompt === 'number' && typeof limit === 'number') return { prompt, limit };
  const [first, second] = [...message.matchAll(/(\d+)\s+(?:\w+\s+)?tokens/gu)].map(([, digits]) => Number(digits));
  return first !== undefined && second !== undefined && second > first ? { prompt: second, limit: first } : undefined;
}
