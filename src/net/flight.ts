import type { Disposable } from '../core/event.ts';
import { AppError, type Refusal } from '../core/outcome.ts';
import type { Clearance } from '../core/privacy/policy.ts';

/** One request between its start and its last byte. */
export interface Flight extends Disposable {
  readonly clearance: Clearance;
  /** Aborts with what `cut` was given, or with the reason of the caller's own signal. */
  readonly signal: AbortSignal;
  /** Set when the door ended the request, not the caller. */
  readonly cutBy: Refusal | undefined;
  /** Closes the socket; whoever waits or reads gets an `AppError('refused')`. */
  cut(refusal: Refusal): void;
}

/** Requests in flight, so that a change of level can end them. */
export type Flights = Set<Flight>;

/** Stays in every one of the given sets until it is disposed of. */
export function startFlight(
  flights: readonly Flights[],
  clearance: Clearance,
  caller: AbortSignal | undefined,
): Flight {
  const controller = new AbortController();
  const follow = () => controller.abort(caller?.reason);
  caller?.addEventListener('abort', follow, { once: true });
  let cutBy: Refusal | undefined;
  const flight: Flight = {
    clearance,
    signal: controller.signal,
    get cutBy() {
      return cutBy;
    },
    cut(refusal) {
      if (controller.signal.aborted) return;
      cutBy = refusal;
      controller.abort(refusedError(refusal, clearance));
    },
    dispose() {
      caller?.removeEventListener('abort', follow);
      for (const each of flights) each.delete(flight);
    },
  };
  for (const each of flights) each.add(flight);
  return flight;
}

export function refusedError({ rule, reason }: Refusal, clearance?: Clearance): AppError {
  return new AppError('refused', { rule, detail: reason, ...(clearance && { endpoint: clearance.ask.endpoint }) });
}
