import type { Endpoint, Model, Protocol } from '../model.ts';
import type { Ask, Clearance, Policy } from '../privacy/policy.ts';
import type {
  ChatRequest,
  CompleteRequest,
  Line,
  Listing,
  ModelKeeper,
  Piece,
  Provider,
  PullProgress,
} from '../provider.ts';
import { AppError, type Refusal, isRefusal } from '../outcome.ts';

export type Sources = Ask['sources'];

/**
 * The one way from a wish to a server: policy, then door, then provider. Everything that wants a model goes along here;
 * whatever the policy refuses comes back as a value and nothing was sent.
 */
export interface Road {
  complete(request: CompleteRequest, sources: Sources, signal: AbortSignal): Promise<AsyncIterable<Piece> | Refusal>;
  chat(request: ChatRequest, sources: Sources, signal: AbortSignal): Promise<AsyncIterable<Piece> | Refusal>;
  list(endpoint: Endpoint, signal: AbortSignal): Promise<Listing | Refusal>;
  load(model: Model, signal: AbortSignal): Promise<Refusal | undefined>;
  unload(model: Model, signal: AbortSignal): Promise<Refusal | undefined>;
  remove(model: Model, signal: AbortSignal): Promise<Refusal | undefined>;
  pull(endpoint: Endpoint, name: string, signal: AbortSignal): Promise<AsyncIterable<PullProgress> | Refusal>;
}

export interface RoadParts {
  readonly policy: Policy;
  /** The door: turns a clearance into a line, or refuses. Each line serves one request of the provider. */
  readonly open: (clearance: Clearance) => Promise<Line>;
  readonly provider: (protocol: Protocol) => Promise<Provider>;
  /** Told of every refusal of the policy, for the ledger. */
  readonly onRefused?: (ask: Ask, refused: Refusal) => unknown;
}

/** Requests without text of the user belong to the window. */
const WINDOW: Sources = [{ kind: 'window' }];

export function createRoad({ policy, open, provider, onRefused }: RoadParts): Road {
  const travel = async <T>(ask: Ask, go: (line: Line, provider: Provider) => T | Promise<T>): Promise<T | Refusal> => {
    const clearance = policy.clear(ask);
    if (isRefusal(clearance)) {
      onRefused?.(ask, clearance);
      return clearance;
    }
    const [line, found] = await Promise.all([open(clearance), provider(ask.endpoint.protocol)]);
    return go(line, found);
  };
  const keep = async (task: 'load' | 'unload' | 'remove', model: Model, signal: AbortSignal) => {
    const ask: Ask = { task, endpoint: model.endpoint, model, sources: WINDOW };
    const outcome = await travel(ask, (line, found) => keeperOf(found, model.endpoint)[task](line, model, signal));
    return isRefusal(outcome) ? outcome : undefined;
  };
  return {
    complete: (request, sources, signal) =>
      travel({ task: 'completion', endpoint: request.model.endpoint, model: request.model, sources }, (line, found) =>
        found.complete(line, request, signal),
      ),
    chat: (request, sources, signal) =>
      travel({ task: 'chat', endpoint: request.model.endpoint, model: request.model, sources }, (line, found) =>
        found.chat(line, request, signal),
      ),
    list: (endpoint, signal) =>
      travel({ task: 'models', endpoint, sources: WINDOW }, (line, found) => found.list(line, endpoint, signal)),
    load: (model, signal) => keep('load', model, signal),
    unload: (model, signal) => keep('unload', model, signal),
    remove: (model, signal) => keep('remove', model, signal),
    pull: (endpoint, name, signal) =>
      travel({ task: 'pull', endpoint, model: { name }, sources: WINDOW }, (line, found) =>
        keeperOf(found, endpoint).pull(line, endpoint, name, signal),
      ),
  };
}

function keeperOf(found: Provider, endpoint: Endpoint): ModelKeeper {
  if (!found.keeper) throw new AppError('unsupported', { endpoint, detail: 'The server keeps no models of its own.' });
  return found.keeper;
}
