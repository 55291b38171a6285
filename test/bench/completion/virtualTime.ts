import type { Clock } from '../../../src/core/event.ts';

/** A clock whose time passes only when nothing is left to do: what the machine is busy with has no part in a figure. */
export interface VirtualTime extends Clock {
  /** Runs everything that is due, in order, until there is nothing more or `until` (ms of the clock) has come. */
  run(until?: number): Promise<void>;
}

interface Timer {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
  live: boolean;
}

const START = 1_000_000;

export function createVirtualTime(): VirtualTime {
  let now = START;
  let order = 0;
  /** A binary heap, earliest first; equal times in the order in which they were asked for. */
  const heap: Timer[] = [];
  const before = (a: Timer, b: Timer) => a.time < b.time || (a.time === b.time && a.order < b.order);

  function push(timer: Timer): void {
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || !before(timer, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = timer;
  }

  function pop(): Timer | undefined {
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      let child = heap[down];
      const other = heap[down + 1];
      if (child && other && before(other, child)) {
        down++;
        child = other;
      }
      if (!child || !before(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
    return first;
  }

  return {
    now: () => now,
    after(ms, run) {
      const timer: Timer = { time: now + Math.max(0, ms), order: order++, run, live: true };
      push(timer);
      return {
        dispose() {
          timer.live = false;
        },
      };
    },
    async run(until = Infinity) {
      await settled();
      for (;;) {
        const [next] = heap;
        if (!next || next.time > until) break;
        pop();
        if (!next.live) continue;
        now = Math.max(now, next.time);
        next.run();
        await settled();
      }
      if (until !== Infinity) now = Math.max(now, until);
    },
  };
}

/** Lets every promise that is ready run on. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
