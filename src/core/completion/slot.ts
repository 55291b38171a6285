import type { Clock } from '../event.ts';
import { type Job, askOf } from './job.ts';
import type { Meter } from './meter.ts';
import type { Place } from './place.ts';
import type { Planner } from './planner.ts';
import { type Base, typedSince } from './reuse.ts';
import { type Run, type RunEnd, type Send, promptOf, startRun } from './run.ts';

/** The one request that runs, if any. */
export interface Slot {
  readonly run: Run | undefined;
  /** Starts a request in place of the one that runs. */
  begin(job: Job): void;
  /** Characters of a job's prompt that the server has not read with the last one. */
  unread(job: Job): number;
  /** Aborts the request now; nothing more is told of it. */
  abort(): void;
  /** What the user has typed of the run's text; `undefined` when the run does not lead to that place. */
  typedInto(base: Base, place: Place): string | undefined;
}

export interface SlotParts {
  readonly send: Send;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly planner: Pick<Planner, 'sent'>;
  readonly onText: (run: Run) => void;
  /** The slot is free again. */
  readonly onEnd: (run: Run, end: RunEnd) => void;
}

/** No server gives a model up so soon after its last word, in ms. */
const IN_MEMORY_MS = 60_000;
/** How far typing may run ahead of the text that has arrived. */
const TYPED_AHEAD = 32;

export function createSlot({ send, clock, meter, planner, onText, onEnd }: SlotParts): Slot {
  let run: Run | undefined;
  /** What the server has read last. */
  let lastPrompt = '';
  let newCharacters = 0;
  let heard = false;
  /** Who wrote last, and when: that model is in memory, whatever the list of models says. */
  let writer = { id: '', at: -Infinity };

  function abort(): void {
    run?.cancel();
    run = undefined;
  }

  /** The wait for the first text tells how fast a model reads, where the server does not count. */
  function measureWait(from: Run): void {
    if (heard) return;
    heard = true;
    if (from.job.model.loaded) meter.waited(from.job.model.id, newCharacters, clock.now() - from.since);
  }

  return {
    get run() {
      return run;
    },
    begin(job) {
      abort();
      heard = false;
      planner.sent(job);
      const wrote = writer.id === job.model.id && clock.now() - writer.at < IN_MEMORY_MS;
      const listener = {
        onText(from: Run) {
          writer = { id: from.job.model.id, at: clock.now() };
          measureWait(from);
          if (from === run) onText(from);
        },
        onEnd(from: Run, end: RunEnd) {
          if (from !== run) return;
          run = undefined;
          // It reads more slowly than was waited for: the next prompt is shorter.
          if (end.end === 'failed' && end.error.kind === 'timedOut') measureWait(from);
          if (end.end === 'done' && end.usage) meter.counted(job.model.id, from.prompt.length, end.usage);
          onEnd(from, end);
        },
      };
      run = startRun(job, send, clock, listener, wrote);
      newCharacters = run.prompt.length - commonLength(run.prompt, lastPrompt);
      lastPrompt = run.prompt;
    },
    unread(job) {
      const prompt = promptOf(askOf(job));
      return prompt.length - commonLength(prompt, lastPrompt);
    },
    abort,
    typedInto(base, place) {
      if (!run || run.job.base.key !== base.key) return undefined;
      const { text, job } = run;
      // A single line cannot lead beyond its end.
      const fits = (typed: string) => agrees(text, typed) && (job.multiline || !typed.trimStart().includes('\n'));
      return typedSince(job.base, place.before, text.length + TYPED_AHEAD, fits);
    },
  };
}

/** Whether typed text and the text so far can both be beginnings of one text. */
export function agrees(text: string, typed: string): boolean {
  return text.startsWith(typed) || typed.startsWith(text.trimEnd());
}

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
