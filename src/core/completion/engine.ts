import type { Clock, Disposable } from '../event.ts';
import type { Model, ModelId } from '../model.ts';
import { createCooldown } from './cooldown.ts';
import { type Job, plan, shrink, suggestionFor, whereabouts } from './job.ts';
import { type Place, placeOf } from './place.ts';
import { profileOf } from './profiles.ts';
import { type Base, createStore, typedSince } from './reuse.ts';
import { type Run, type RunEnd, type Send, startRun } from './run.ts';
import type { Snapshot, SuggestOptions, Suggestion } from './snapshot.ts';
import type { CompletionState } from './state.ts';

export interface EngineParts {
  readonly send: Send;
  readonly clock: Clock;
  readonly onState?: (state: CompletionState) => void;
}

/**
 * Completions for one window. The latest wish wins and at most one request runs. Order: what is remembered, the request
 * under way if what was typed agrees with it, a new request. Never rejects; failures are states.
 */
export interface Engine {
  /** Reads the document before it returns, and not later. */
  suggest(
    snapshot: Snapshot,
    model: Model,
    options: SuggestOptions,
    signal: AbortSignal,
  ): Promise<Suggestion | undefined>;
  /** Whether `follow` has something to do. */
  readonly busy: boolean;
  /** Tells where the cursor is now. A request that does not lead there is aborted at once. */
  follow(snapshot: Pick<Snapshot, 'uri' | 'text' | 'cursor'>, model: Model): void;
  /** Aborts everything under way. */
  cancel(): void;
  /** Something changed that may have mended a failure: automatic requests may go out again. */
  forgive(): void;
  dispose(): void;
}

/** How far typing may run ahead of the text that has arrived. */
const TYPED_AHEAD = 32;
/** Lines that are ready are shown after so long, in ms since the first text, while more is on its way. */
const PUBLISH_MS = 1_000;
/** How long a request that nobody waits for runs on, in ms: until the editor has told where the cursor went. */
const GRACE_MS = 40;
/** And after the editor told that typing agrees with it: until the next wish. */
const KEEP_MS = 500;

interface Waiter {
  readonly job: Job;
  /** What of the running request's text was typed already. */
  typed: string;
  settle(suggestion: Suggestion | undefined): void;
}

