import type { ModelId } from '../model.ts';
import type { AppError, ErrorKind } from '../outcome.ts';

/** Keeps automatic requests away from a server that has just failed, so that not every key is another failure. */
export interface Cooldown {
  failed(id: ModelId, error: AppError, now: number): void;
  succeeded(id: ModelId): void;
  /** Whether automatic requests should wait. */
  active(id: ModelId, now: number): boolean;
  /** Forgets everything: something was changed that may have mended it. */
  clear(): void;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Failures that last until somebody does something. */
const LASTING_MS = 10_000;
/** Failures of one request that say nothing about the next. */
const PASSING: ReadonlySet<ErrorKind> = new Set(['interrupted', 'timedOut', 'contextTooLong', 'badResponse']);
const CROWDED: ReadonlySet<ErrorKind> = new Set(['busy', 'rateLimited', 'serverError']);

export function createCooldown(): Cooldown {
  const until = new Map<ModelId, { readonly time: number; readonly failures: number }>();
  return {
    failed(id, error, now) {
      if (PASSING.has(error.kind)) return;
      const failures = (until.get(id)?.failures ?? 0) + 1;
      until.set(id, { time: now + length(error, failures), failures });
    },
    succeeded: (id) => void until.delete(id),
    active: (id, now) => (until.get(id)?.time ?? 0) > now,
    clear: () => until.clear(),
  };
}

/** Milliseconds. */
function length(error: AppError, failures: number): number {
  if (!CROWDED.has(error.kind)) return LASTING_MS;
  return error.facts.retryAfterMs ?? Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
}
