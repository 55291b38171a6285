import type { Spot } from './job.ts';

/** How fast somebody types, and how fast a server answers: decides how long to wait before a request that costs money. */
export interface Pace {
  /** A key was struck, at this time in ms. */
  key(now: number): void;
  /** An answer took so long, in ms. */
  answered(ms: number): void;
  /** When the last key was struck. */
  readonly last: number;
  /** Milliseconds without a key that tell a pause from typing. */
  readonly delay: number;
}

const LEAST_MS = 75;
const MOST_MS = 300;
/** Longer gaps are pauses, and say nothing about typing. */
const LONGEST_GAP_MS = 1_000;
const WEIGHT = 0.2;
/** A gap of so many usual ones is a pause. */
const GAPS = 1.5;

/** The rule of Tabby's adaptive debounce: the longer an answer takes anyhow, the less is gained by waiting for certainty. */
export function createPace(): Pace {
  let last = 0;
  let gap = 150;
  let answer = 0;
  return {
    key(now) {
      const since = now - last;
      last = now;
      if (since > 0 && since < LONGEST_GAP_MS) gap += WEIGHT * (since - gap);
    },
    answered(ms) {
      answer += WEIGHT * (ms - answer);
    },
    get last() {
      return last;
    },
    get delay() {
      return Math.min(MOST_MS, Math.max(LEAST_MS, GAPS * gap - answer / 4));
    },
  };
}

/** Milliseconds from now to a request: as the user wants it, or where it costs money, until typing has paused. */
export function delayOf(
  { options, model }: Pick<Spot, 'options' | 'model'>,
  { last, delay }: Pace,
  now: number,
): number {
  if (options.delayMs !== 'automatic') return options.delayMs;
  return model.zone === 'cloud' ? Math.max(0, last + delay - now) : 0;
}
