import type { Clock, Disposable } from '../../../src/core/event.ts';

/**
 * How long a model server with one slot takes: llama.cpp's server as Ollama runs it. The prompt shares its beginning with
 * what the slot holds, what was generated included; the rest is evaluated in batches; then one token after the other comes.
 */
export interface Speed {
  /** Prompt tokens and output tokens per second. */
  readonly prefill: number;
  readonly decode: number;
}

export interface Work {
  readonly prompt: readonly string[];
  /** Output tokens, made when they are wanted; ends where the model ends. */
  readonly output: Iterator<string>;
  onToken(token: string): void;
  onEnd(reason: 'stop' | 'length'): void;
  readonly maxTokens: number;
}

/** What one piece of work cost. */
export interface Cost {
  readonly promptTokens: number;
  cachedTokens: number;
  evaluatedTokens: number;
  outputTokens: number;
  promptMs: number;
  outputMs: number;
  /** Milliseconds of the clock; `undefined` while that has not come. */
  startedAt: number | undefined;
  firstTokenAt: number | undefined;
  endedAt: number | undefined;
}

export interface Job {
  readonly cost: Cost;
  /** The client has gone. Noticed at once while it waits, at the next token, and in a prompt only at the next poll. */
  cancel(): void;
}

export interface Machine {
  submit(work: Work): Job;
}

/** Prompt tokens per batch; llama-server looks for cancelled tasks between two. */
const BATCH = 512;
/** Milliseconds between looks at the connection while a prompt is evaluated (`HTTP_POLLING_SECONDS`). */
const POLL_MS = 1_000;

export function createMachine(clock: Clock, speed: Speed): Machine {
  let slot: string[] = [];
  const queue: (() => void)[] = [];
  let busy = false;

  function next(): void {
    busy = false;
    const start = queue.shift();
    if (!start) return;
    busy = true;
    start();
  }

  return {
    submit(work) {
      const { prompt } = work;
      const cost: Cost = {
        promptTokens: prompt.length,
        cachedTokens: 0,
        evaluatedTokens: 0,
        outputTokens: 0,
        promptMs: 0,
        outputMs: 0,
        startedAt: undefined,
        firstTokenAt: undefined,
        endedAt: undefined,
      };
      let cancelled = false;
      let decoding = false;
      let noticed = false;
      let poll: Disposable | undefined;

      const end = (reason?: 'stop' | 'length') => {
        poll?.dispose();
        cost.endedAt = clock.now();
        if (reason && !cancelled) work.onEnd(reason);
        next();
      };
      const start = () => {
        cost.startedAt = clock.now();
        const shared = commonLength(slot, prompt);
        // The last token is evaluated in any case: the first token of the answer follows from it.
        cost.cachedTokens = Math.min(shared, prompt.length - 1);
        slot = slot.slice(0, cost.cachedTokens);
        const look = () => {
          if (cancelled) noticed = true;
          else if (!decoding) poll = clock.after(POLL_MS, look);
        };
        poll = clock.after(POLL_MS, look);
        batch();
      };
      const batch = () => {
        const from = slot.length;
        const count = Math.min(BATCH, prompt.length - from);
        clock.after((count / speed.prefill) * 1000, () => {
          slot.push(...prompt.slice(from, from + count));
          cost.evaluatedTokens += count;
          cost.promptMs = clock.now() - (cost.startedAt ?? 0);
          if (noticed) end();
          else if (slot.length < prompt.length) batch();
          else {
            decoding = true;
            token();
          }
        });
      };
      const token = () => {
        clock.after(1000 / speed.decode, () => {
          if (cancelled) return end();
          const made = work.output.next();
          if (made.done === true) return end('stop');
          cost.outputTokens++;
          cost.firstTokenAt ??= clock.now();
          cost.outputMs = clock.now() - (cost.startedAt ?? 0) - cost.promptMs;
          slot.push(made.value);
          work.onToken(made.value);
          if (cost.outputTokens >= work.maxTokens) end('length');
          else token();
        });
      };

      queue.push(start);
      if (!busy) next();
      return {
        cost,
        cancel() {
          cancelled = true;
          const waiting = queue.indexOf(start);
          if (waiting < 0) return;
          queue.splice(waiting, 1);
          cost.endedAt = clock.now();
        },
      };
    },
  };
}

export function commonLength(a: readonly string[], b: readonly string[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