export function createEngine({ send, clock, onState }: EngineParts): Engine {
  const store = createStore();
  const cooldown = createCooldown();
  const halved = new Set<ModelId>();
  let run: Run | undefined;
  let waiter: Waiter | undefined;
  /** Whether lines of the run are on the screen. */
  let published = false;
  /** Until when the editor's word, that typing agrees with the run, keeps it running; ms of the clock. */
  let keepUntil = 0;
  let abandonment: Disposable | undefined;
  let publication: Disposable | undefined;
  let state: CompletionState = { state: 'idle' };

  function tell(next: CompletionState): void {
    const same = next.state === state.state && (next.state === 'idle' || next.state === 'generating');
    state = next;
    if (!same) onState?.(next);
  }

  function settle(suggestion: Suggestion | undefined): void {
    const settled = waiter;
    waiter = undefined;
    settled?.settle(suggestion);
  }

  function drop(): void {
    run = undefined;
    published = false;
    keepUntil = 0;
    abandonment?.dispose();
    publication?.dispose();
  }

  function abort(): void {
    if (!run) return;
    run.cancel();
    drop();
    tell({ state: 'idle' });
  }

  /** Nobody waits for the run: ends it soon, unless somebody comes. */
  function abandon(): void {
    if (!run || waiter || published) return;
    abandonment?.dispose();
    const after = Math.max(GRACE_MS, keepUntil - clock.now());
    abandonment = clock.after(after, () => {
      if (!waiter) abort();
    });
  }

  function begin(job: Job): void {
    abort();
    tell({ state: 'waiting', model: job.model });
    run = startRun(job, send, clock, { onText, onEnd });
  }

  function restart(who: Waiter): void {
    who.typed = '';
    begin(who.job);
  }

  function onText(from: Run): void {
    if (from !== run) return;
    tell({ state: 'generating', model: from.job.model });
    if (!waiter) return;
    if (!agrees(from.text, waiter.typed)) restart(waiter);
    else publish();
  }

  /** Shows whole lines of a run that takes long. */
  function publish(): void {
    if (!waiter || run?.textSince === undefined) return;
    const left = run.textSince + PUBLISH_MS - clock.now();
    if (left > 0) {
      publication?.dispose();
      publication = clock.after(left, publish);
      return;
    }
    const { settled } = run;
    if (!settled.startsWith(waiter.typed)) return;
    const suggestion = suggestionFor(waiter.job, settled.slice(waiter.typed.length), 'model');
    if (!suggestion) return;
    published = true;
    settle(suggestion);
  }

  function onEnd(from: Run, end: RunEnd): void {
    if (from !== run) return;
    drop();
    const { job } = from;
    if (end.end === 'refused') {
      tell({ state: 'refused', model: job.model, refusal: end.refusal });
      return settle(undefined);
    }
    if (end.end === 'failed' && end.error.kind === 'contextTooLong' && !halved.has(job.model.id)) {
      halved.add(job.model.id);
      if (waiter) return begin(shrink(job, 0.5));
    }
    if (end.text.trim() !== '') store.add(job.base, end.text, job.multiline);
    if (end.end === 'done') {
      cooldown.succeeded(job.model.id);
      tell({ state: 'idle' });
      deliver(end.text);
    } else {
      cooldown.failed(job.model.id, end.error, clock.now());
      tell({ state: 'failed', model: job.model, error: end.error });
      settle(waiter && end.text.startsWith(waiter.typed) ? shown(waiter, end.text) : undefined);
    }
  }

  function shown(who: Waiter, text: string): Suggestion | undefined {
    return suggestionFor(who.job, text.slice(who.typed.length), 'model');
  }

  function deliver(text: string): void {
    if (!waiter) return;
    const suggestion = text.startsWith(waiter.typed) ? shown(waiter, text) : undefined;
    if (!suggestion && waiter.typed !== '') restart(waiter);
    else settle(suggestion);
  }

  /** What was typed into the running request's text; `undefined` when the cursor is not there. */
  function typedInto(base: Base, place: Place): string | undefined {
    if (!run || run.job.base.key !== base.key) return undefined;
    const { text, job } = run;
    // A single line cannot lead beyond its end.
    const fits = (typed: string) => agrees(text, typed) && (job.multiline || !typed.trimStart().includes('\n'));
    return typedSince(job.base, place.before, text.length + TYPED_AHEAD, fits);
  }

  /** Sends after the delay, or attaches to the running request. */
  function pursue(who: Waiter): Disposable | undefined {
    const { job } = who;
    const lacksLines = job.options.trigger === 'explicit' && job.multiline && run?.job.multiline === false;
    const typed = lacksLines ? undefined : typedInto(job.base, job.place);
    if (typed !== undefined) {
      who.typed = typed;
      keepUntil = 0;
      abandonment?.dispose();
      publish();
      return undefined;
    }
    abort();
    if (job.options.trigger === 'automatic' && cooldown.active(job.model.id, clock.now())) {
      settle(undefined);
      return undefined;
    }
    if (job.options.delayMs > 0) return clock.after(job.options.delayMs, () => begin(job));
    begin(job);
    return undefined;
  }

  return {
    suggest(snapshot, model, options, signal) {
      settle(undefined);
      const job = signal.aborted ? undefined : plan(snapshot, model, options, halved.has(model.id) ? 0.5 : 1);
      if (!job) {
        abort();
        return Promise.resolve(undefined);
      }
      const needsLines = options.trigger === 'explicit' && job.multiline;
      const known = store.find(job.base, job.place.before, needsLines);
      const ready = known === undefined ? undefined : suggestionFor(job, known, 'reuse');
      if (ready) {
        if (typedInto(job.base, job.place) === undefined) abort();
        return Promise.resolve(ready);
      }
      return new Promise((resolve) => {
        let delay: Disposable | undefined;
        const stop = () => {
          if (waiter !== who) return;
          settle(undefined);
          abandon();
        };
        const who: Waiter = {
          job,
          typed: '',
          settle(suggestion) {
            delay?.dispose();
            signal.removeEventListener('abort', stop);
            resolve(suggestion);
          },
        };
        waiter = who;
        signal.addEventListener('abort', stop);
        delay = pursue(who);
      });
    },
    get busy() {
      return run !== undefined;
    },
    follow({ uri, text, cursor }, model) {
      if (!run) return;
      const place = placeOf(text, cursor);
      const base = whereabouts(uri, model, profileOf(model), place);
      if (typedInto(base, place) === undefined) {
        settle(undefined);
        abort();
      } else {
        keepUntil = clock.now() + KEEP_MS;
        abandon();
      }
    },
    cancel() {
      settle(undefined);
      abort();
    },
    forgive() {
      cooldown.clear();
      if (state.state === 'failed' || state.state === 'refused') tell({ state: 'idle' });
    },
    dispose() {
      settle(undefined);
      abort();
      store.clear();
    },
  };
}

/** Whether typed text and the text so far can both be beginnings of one text. */
function agrees(text: string, typed: string): boolean {
  return text.startsWith(typed) || typed.startsWith(text.trimEnd());
}
