import { AppError, type ErrorFacts, type ErrorKind } from '../core/outcome.ts';
import { ErrorAnswer, TooLong } from './ollamaWire.ts';
import { parseJson } from './wire.ts';

/**
 * What an error of Ollama means. The server tells most of its errors only by their text; the texts that are known here
 * come from its sources (files of v0.34.0 unless another version is named). Nobody else matches on them.
 */

/** `body` is what came with the status: JSON with an `error`, or anything else. */
export function ollamaError(status: number, body: string, facts: ErrorFacts, retryAfterMs?: number): AppError {
  const answer = ErrorAnswer.safeParse(parseJson(body));
  if (!answer.success || answer.data.error === undefined) return strangeError(status, body, facts);
  const { error, signin_url: signIn } = answer.data;
  const said = messageOf(error);
  const known = ollamaErrorText(said, { ...facts, status }, status);
  if (signIn === undefined && retryAfterMs === undefined) return known;
  return new AppError(known.kind, {
    ...known.facts,
    ...(signIn !== undefined && { detail: `${said}; sign in at ${signIn}` }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** An error that is told only by its text: within a stream that began with status 200, or the `error` of an answer. */
export function ollamaErrorText(said: string, facts: ErrorFacts, status?: number): AppError {
  const nested = TooLong.safeParse(parseJson(said));
  if (nested.success) {
    const { n_prompt_tokens: prompt, n_ctx: limit } = nested.data.error;
    return new AppError('contextTooLong', { ...facts, detail: said, tokens: { prompt, limit } });
  }
  const byText = TEXTS.find(({ pattern }) => pattern.test(said))?.kind;
  return new AppError(byText ?? STATUSES.get(status ?? 0) ?? 'serverError', { ...facts, detail: said });
}

/** The `error` of an answer or of a line as one text. */
export function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') {
    return error.message;
  }
  return JSON.stringify(error);
}

const TEXTS: readonly { readonly pattern: RegExp; readonly kind: ErrorKind }[] = [
  // llm/llama_server.go completionPromptForRequest and normalizeEmbeddingError; runner texts of 0.5 to 0.24
  { pattern: /longer than the context length|exceeds? (the )?(maximum |available )?context/iu, kind: 'contextTooLong' },
  // llm/status.go IsOutOfMemoryMessage; "model requires more system memory" of llm/memory.go up to 0.24
  {
    pattern:
      /out of (device )?memory|(cuda|hip)malloc failed|failed to allocate|allocation failed|(not enough|insufficient) memory|erroroutofmemory|out_of_device_memory|requires more system memory/iu,
    kind: 'outOfMemory',
  },
  // server/sched.go: an old model file under a new server, or the other way round; server/images.go pull: 412
  { pattern: /incompatible with your version of ollama|requires a newer version of ollama/iu, kind: 'unsupported' },
  // llm/llama_server.go Completion, Chat, WaitUntilRunning; "llama runner" up to 0.24
  {
    pattern:
      /model runner has unexpectedly stopped|an error was encountered while running the model|(llama runner|llama-server) process (has terminated|no longer running)/iu,
    kind: 'outOfMemory',
  },
  // server/sched.go ErrMaxQueue
  { pattern: /^server busy/iu, kind: 'busy' },
  // server/images.go errCapabilities, server/routes.go ("does not support thinking", generate, chat)
  { pattern: /does not support|not currently supported|cannot run this remote model/iu, kind: 'unsupported' },
  // internal/cloud/policy.go DisabledError
  { pattern: /^ollama cloud is disabled/iu, kind: 'unsupported' },
  // server/images.go PullModel with a name that the library lacks: 404 becomes os.ErrNotExist
  { pattern: /pull model manifest: file does not exist/iu, kind: 'modelMissing' },
  // server/routes.go; "try pulling it first" of handleScheduleError
  { pattern: /^model ['"].*['"] not found/iu, kind: 'modelMissing' },
  // types/errtypes
  { pattern: /^invalid model name|^unauthorized: unknown ollama key/iu, kind: 'misconfigured' },
  // api/types.go Duration.UnmarshalJSON, api.Options.FromMap: a value of the user's settings
  { pattern: /^time: (missing unit|invalid|unknown unit)|^option ".*" must be of type/iu, kind: 'misconfigured' },
];

/** Statuses that mean the same whatever the text says. */
const STATUSES: ReadonlyMap<number, ErrorKind> = new Map([
  [401, 'unauthorized'],
  [402, 'unauthorized'],
  [403, 'unauthorized'],
  [404, 'modelMissing'],
  [408, 'timedOut'],
  [429, 'rateLimited'],
  [499, 'interrupted'], // server/routes.go handleScheduleError, "request canceled"
  [503, 'busy'],
  [504, 'timedOut'],
]);

/** An answer without Ollama's `error`: a route that this version lacks, a host check, a proxy, or another service. */
function strangeError(status: number, body: string, facts: ErrorFacts): AppError {
  const detail = `${String(status)}: ${body.trim().slice(0, 300)}`;
  // gin's answer to a route that it does not know (github.com/gin-gonic/gin gin.go): an Ollama that is too old
  if (status === 404 && body.trim() === '404 page not found')
    return new AppError('unsupported', { ...facts, status, detail });
  // server/routes.go allowedHostsMiddleware and the CORS check answer 403 without a body
  if (status === 403 && body === '') return new AppError('misconfigured', { ...facts, status, detail });
  return new AppError('badResponse', { ...facts, status, detail });
}
