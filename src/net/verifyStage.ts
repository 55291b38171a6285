import type { Disposable } from '../core/event.ts';
import type { Endpoint, Model } from '../core/model.ts';
import { AppError, isRefusal } from '../core/outcome.ts';
import type { AttemptResult, Arrived, PageTry } from '../core/privacy/verification.ts';
import { type Ask, Clearance, type Policy } from '../core/privacy/policy.ts';
import type { Provider } from '../core/provider.ts';
import { type Door, type DoorParts, createDoor } from './door.ts';
import type { Ledger } from './ledger.ts';
import type { Lookup } from './dialer.ts';
import { type Answer, type Listener, listen } from './verifyListener.ts';

/** What is put to the test: the very parts that serve the user. */
export interface VerifyParts {
  readonly policy: Policy;
  readonly door: Door;
  readonly ledger: Ledger;
  readonly endpoints: () => readonly Endpoint[];
  readonly cloudFetch: typeof globalThis.fetch;
  /** The provider for Ollama's protocol. */
  readonly ollama: Provider;
  /** Has a page of a webview reach for a URL in every way that a page has, and tells what came of each. */
  readonly fromPage?: (url: string, signal: AbortSignal) => Promise<readonly PageTry[]>;
  /** The code that makes doors. Tests give a broken one, to see that it is noticed. */
  readonly makeDoor?: typeof createDoor;
}

/** What an attempt says of itself; what arrived is counted elsewhere. */
export type Outcome = Pick<AttemptResult, 'stoppedBy' | 'instead'> & { readonly alsoArrived?: Arrived };

export interface Stage extends Disposable {
  readonly parts: VerifyParts;
  readonly signal: AbortSignal;
  /** Stands for the outside: nothing may come in here. One serves all attempts, whose stages follow each other. */
  readonly outside: Listener;
  /** Stands for a server that may be asked. */
  inside(answer?: Answer): Promise<Listener>;
  /** A second door of the same code, for servers that the user did not configure. */
  door(given: Partial<Pick<DoorParts, 'policy' | 'ledger'>> & SecondDoor): Door;
  /** Tries to send the harmless text; private, whatever the workspace is. */
  send(ask: Omit<Ask, 'task' | 'sources'>, by?: { readonly policy?: Policy; readonly door?: Door }): Promise<Outcome>;
  /** The next attempt begins: what arrives from now on is another's. */
  end(): void;
  readonly arrived: Arrived;
}

interface SecondDoor {
  readonly endpoints: () => readonly Endpoint[];
  readonly networkHosts?: readonly string[];
  readonly lookup?: Lookup;
}

/** Never anything of the user's. */
export const HARMLESS = '{"note":"Switchyard checks that this text cannot leave."}';
export const PRIVATE: Ask['sources'] = [{ kind: 'taint', level: 'private', of: 'Verify Privacy' }];
/** Milliseconds after which an attempt that nothing stops is given up. */
const PATIENCE_MS = 2000;

export function createStage(parts: VerifyParts, outside: Listener, outer: AbortSignal): Stage {
  const { policy, ledger, cloudFetch, makeDoor = createDoor } = parts;
  const mine: Disposable[] = [];
  const before = { connections: outside.connections, bytes: outside.bytes };
  let after: Arrived | undefined;
  let left = 0;
  mine.push(
    ledger.onDidAppend(({ task, phase, zone, call }) => {
      // A line of another machine's zone that began: whether it arrived there cannot be seen from here.
      if (!after && task === 'verify' && phase === 'begin' && zone !== 'device' && call !== IN_FLIGHT) left += 1;
    }),
  );
  const keep = <T extends Disposable>(part: T): T => {
    mine.push(part);
    return part;
  };
  const signalOf = () => AbortSignal.any([outer, AbortSignal.timeout(PATIENCE_MS)]);

  return {
    parts,
    signal: outer,
    outside,
    inside: async (answer) => keep(await listen(answer)),
    door: ({ endpoints, networkHosts = [], lookup, ...given }) =>
      keep(
        makeDoor({
          policy,
          ledger,
          cloudFetch,
          keys: () => Promise.resolve(undefined),
          endpoints,
          networkHosts: () => networkHosts,
          ...(lookup && { lookup }),
          ...given,
        }),
      ),
    async send(about, { policy: judge = policy, door = parts.door } = {}) {
      const ask: Ask = { task: 'verify', sources: PRIVATE, ...about };
      const cleared = judge.clear(ask);
      if (!(cleared instanceof Clearance)) {
        await door.refused(ask, cleared);
        return stopped(cleared.rule, cleared.reason);
      }
      return outcomeOf(async () => {
        const line = await door.open(cleared);
        const answer = await line.fetch(`${ask.endpoint.url}/verify`, {
          method: 'POST',
          body: HARMLESS,
          signal: signalOf(),
        });
        await answer.text();
        return `It was sent, and answered with status ${answer.status}.`;
      });
    },
    end: () => void (after ??= { connections: outside.connections, bytes: outside.bytes }),
    get arrived() {
      const { connections, bytes } = after ?? outside;
      return { connections: connections - before.connections + left, bytes: bytes - before.bytes };
    },
    dispose() {
      for (const part of mine.toReversed()) part.dispose();
    },
  };
}

/** The one request that is begun on purpose, towards a listener that is called the cloud. */
export const IN_FLIGHT = 'POST /in-flight';

export function stopped(rule: string, reason: string): Outcome {
  return { stoppedBy: { rule, reason } };
}

/** Runs what should be refused. A failure of another kind is no refusal: something else was in the way by chance. */
export async function outcomeOf(run: () => Promise<string>): Promise<Outcome> {
  try {
    return { instead: await run() };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'refused') {
      return stopped(error.facts.rule ?? 'refused', error.facts.detail ?? 'The request was refused.');
    }
    if (isRefusal(error)) return stopped(error.rule, error.reason);
    return { instead: `It was not refused, but failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** An endpoint that a stage makes up. */
export function endpointAt(url: string, facts: Partial<Endpoint> = {}): Endpoint {
  return {
    id: 'verify',
    label: 'The server of this attempt',
    protocol: 'ollama',
    url,
    zone: 'device',
    needsKey: false,
    ...facts,
  };
}

export function modelNamed(name: string, endpoint: Endpoint): Model {
  const abilities = { insert: false, chat: true, tools: false, vision: false, thinking: false };
  return { id: `${endpoint.id}/${name}`, name, endpoint, zone: endpoint.zone, abilities };
}
