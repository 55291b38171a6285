import type { Clock, Disposable } from '../event.ts';
import type { Model } from '../model.ts';
import { afterAccepting } from './accept.ts';
import { suggestionFor } from './collector.ts';
import { createCooldown } from './cooldown.ts';
import { type Job, type Spot, shrink, spotOf, whereabouts } from './job.ts';
import { createMeter } from './meter.ts';
import { createPace } from './pace.ts';
import { placeOf } from './place.ts';
import { createPlanner } from './planner.ts';
import { profileOf } from './profiles.ts';
import { createStore } from './reuse.ts';
import type { Run, RunEnd, Send } from './run.ts';
import { agrees, createSlot } from './slot.ts';
import type { Snapshot, SuggestOptions, Suggestion } from './snapshot.ts';
import type { CompletionState } from './state.ts';

export interface EngineParts {
  readonly send: Send;
  readonly clock: Clock;
  readonly onState?: (state: CompletionState) => void;
  /** More lines than those on the screen are ready: asking again at the same place gives them. */
  readonly onMore?: () => void;
}

/**
 * Completions for one window. The latest wish wins and at most one request runs. Order: what is remembered, the request
 * under way if what was typed agrees with it, a new request. Never rejects; failures are states.
 */
export interface Engine {
  /** The document changed and the cursor is here: work starts now, and the wish that follows joins it. */
  prepare(snapshot: Snapshot, model: Model, options: SuggestOptions): void;
  /** Reads the document before it returns, and not later. */
  suggest(
    snapshot: Snapshot,
    model: Model,
    options: SuggestOptions,
    signal: AbortSignal,
  ): Promise<Suggestion | undefined>;
  /** A suggestion stands on the screen. While nothing else is to do, what may follow it is prepared. */
  shown(suggestion: Suggestion): void;
  accepted(suggestion: Suggestion, how: 'whole' | { readonly characters: number }): void;
  rejected(suggestion: Suggestion): void;
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

/** Lines that are ready are shown after so long, in ms since the first text, while more is on its way. */
const PUBLISH_MS = 300;
/** How long a request that nobody waits for runs on, in ms: until the editor has told where the cursor went. */
const GRACE_MS = 40;
/** And after the editor told that typing agrees with it: until the next wish. */
const KEEP_MS = 500;
/** How long a suggestion is on the screen before what follows it is asked for, in ms. */
const AHEAD_MS = 250;
/** How long after accepting, in ms, several lines are wanted. */
const FLOW_MS = 1_000;

/** What the user wants now, whether or not the editor has asked for it yet. */
interface Want {
  job: Job;
  /** What of the running request's text was typed already. */
  typed: string;
  settle?: (suggestion: Suggestion | undefined) => void;
}

export function createEngine({ send, clock, onState, onMore }: EngineParts): Engine {
  const store = createStore();
  const cooldown = createCooldown();
  const meter = createMeter();
  const pace = createPace();
  const planner = createPlanner(meter);
  const slot = createSlot({ send, clock, meter, planner, onText, onEnd });
  let want: Want | undefined;
  /** A request that waits for a pause in typing. */
  let start: Disposable | undefined;
  /** What of the run's text is on the screen. */
  let published: string | undefined;
  /** Whether the run is for what may come after a suggestion on the screen. */
  let ahead = false;
  /** Until when the editor's word, that typing agrees with the run, keeps it running; ms of the clock. */
  let keepUntil = 0;
  let abandonment: Disposable | undefined;
  let publication: Disposable | undefined;
  let prefetch: Disposable | undefined;
  let last: { readonly snapshot: Snapshot; readonly spot: Spot; readonly suggestion: Suggestion } | undefined;
  let accepted = { uri: '', at: -Infinity };
  let state: CompletionState = { state: 'idle' };

  function tell(next: CompletionState): void {
    const same = next.state === state.state && (next.state === 'idle' || next.state === 'generating');
    state = next;
    if (!same) onState?.(next);
  }

  function settle(suggestion: Suggestion | undefined): void {
    const settled = want;
    want = undefined;
    start?.dispose();
    start = undefined;
    settled?.settle?.(suggestion);
  }

  /** Forgets what belonged to the run. */
  function clear(): void {
    published = undefined;
    ahead = false;
    keepUntil = 0;
    abandonment?.dispose();
    publication?.dispose();
  }

  function abort(): void {
    if (!slot.run) return;
    slot.abort();
    clear();
    tell({ state: 'idle' });
  }

  /** Nobody waits: ends the run soon, unless somebody comes. */
  function abandon(ms: number): void {
    abandonment?.dispose();
    if (published !== undefined || ahead) return;
    keepUntil = Math.max(keepUntil, clock.now() + ms);
    abandonment = clock.after(keepUntil - clock.now(), () => {
      if (want?.settle) return;
      settle(undefined);
      abort();
    });
  }

  function begin(job: Job, forLater = false): void {
    abort();
    ahead = forLater;
    start = undefined;
    if (!ahead) tell({ state: 'waiting', model: job.model });
    slot.begin(job);
  }

  function restart(who: Want): void {
    who.typed = '';
    begin(who.job);
    if (!who.settle) abandon(KEEP_MS);
  }

  function onText(run: Run): void {
    if (ahead) return;
    tell({ state: 'generating', model: run.job.model });
    if (!want) return;
    if (!agrees(run.text, want.typed)) restart(want);
    else publish();
  }

  /** Shows whole lines of a run that takes long. */
  function publish(): void {
    const { run } = slot;
    if (!want?.settle || run?.textSince === undefined) return;
    const left = run.textSince + PUBLISH_MS - clock.now();
    if (left > 0) {
      publication?.dispose();
      publication = clock.after(left, publish);
      return;
    }
    const { settled } = run;
    if (!settled.startsWith(want.typed)) return;
    const suggestion = suggestionFor(want.job, settled.slice(want.typed.length), 'model');
    if (!suggestion) return;
    published = settled;
    settle(suggestion);
  }

  function onEnd({ job, textSince, since }: Run, end: RunEnd): void {
    const shown = published;
    const wasAhead = ahead;
    clear();
    if (end.end === 'refused') {
      tell({ state: 'refused', model: job.model, refusal: end.refusal });
      return settle(undefined);
    }
    if (end.end === 'failed' && end.error.kind === 'contextTooLong' && planner.halve(job.model.id)) {
      if (want) return begin(shrink(job, 0.5));
    }
    if (end.text.trim() !== '') store.add(job.base, end.text, job.multiline);
    if (textSince !== undefined) pace.answered(textSince - since);
    if (end.end === 'failed') {
      cooldown.failed(job.model.id, end.error, clock.now());
      if (!wasAhead) tell({ state: 'failed', model: job.model, error: end.error });
      return settle(want && end.text.startsWith(want.typed) ? restFor(want, end.text) : undefined);
    }
    cooldown.succeeded(job.model.id);
    tell({ state: 'idle' });
    if (want) deliver(want, end.text);
    else if (shown !== undefined && end.text.length > shown.length) onMore?.();
  }

  function restFor(who: Want, text: string): Suggestion | undefined {
    return suggestionFor(who.job, text.slice(who.typed.length), 'model');
  }

  function deliver(who: Want, text: string): void {
    const suggestion = text.startsWith(who.typed) ? restFor(who, text) : undefined;
    if (!suggestion && who.typed !== '') restart(who);
    else settle(suggestion);
  }

  function delayOf({ options, model }: Job): number {
    if (options.delayMs !== 'automatic') return options.delayMs;
    return model.zone === 'cloud' ? Math.max(0, pace.last + pace.delay - clock.now()) : 0;
  }

  /** Sends after the delay, or joins the running request. */
  function pursue(who: Want): void {
    const { job } = who;
    const lacksLines = job.options.trigger === 'explicit' && job.multiline && slot.run?.job.multiline === false;
    const typed = lacksLines ? undefined : slot.typedInto(job.base, job.place);
    if (typed !== undefined) {
      who.typed = typed;
      ahead = false;
      keepUntil = 0;
      abandonment?.dispose();
      if (!who.settle) abandon(KEEP_MS);
      return publish();
    }
    abort();
    const { id } = job.model;
    if (job.options.trigger === 'automatic' && cooldown.active(id, clock.now())) return settle(undefined);
    const delay = delayOf(job);
    if (delay > 0) start = clock.after(delay, () => begin(job));
    else begin(job);
    if (!who.settle) abandon(delay + KEEP_MS);
  }

  function spotAt(snapshot: Snapshot, model: Model, options: SuggestOptions): Spot {
    const flows = accepted.uri === snapshot.uri && clock.now() - accepted.at < FLOW_MS;
    return spotOf(snapshot, model, options, flows);
  }

  /** What is known for a spot already. */
  function known(spot: Spot): Suggestion | undefined {
    const needsLines = spot.options.trigger === 'explicit' && spot.multiline;
    const text = store.find(spot.base, spot.place.before, needsLines);
    const ready = text === undefined ? undefined : suggestionFor(spot, text, 'reuse');
    // What may follow goes on while what stands before it is typed.
    if (ready && !ahead && slot.typedInto(spot.base, spot.place) === undefined) abort();
    return ready;
  }

  /** The wish that the editor's change has started already, if this is the same. */
  function preparedFor(spot: Spot): Want | undefined {
    if (!want || want.settle) return undefined;
    const { base, place, options } = want.job;
    const same =
      base.key === spot.base.key &&
      place.before === spot.place.before &&
      place.lineAfter === spot.place.lineAfter &&
      options.trigger === spot.options.trigger;
    return same ? want : undefined;
  }

  function prefetchAfter({ snapshot, spot, suggestion }: NonNullable<typeof last>): void {
    const { model, options } = spot;
    if (slot.run || want || cooldown.active(model.id, clock.now())) return;
    const next = afterAccepting(snapshot, suggestion);
    const there = spotOf(next, model, { ...options, trigger: 'automatic' }, true);
    if (store.find(there.base, there.place.before, false) !== undefined) return;
    const job = planner.plan(there, next);
    if (job) begin(job, true);
  }

  return {
    prepare(snapshot, model, options) {
      pace.key(clock.now());
      prefetch?.dispose();
      settle(undefined);
      const spot = spotAt(snapshot, model, options);
      if (known(spot)) return;
      const job = planner.plan(spot, snapshot);
      if (!job) return abort();
      want = { job, typed: '' };
      pursue(want);
    },
    suggest(snapshot, model, options, signal) {
      prefetch?.dispose();
      if (signal.aborted) {
        settle(undefined);
        abort();
        return Promise.resolve(undefined);
      }
      const spot = spotAt(snapshot, model, options);
      const prepared = preparedFor(spot);
      if (!prepared) {
        settle(undefined);
        const ready = known(spot);
        if (ready) {
          last = { snapshot, spot, suggestion: ready };
          return Promise.resolve(ready);
        }
      }
      const job = prepared ? { ...prepared.job, options } : planner.plan(spot, snapshot);
      if (!job) {
        abort();
        return Promise.resolve(undefined);
      }
      return new Promise((resolve) => {
        const stop = () => {
          if (want !== who) return;
          settle(undefined);
          abandon(GRACE_MS);
        };
        const who: Want = {
          job,
          typed: prepared?.typed ?? '',
          settle(suggestion) {
            signal.removeEventListener('abort', stop);
            if (suggestion) last = { snapshot, spot, suggestion };
            resolve(suggestion);
          },
        };
        want = who;
        signal.addEventListener('abort', stop);
        if (prepared) publish();
        else pursue(who);
      });
    },
    shown(suggestion) {
      if (last?.suggestion !== suggestion || suggestion.model.zone !== 'device') return;
      const current = last;
      prefetch?.dispose();
      prefetch = clock.after(AHEAD_MS, () => prefetchAfter(current));
    },
    accepted({ text }, how) {
      if (how === 'whole' || how.characters >= text.length) {
        accepted = { uri: last?.snapshot.uri ?? '', at: clock.now() };
      }
    },
    rejected() {
      prefetch?.dispose();
    },
    get busy() {
      return slot.run !== undefined || want !== undefined;
    },
    follow({ uri, text, cursor }, model) {
      if (!slot.run && !want) return;
      const place = placeOf(text, cursor);
      const base = whereabouts(uri, model, profileOf(model), place);
      if (!slot.run && want?.job.base.key === base.key && want.job.place.before === place.before) return;
      if (slot.typedInto(base, place) !== undefined) {
        keepUntil = clock.now() + KEEP_MS;
        if (!want?.settle) abandon(KEEP_MS);
        return;
      }
      if (ahead && store.find(base, place.before, false) !== undefined) return;
      prefetch?.dispose();
      settle(undefined);
      abort();
    },
    cancel() {
      prefetch?.dispose();
      settle(undefined);
      abort();
    },
    forgive() {
      cooldown.clear();
      if (state.state === 'failed' || state.state === 'refused') tell({ state: 'idle' });
    },
    dispose() {
      prefetch?.dispose();
      settle(undefined);
      abort();
      store.clear();
    },
  };
}
