import type { Endpoint, Model } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import { isCloudName } from '../core/privacy/cloudName.ts';
import type { Piece, Provider } from '../core/provider.ts';
import { ollamaClient } from './ollamaClient.ts';
import { createLocalForm } from './ollamaLocal.ts';
import { type Details, listModels } from './ollamaModels.ts';
import { type Found, findOllama, takesLocal } from './ollamaSigns.ts';
import { type Call, cancelled, factsOf, underSignal } from './wire.ts';

/**
 * Ollama speaks the protocols of others too, and passes requests on there just as with its own, while the answers tell
 * nothing of it. So every server that is not in the cloud is asked first whether it is one, and its models are then
 * treated as the provider for Ollama treats them.
 */
export interface OllamaWatch {
  /** A provider of another protocol that sends no text to an Ollama unless the model is shown to be local. */
  guard(provider: Provider): Provider;
  /** To be told of a list with entries that only an Ollama has. */
  suspect(endpoint: Endpoint): void;
  /** Looks at a part of an answer before any of it is given; throws a breach. */
  readonly check: (call: Call, part: Signs) => void;
}

/** What tells where an answer of OpenAI's form comes from. */
export interface Signs {
  readonly remote_host?: string | undefined;
  readonly remote_model?: string | undefined;
  readonly system_fingerprint?: string | undefined;
}

/** In every answer that Ollama gives in OpenAI's form (openai/openai.go, v0.34.0). */
const FINGERPRINT = 'fp_ollama';

