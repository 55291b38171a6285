import { cpus } from 'node:os';

/**
 * How many threads to compute with: the real cores, less those that other programs use just now. llama.cpp's threads wait for
 * each other at every layer, spinning; one that the system has to share with another program holds up all, which makes two
 * threads on a busy machine with two cores up to thirty times slower than one (measured).
 */
export interface Threads {
  /** For the next batch. */
  now(): number;
  /** How long a batch of so many tokens took; a bad surprise means fewer threads for a while. */
  took(tokens: number, ms: number, threads: number): void;
}

export interface Load {
  /** Milliseconds that all cores together were busy, and that this process used, since whenever. */
  readonly busyMs: number;
  readonly ownMs: number;
}

/** Milliseconds between two looks at the machine, and for which a bad surprise counts. */
const LOOK_MS = 500;
const WARY_MS = 10_000;
/** Times slower per token than with one thread that is a bad surprise. */
const SURPRISE = 1.5;
/** Cores that others may use before one is left to them. */
const TOLERATED = 0.25;

export function createThreads(most: number, load: () => Load = readLoad, time = () => performance.now()): Threads {
  let before = { ...load(), at: time() };
  let others = 0;
  let waryUntil = -Infinity;
  /** Milliseconds per token with one thread, lately; by whether a batch has one token or many. */
  const single: { one?: number; many?: number } = {};
  return {
    now() {
      if (most <= 1) return 1;
      const at = time();
      if (at - before.at >= LOOK_MS) {
        const current = load();
        others = Math.max(0, current.busyMs - before.busyMs - (current.ownMs - before.ownMs)) / (at - before.at);
        before = { ...current, at };
      }
      if (at < waryUntil) return 1;
      return Math.max(1, Math.min(most, Math.floor(most - others + TOLERATED)));
    },
    took(tokens, ms, threads) {
      const kind = tokens === 1 ? 'one' : 'many';
      const each = ms / tokens;
      if (threads === 1) single[kind] = single[kind] === undefined ? each : (single[kind] * 3 + each) / 4;
      else if (each > (single[kind] ?? UNSEEN_MS) * SURPRISE) waryUntil = time() + WARY_MS;
    },
  };
}

/** Milliseconds per token that nobody would call a good surprise; where one thread was not tried yet. */
const UNSEEN_MS = 500;

function readLoad(): Load {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const { user, system } = process.cpuUsage();
  return { busyMs, ownMs: (user + system) / 1000 };
}
