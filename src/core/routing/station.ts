import type { Clock } from '../event.ts';
import type { Endpoint, Model } from '../model.ts';
import { AppError, type Refusal, isRefusal } from '../outcome.ts';
import type { Policy } from '../privacy/policy.ts';
import type { EndpointState, Pace } from './catalog.ts';
import type { Road } from './road.ts';
import { untilAborted } from './untilAborted.ts';

export interface StationParts {
  readonly list: Road['list'];
  readonly hasKey: (endpoint: Endpoint) => Promise<boolean>;
  readonly policy: Pick<Policy, 'forbids'>;
  readonly clock: Clock;
}

/** One server of the catalog: asks it for its models, one request at a time. */
export interface Station {
  readonly endpoint: Endpoint;
  readonly state: EndpointState;
  readonly models: readonly Model[];
  /** Resolves when the server has answered or failed. Never rejects. */
  ask(pace: Pace): Promise<void>;
  close(): void;
}

/** Milliseconds without an answer after which a server counts as slow. */
export const SLOW_MS = 2_000;
/** Milliseconds without an answer after which a server counts as failed. */
export const HUNG_MS = 30_000;
/** Milliseconds for which the list of a cloud is good enough, and after which one that failed is tried again. */
export const CLOUD_FRESH_MS = 600_000;
export const CLOUD_RETRY_MS = 60_000;

export function createStation(endpoint: Endpoint, parts: StationParts, changed: () => void): Station {
  const { clock } = parts;
  let state: EndpointState = { endpoint, state: 'asking' };
  let models: readonly Model[] = [];
  let print = '';
  let running: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  let askedAt = -Infinity;

  const become = (next: EndpointState, found: readonly Model[] = models) => {
    const nextPrint = found === models ? print : fingerprint(found);
    const modelsChanged = nextPrint !== print;
    if (modelsChanged) models = found;
    print = nextPrint;
    const stateChanged = !sameState(state, next);
    if (stateChanged) state = next;
    if (stateChanged || modelsChanged) changed();
  };
  const stop = () => {
    running?.abort.abort();
    running = undefined;
  };
  const forbidden = (): Refusal | undefined => parts.policy.forbids({ name: '', zone: endpoint.zone, endpoint });

  const askNow = async (abort: AbortController): Promise<void> => {
    const { signal } = abort;
    // A server that is known to be dead stays so until it answers: no flicker between its old state and `slow`.
    const slow = clock.after(SLOW_MS, () => {
      if (['asking', 'ready', 'empty'].includes(state.state)) become({ endpoint, state: 'slow' });
    });
    const hung = clock.after(HUNG_MS, () => {
      abort.abort();
      become({ endpoint, state: 'failed', error: new AppError('timedOut', { endpoint }) }, []);
    });
    try {
      const listing = await untilAborted(listOrNoKey(signal), signal);
      if (signal.aborted || !listing) return;
      if (listing === 'needsKey') return become({ endpoint, state: 'needsKey' }, []);
      if (isRefusal(listing)) return become({ endpoint, state: 'forbidden', refusal: listing });
      const version = listing.version === undefined ? {} : { version: listing.version };
      become({ endpoint, state: listing.models.length > 0 ? 'ready' : 'empty', ...version }, sorted(listing.models));
    } catch (cause) {
      const error =
        cause instanceof AppError ? cause : new AppError('badResponse', { endpoint, detail: String(cause), cause });
      if (!signal.aborted) become({ endpoint, state: 'failed', error }, []);
    } finally {
      slow.dispose();
      hung.dispose();
      if (running?.abort === abort) running = undefined;
    }
  };
  const listOrNoKey = async (signal: AbortSignal) => {
    if (endpoint.needsKey && !(await parts.hasKey(endpoint))) return 'needsKey';
    if (signal.aborted) return undefined;
    askedAt = clock.now();
    return parts.list(endpoint, signal);
  };
  const due = () => {
    if (endpoint.zone !== 'cloud' || state.state === 'forbidden' || state.state === 'needsKey') return true;
    return clock.now() - askedAt >= (state.state === 'failed' ? CLOUD_RETRY_MS : CLOUD_FRESH_MS);
  };

  const refusedFirst = forbidden();
  if (refusedFirst) state = { endpoint, state: 'forbidden', refusal: refusedFirst };
  return {
    endpoint,
    get state() {
      return state;
    },
    get models() {
      return models;
    },
    async ask(pace) {
      const refused = forbidden();
      if (refused) {
        stop();
        become({ endpoint, state: 'forbidden', refusal: refused });
        return;
      }
      if (pace === 'gently') {
        if (running) return running.done;
        if (!due()) return;
      }
      stop();
      if (state.state === 'forbidden') become({ endpoint, state: 'asking' });
      const abort = new AbortController();
      // Entered before the work starts, so that its end finds it.
      const done = Promise.resolve().then(() => askNow(abort));
      running = { abort, done };
      await done;
    },
    close: stop,
  };
}

/** In a stable order, each model once. */
function sorted(models: readonly Model[]): readonly Model[] {
  const unique = [...new Map(models.map((model) => [model.id, model])).values()];
  return unique.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function fingerprint(models: readonly Model[]): string {
  return models.length === 0 ? '' : JSON.stringify(models.map((model) => ({ ...model, endpoint: undefined })));
}

function sameState(a: EndpointState, b: EndpointState): boolean {
  if (a.state !== b.state) return false;
  if (a.state === 'failed' && b.state === 'failed') {
    return a.error.kind === b.error.kind && a.error.facts.detail === b.error.facts.detail;
  }
  if (a.state === 'forbidden' && b.state === 'forbidden') return a.refusal.reason === b.refusal.reason;
  if ((a.state === 'ready' || a.state === 'empty') && (b.state === 'ready' || b.state === 'empty')) {
    return a.version === b.version;
  }
  return true;
}