/** `models`: where the protocol has its list of models, below the endpoint's URL. */
export function createOllamaWatch(models = '/models'): OllamaWatch {
  const known = new Map<string, Found>();
  /** Addresses where an Ollama was seen, and by what; a list is newer than the list before. */
  const seen = new Map<string, 'list' | 'answer'>();
  const localForm = createLocalForm();
  const details: Details = new Map();

  const find = async (call: Call): Promise<Found> => {
    const { url } = call.endpoint;
    const found = await findOllama(call, models, seen.has(url));
    // What could not be told is asked again.
    if (found.is !== 'unknown') known.set(url, found);
    return found;
  };

  /** The name under which a model may be sent a text. Throws `AppError`; nothing but the name was sent. */
  const nameFor = async (call: Call, model: Model): Promise<string> => {
    const refuse = (rule: string, detail: string) =>
      new AppError('refused', { ...factsOf({ ...call, model }), rule, detail });
    if (isCloudName(model.name)) throw refuse('cloudName', 'A model of this name would be asked of the cloud.');
    const found = known.get(call.endpoint.url) ?? (await find(call));
    switch (found.is) {
      case 'other':
        return model.name;
      case 'ollama':
        return localForm.nameFor({ ...call, endpoint: found.native, model: { ...model, endpoint: found.native } });
      case 'closed':
        if (/:local\s*$/iu.test(model.name)) return model.name;
        if (found.local ?? (await takesLocal(call, models, model.name))) return `${model.name}:local`;
        throw refuse('remoteModel', passesOn(call.endpoint));
      case 'unknown':
        throw found.failure;
    }
  };

  const stream = (
    call: Omit<Call, 'model'>,
    model: Model,
    run: (model: Model, signal: AbortSignal) => AsyncIterable<Piece>,
  ): AsyncIterable<Piece> => {
    if (model.zone === 'cloud') return run(model, call.signal);
    return underSignal(call.signal, async function* (signal) {
      let name = model.name;
      try {
        name = await nameFor({ ...call, model, signal }, model);
        yield* run({ ...model, name }, signal);
      } catch (error) {
        if (!cancelled(signal)) {
          // Another server may stand there now.
          known.delete(call.endpoint.url);
          localForm.forget(nativeUrl(call.endpoint));
        }
        throw error instanceof AppError && error.facts.model === name
          ? new AppError(error.kind, { ...error.facts, endpoint: model.endpoint, model: model.name })
          : error;
      }
    });
  };

  /** The zones of the listed models, as what was found has it. */
  const judge = async (call: Call, listed: readonly Model[]): Promise<readonly Model[]> => {
    const { endpoint } = call;
    const found = await find(call);
    const cloud =
      (zoneReason: string) =>
      (model: Model): Model => ({ ...model, zone: 'cloud', zoneReason });
    if (found.is === 'unknown') return listed.map(cloud(untold(endpoint)));
    if (found.is === 'other') {
      return listed.map((model) => (isCloudName(model.name) ? cloud(NAMED)(model) : model));
    }
    // Ollama wraps prompts into its templates here.
    const noHoles = (model: Model): Model => ({ ...model, abilities: { ...model.abilities, insert: false } });
    const entries = listed.map(noHoles);
    if (found.is === 'closed') {
      const local = await anyTakesLocal(call, entries);
      if (local) known.set(endpoint.url, { is: 'closed', local });
      return entries.map((model) => (local && !isCloudName(model.name) ? model : cloud(passesOn(endpoint))(model)));
    }
    const own = await ownList(call, found.native);
    const asOwn = (model: Model): Model => {
      const same = own.find(({ name }) => name === model.name);
      if (!same) return cloud(passesOn(endpoint))(model);
      return { ...model, zone: same.zone, ...(same.zoneReason !== undefined && { zoneReason: same.zoneReason }) };
    };
    return entries.map(asOwn);
  };

  const anyTakesLocal = async (call: Call, listed: readonly Model[]): Promise<boolean> => {
    for (const { name } of listed) {
      if (!isCloudName(name) && (await takesLocal(call, models, name))) return true;
    }
    return false;
  };

  /** What the server says in its own protocol; nothing where it only resembles an Ollama. */
  const ownList = async ({ line, signal }: Call, native: Endpoint): Promise<readonly Model[]> => {
    try {
      const own = await listModels(ollamaClient({ line, endpoint: native, signal }), native, details);
      localForm.sawVersion(native.url, own.version);
      return own.models;
    } catch (error) {
      if (error instanceof AppError && (error.facts.status !== undefined || error.kind === 'badResponse')) return [];
      throw error;
    }
  };

  return {
    guard: (provider) => ({
      ...provider,
      async list(line, endpoint, signal) {
        if (seen.get(endpoint.url) === 'list') seen.delete(endpoint.url);
        const listing = await provider.list(line, endpoint, signal);
        if (endpoint.zone === 'cloud') return listing;
        return { ...listing, models: await judge({ line, endpoint, signal }, listing.models) };
      },
      complete: (line, request, signal) =>
        stream({ line, endpoint: request.model.endpoint, signal }, request.model, (model, inner) =>
          provider.complete(line, { ...request, model }, inner),
        ),
      chat: (line, request, signal) =>
        stream({ line, endpoint: request.model.endpoint, signal }, request.model, (model, inner) =>
          provider.chat(line, { ...request, model }, inner),
        ),
    }),
    suspect: ({ url }) => void seen.set(url, 'list'),
    check(call, { remote_host: host, remote_model: remote, system_fingerprint: fingerprint }) {
      const { endpoint, model } = call;
      if (!model || model.zone === 'cloud') return;
      if (host || remote) {
        throw call.line.breach(
          `${model.name} was answered by ${host ?? 'another server'} (${remote ?? 'unknown model'}).`,
        );
      }
      if (fingerprint !== FINGERPRINT || known.get(endpoint.url)?.is !== 'other') return;
      seen.set(endpoint.url, 'answer');
      throw call.line.breach(`${endpoint.label} is an Ollama that did not say so, and may have passed the request on.`);
    },
  };
}

const NAMED = 'Its name would make an Ollama pass requests on to the cloud.';

function passesOn({ label }: Endpoint): string {
  return `${label} is an Ollama that may pass its requests on to the cloud. Use its own protocol instead.`;
}

function untold({ label }: Endpoint): string {
  return `Whether ${label} is an Ollama, which may pass its requests on to the cloud, could not be told.`;
}

function nativeUrl({ url }: Endpoint): string {
  return url.replace(/\/v1$/u, '');
}
