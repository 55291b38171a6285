import type { Measured } from '../builtinWire.ts';
import type { Endpoint, Model, Protocol } from '../model.ts';
import type { Ask, Clearance, Policy } from '../privacy/policy.ts';
import type { Parcel, Screen } from '../privacy/screen.ts';
import type {
  ChatMessage,
  ChatRequest,
  CompleteRequest,
  Line,
  Listing,
  ModelKeeper,
  Piece,
  Provider,
  PullProgress,
} from '../provider.ts';
import { AppError, type Refusal, isRefusal, refusal } from '../outcome.ts';

export type Sources = Ask['sources'];

/**
 * The one way from a wish to a server: policy, then screen, then door, then provider. Everything that wants a model goes
 * along here; whatever the policy refuses or the screen holds (see `isHeld`) comes back as a value and nothing was sent.
 */
export interface Road {
  complete(request: CompleteRequest, sources: Sources, signal: AbortSignal): Promise<AsyncIterable<Piece> | Refusal>;
  /** `task` is `chat` unless another extension asks. */
  chat(
    request: ChatRequest,
    sources: Sources,
    signal: AbortSignal,
    task?: 'chat' | 'api',
  ): Promise<AsyncIterable<Piece> | Refusal>;
  list(endpoint: Endpoint, signal: AbortSignal): Promise<Listing | Refusal>;
  load(model: Model, signal: AbortSignal): Promise<Refusal | undefined>;
  unload(model: Model, signal: AbortSignal): Promise<Refusal | undefined>;
  remove(model: Model, signal: AbortSignal): Promise<Refusal | undefined>;
  pull(endpoint: Endpoint, name: string, signal: AbortSignal): Promise<AsyncIterable<PullProgress> | Refusal>;
  measure(model: Model, signal: AbortSignal): Promise<Measured | Refusal>;
  /** A line to where the built-in engine is fetched from. It carries no text. */
  install(source: Endpoint): Promise<Line | Refusal>;
}

export interface RoadParts {
  readonly policy: Policy;
  /** Looks at the text of every request to a network or a cloud. */
  readonly screen: Pick<Screen, 'inspect'>;
  /** The door: turns a clearance into a line, or refuses. Each line serves one request of the provider. */
  readonly open: (clearance: Clearance) => Promise<Line>;
  readonly provider: (protocol: Protocol) => Promise<Provider>;
  /** Told of every refusal of the policy and the screen, for the ledger. Never told what was found, or where. */
  readonly onRefused?: (ask: Ask, refused: Refusal) => unknown;
}

/** Requests without text of the user belong to the window. */
const WINDOW: Sources = [{ kind: 'window' }];

export function createRoad({ policy, screen, open, provider, onRefused }: RoadParts): Road {
  const refuseTo = (ask: Ask, refused: Refusal) => {
    onRefused?.(ask, refusal(refused.rule, refused.reason));
    return refused;
  };
  const travel = async <T>(
    ask: Ask,
    go: (line: Line, provider: Provider) => T | Promise<T>,
    parcel?: Parcel,
  ): Promise<T | Refusal> => {
    const refuse = (refused: Refusal) => refuseTo(ask, refused);
    const clearance = policy.clear(ask);
    if (isRefusal(clearance)) return refuse(clearance);
    const held = parcel && (await screen.inspect(parcel, clearance.zone));
    if (held) return refuse(held);
    const [line, found] = await Promise.all([open(clearance), provider(ask.endpoint.protocol)]);
    try {
      return await go(line, found);
    } catch (error) {
      throw toldOf(line, error);
    }
  };
  const keep = async (task: 'load' | 'unload' | 'remove', model: Model, signal: AbortSignal) => {
    const ask: Ask = { task, endpoint: model.endpoint, model, sources: WINDOW };
    const outcome = await travel(ask, (line, found) => keeperOf(found, model.endpoint)[task](line, model, signal));
    return isRefusal(outcome) ? outcome : undefined;
  };
  return {
    async complete({ material = [], ...request }, sources, signal) {
      const { model, prompt, suffix = '' } = request;
      const ask: Ask = { task: 'completion', endpoint: model.endpoint, model, sources };
      // In one piece: a secret may have the cursor in it.
      const parcel = { texts: [{ label: 'the prompt', text: prompt + suffix }], material };
      return travel(ask, (line, found) => telling(line, found.complete(line, request, signal)), parcel);
    },
    async chat({ material = [], ...wish }, sources, signal, task = 'chat') {
      const { model } = wish;
      // A copy: what was looked at is what is sent, whatever the asker does meanwhile.
      const messages = wish.messages.map(({ role, text }) => ({ role, text }));
      const ask: Ask = { task, endpoint: model.endpoint, model, sources };
      const parcel = { texts: messages.map(({ role, text }) => ({ label: MESSAGES[role], text })), material };
      return travel(ask, (line, found) => telling(line, found.chat(line, { ...wish, messages }, signal)), parcel);
    },
    list: (endpoint, signal) =>
      travel({ task: 'models', endpoint, sources: WINDOW }, (line, found) => found.list(line, endpoint, signal)),
    load: (model, signal) => keep('load', model, signal),
    unload: (model, signal) => keep('unload', model, signal),
    remove: (model, signal) => keep('remove', model, signal),
    pull: (endpoint, name, signal) =>
      travel({ task: 'pull', endpoint, model: { name }, sources: WINDOW }, (line, found) =>
        telling(line, keeperOf(found, endpoint).pull(line, endpoint, name, signal)),
      ),
    measure: (model, signal) =>
      travel({ task: 'measure', endpoint: model.endpoint, model, sources: WINDOW }, (line, found) => {
        if (!found.measure) throw new AppError('unsupported', { endpoint: model.endpoint, model: model.name });
        return found.measure(line, model, signal);
      }),
    async install(source) {
      const ask: Ask = { task: 'install', endpoint: source, sources: WINDOW };
      const clearance = policy.clear(ask);
      return isRefusal(clearance) ? refuseTo(ask, clearance) : open(clearance);
    },
  };
}

/** Passes a stream on; when it fails, the ledger is told. */
async function* telling<T>(line: Line, pieces: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pieces;
  } catch (error) {
    throw toldOf(line, error);
  }
}

function toldOf(line: Line, error: unknown): unknown {
  if (error instanceof AppError) line.failed(error.kind);
  return error;
}

const MESSAGES: Readonly<Record<ChatMessage['role'], string>> = {
  system: 'the instructions',
  user: 'a message of yours',
  assistant: 'an earlier answer',
};

function keeperOf(found: Provider, endpoint: Endpoint): ModelKeeper {
  if (!found.keeper) throw new AppError('unsupported', { endpoint, detail: 'The server keeps no models of its own.' });
  return found.keeper;
}
