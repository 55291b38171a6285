import type { Endpoint } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import { VersionAnswer } from './ollamaWire.ts';
import { errorFields, openaiError } from './openaiErrors.ts';
import { ModelEntry } from './openaiWire.ts';
import { type Call, factsOf, parseJson, retryAfterMs, send, textOf } from './wire.ts';

/** What a server of another protocol turned out to be. */
export type Found =
  | { readonly is: 'other' }
  /** An Ollama with its own protocol, at `native`. */
  | { readonly is: 'ollama'; readonly native: Endpoint }
  /** An Ollama whose own protocol something in front of it keeps closed. `local`: it is known to take `model:local`. */
  | { readonly is: 'closed'; readonly local?: true }
  /** The server answered with failures only. */
  | { readonly is: 'unknown'; readonly failure: AppError };

interface Said {
  /** As JSON, where it is some. */
  readonly value?: unknown;
  /** Present when the answer is no success. */
  readonly failure?: AppError;
}

/** Longest answer that is read, in characters. */
const LIMIT = 65_536;
/** Not a name that anybody has. */
const NO_MODEL = 'no-such-model:local';
/**
 * What servers without a route answer: vLLM (FastAPI), llama.cpp and Ollama's gin say 404, LM Studio says 200 with an error.
 * A server that wants a key, or fails, says nothing about its routes.
 */
const NO_ROUTE = new Set([400, 404, 405, 410, 501]);

/**
 * Asks by what an Ollama cannot hide: its version (`/api/version`, in every version of docs/api.md), and where something in
 * front of it lets only other protocols through, its words for a model that it lacks (`NewError` of openai/openai.go and
 * ShowHandler of server/routes.go, v0.34.0; compared with that server). `models` is the path of the list of models.
 * Throws `AppError`, or the signal's reason when it was aborted.
 */
export async function findOllama(call: Call, models: string, suspected: boolean): Promise<Found> {
  const { endpoint } = call;
  const native = { ...endpoint, url: endpoint.url.replace(/\/v1$/u, '') };
  const version = await ask(call, `${native.url}/api/version`);
  if (!version.failure && VersionAnswer.safeParse(version.value).success) return { is: 'ollama', native };
  if (suspected) return { is: 'closed' };
  const missing = await ask(call, modelUrl(call, models, NO_MODEL));
  const { type, message } = errorFields(missing.value) ?? {};
  if (type === 'not_found_error' && /^model ['"]no-such-model(:\w+)*['"] not found/u.test(message ?? '')) {
    return { is: 'closed' };
  }
  const failure = version.failure && isNoRoute(version.failure) ? undefined : version.failure && missing.failure;
  return failure && !isNoRoute(failure) ? { is: 'unknown', failure } : { is: 'other' };
}

/** Whether a server answers for a model under the name that keeps it local, as an Ollama since `internal/modelref` does. */
export async function takesLocal(call: Call, models: string, name: string): Promise<boolean> {
  const local = `${name}:local`;
  const said = await ask(call, modelUrl(call, models, local));
  const entry = ModelEntry.safeParse(said.value);
  return !said.failure && entry.success && entry.data.id === local;
}

function modelUrl({ endpoint }: Call, models: string, name: string): string {
  return `${endpoint.url}${models}/${encodeURIComponent(name)}`;
}

async function ask(call: Call, url: string): Promise<Said> {
  try {
    const response = await send(call, url, {});
    const { status, ok, headers } = response;
    const text = await textOf(call, response, LIMIT);
    const value = parseJson(text);
    return ok ? { value } : { value, failure: openaiError(status, text, factsOf(call), retryAfterMs(headers)) };
  } catch (error) {
    // A redirect, which the door refuses.
    if (error instanceof AppError && (error.facts.status !== undefined || error.facts.rule === 'redirect')) {
      return { failure: error };
    }
    throw error;
  }
}

function isNoRoute({ facts: { status } }: AppError): boolean {
  return status !== undefined && NO_ROUTE.has(status);
}
