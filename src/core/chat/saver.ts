import type { Clock, Disposable } from '../event.ts';

/** Milliseconds between a change and its write, so that a streaming answer is written about once a second. */
const DELAY_MS = 1000;
/** Milliseconds between a failed write and the next attempt: doubled each time, up to a minute. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;

export interface Failed {
  readonly name: string;
  readonly error: unknown;
}

export interface SaverParts {
  /** Writes a file, whole or not at all. */
  readonly write: (name: string, text: string) => Promise<void>;
  readonly clock: Clock;
  /** Called after each attempt: what could not be written and will be tried again; empty when nothing waits. */
  readonly tried: (failed: readonly Failed[]) => void;
}

/** Writes files soon, one after another, and again until it works. What cannot be written keeps no other from it. */
export interface Saver extends Disposable {
  /** What waits to be written under a name, if anything does. */
  waiting(name: string): string | undefined;
  names(): readonly string[];
  /** `text` is asked for when it is written; the last call for a name wins. */
  save(name: string, text: () => string): void;
  /** Resolves when no write of this name is under way or will follow. Returns what takes that back. */
  forget(name: string): Promise<() => void>;
  /** Tries now to write everything that waits. Never rejects. */
  flush(): Promise<void>;
}

export function createSaver({ write, clock, tried }: SaverParts): Saver {
  /** What to write, made into text only when it is written. */
  const waiting = new Map<string, () => string>();
  let timer: Disposable | undefined;
  /** The pause that runs, or the last one; 0 while writing works. */
  let pause = 0;
  let isPause = false;
  let closed = false;
  /** Writes come one after another, so that an older one never lands on a newer one. */
  let writes: Promise<void> = Promise.resolve();

  const disarm = () => {
    timer?.dispose();
    timer = undefined;
    isPause = false;
  };
  const arm = (ms: number) => {
    disarm();
    if (!closed) timer = clock.after(ms, () => void flush());
  };
  const writeAll = async () => {
    if (waiting.size === 0) return;
    const failed: Failed[] = [];
    // Those of now: a file that changes faster than it is written waits for its turn.
    const names = [...waiting.keys()];
    for (const name of names) {
      const text = waiting.get(name);
      if (!text) continue;
      try {
        await write(name, text());
        if (waiting.get(name) === text) waiting.delete(name);
      } catch (error) {
        // It may have been forgotten meanwhile.
        if (waiting.has(name)) failed.push({ name, error });
      }
    }
    if (failed.length === 0) pause = 0;
    else {
      pause = Math.min(pause * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
      if (!timer) {
        arm(pause);
        isPause = true;
      }
    }
    tried(failed);
  };
  const flush = async () => {
    disarm();
    writes = writes.then(writeAll);
    return writes;
  };
  const save = (name: string, text: () => string) => {
    waiting.set(name, text);
    // A change does not wait for the end of a pause.
    if (!timer || isPause) arm(DELAY_MS);
  };
  return {
    waiting: (name) => waiting.get(name)?.(),
    names: () => [...waiting.keys()],
    save,
    async forget(name) {
      const text = waiting.get(name);
      waiting.delete(name);
      await writes;
      return () => {
        if (text && !waiting.has(name)) save(name, text);
      };
    },
    flush,
    dispose() {
      closed = true;
      disarm();
    },
  };
}
