import type { Clock, Disposable } from '../event.ts';
import type { Model } from '../model.ts';
import { afterAccepting } from './accept.ts';
import { sample } from './alternatives.ts';
import { suggestionFor } from './collector.ts';
import { type Context, NO_CONTEXT } from './contextStore.ts';
import { type Lines, type Spot, spotOf, whereabouts } from './job.ts';
import { type Learning, READ_MS, createLearning } from './learning.ts';
import { createMeter } from './meter.ts';
import { placeOf } from './place.ts';
import { createPlanner } from './planner.ts';
import { profileOf } from './profiles.ts';
import { createStore } from './reuse.ts';
import type { Send } from './run.ts';
import { type Want, createScheduler } from './scheduler.ts';
import type { Snapshot, SuggestOptions, Suggestion } from './snapshot.ts';
import type { CompletionState } from './state.ts';

export interface EngineParts {
  readonly send: Send;
  readonly clock: Clock;
  readonly onState?: (state: CompletionState) => void;
  /** Other text for prompts. */
  readonly context?: Context;
  /** What became of earlier suggestions. */
  readonly learning?: Learning;
  /** More lines than those on the screen are ready: asking again at the same place gives them. */
  readonly onMore?: () => void;
}

/**
 * Completions for one window. The latest wish wins and at most one request runs. Order: what is remembered, the request
 * under way if what was typed agrees with it, a new request. Never rejects; failures are states. Each call reads the
 * document before it returns; `shown` and `visit` read it once more soon after, unless they are told of a change before.
 */
export interface Engine {
  /** The document changed and the cursor is here: work starts now, and the wish that follows joins it. */
  prepare(snapshot: Snapshot, model: Model, options: SuggestOptions): void;
  suggest(
    snapshot: Snapshot,
    model: Model,
    options: SuggestOptions,
    signal: AbortSignal,
  ): Promise<Suggestion | undefined>;
  /** Up to so many different texts for the place, the usual one first; several requests, one after the other. */
  alternatives(
    snapshot: Snapshot,
    model: Model,
    options: SuggestOptions,
    count: number,
    signal: AbortSignal,
  ): Promise<readonly Suggestion[]>;
  /** A suggestion stands on the screen: while nothing else is to do, what may follow it is asked for. */
  shown(suggestion: Suggestion): void;
  accepted(suggestion: Suggestion, how: 'whole' | { readonly characters: number }): void;
  rejected(suggestion: Suggestion): void;
  /** Whether `follow` has something to do. */
  readonly busy: boolean;
  /** Tells where the cursor is now. A request that does not lead there is aborted at once. */
  follow(snapshot: Pick<Snapshot, 'uri' | 'text' | 'cursor'>, model: Model): void;
  /** The same, and while nothing else is to do, the model reads what is new to it there. */
  visit(snapshot: Snapshot, model: Model, options: SuggestOptions): void;
  /** Aborts everything under way. */
  cancel(): void;
  /** Something changed that may have mended a failure: automatic requests may go out again. */
  forgive(): void;
  dispose(): void;
}

/** How long a suggestion is on the screen before what follows it is asked for, in ms, and how many in a row. */
const AHEAD_MS = 250;
const AHEAD = 2;
/** How long the cursor is at another place before the model reads what is there, in ms. */
const VISIT_MS = 150;
/** How long after accepting, in ms, several lines are wanted. */
const FLOW_MS = 1_000;

/** What a suggestion was given for. */
interface Given {
  readonly snapshot: Snapshot;
  readonly spot: Spot;
  readonly suggestion: Suggestion;
}

export function createEngine(parts: EngineParts): Engine {
  const { send, clock, onState, onMore, context = NO_CONTEXT, learning = createLearning(undefined) } = parts;
  const store = createStore();
  const meter = createMeter();
  const planner = createPlanner(meter, context, clock);
  const scheduler = createScheduler({
    send,
    clock,
    meter,
    planner,
    onState,
    onText(job, text, whole) {
      if (whole || text.trim() !== '') store.add(job.base, text, job.multiline);
    },
    onMore: () => onMore?.(),
    onAhead: workAhead,
  });
  let last: Given | undefined;
  /** The suggestion on the screen, as long as what may follow it is of use. */
  let onScreen: Given | undefined;
  let later: Disposable | undefined;
  let reading: Disposable | undefined;
  let sampling: AbortController | undefined;
  let accepted = { uri: '', at: -Infinity };

  /** Something else is to do now. */
  function interrupt(): void {
    later?.dispose();
    reading?.dispose();
    sampling?.abort();
    onScreen = undefined;
  }

  function stop(): void {
    interrupt();
    scheduler.settle();
    scheduler.abort();
  }

  function spotAt(snapshot: Snapshot, model: Model, options: SuggestOptions): Spot {
    const flows = accepted.uri === snapshot.uri && clock.now() - accepted.at < FLOW_MS;
    return spotOf(snapshot, model, options, linesFor(model, flows));
  }

  function linesFor({ id }: Model, flows: boolean): Lines {
    if (!learning.wantsLines(id)) return 'asked';
    return flows ? 'anywhere' : 'useful';
  }

  /** What is known for a spot already: a suggestion, or that the model has nothing to say. */
  function known(spot: Spot): Suggestion | 'nothing' | undefined {
    const { base, place, options } = spot;
    const text = store.find(base, place.before, options.trigger === 'explicit' && spot.multiline);
    const ready = text === undefined ? undefined : suggestionFor(spot, text, 'reuse');
    const found = ready ?? (options.trigger === 'automatic' && store.isEmptyAt(base) ? 'nothing' : undefined);
    // What may follow goes on while what stands before it is typed.
    if (found && scheduler.purpose === 'wish' && !scheduler.leadsTo(base, place)) scheduler.abort();
    return found;
  }

  /** Asks for the first text that is missing if what is shown, and what follows it, is accepted again and again. */
  function workAhead(): void {
    if (!onScreen || !scheduler.idle) return;
    const { model, options } = onScreen.spot;
    let at = onScreen.snapshot;
    let next: Suggestion | undefined = onScreen.suggestion;
    for (let depth = 0; next && depth < AHEAD; depth++) {
      at = afterAccepting(at, next);
      const there = spotOf(at, model, { ...options, trigger: 'automatic' }, linesFor(model, true));
      const text = store.find(there.base, there.place.before, false);
      next = text === undefined ? undefined : suggestionFor(there, text, 'reuse');
      if (next) continue;
      const job = store.isEmptyAt(there.base) ? undefined : planner.planAnew(there, at);
      if (job) scheduler.work(job, 'ahead');
    }
  }

  /** Lets the model read what is new to it at a place, and write nothing. */
  function warm(snapshot: Snapshot, model: Model, options: SuggestOptions): void {
    if (!scheduler.idle) return;
    const own: SuggestOptions = { ...options, trigger: 'automatic', maxTokens: 1 };
    const job = planner.planAnew(spotOf(snapshot, model, own, 'useful'), snapshot);
    if (job) scheduler.work(job, 'warm');
  }

  function follow({ uri, text, cursor }: Pick<Snapshot, 'uri' | 'text' | 'cursor'>, model: Model): void {
    if (scheduler.idle) return;
    const place = placeOf(text, cursor);
    const base = whereabouts(uri, model, profileOf(model), place);
    if (scheduler.leadsTo(base, place)) return;
    if (scheduler.purpose === 'ahead' && store.find(base, place.before, false) !== undefined) return;
    stop();
  }

  return {
    prepare(snapshot, model, options) {
      interrupt();
      const spot = spotAt(snapshot, model, options);
      if (known(spot)) return scheduler.settle();
      const job = planner.plan(spot, snapshot);
      if (job) scheduler.pursue({ job, typed: '' });
      else stop();
    },
    suggest(snapshot, model, options, signal) {
      interrupt();
      const nothing = Promise.resolve(undefined);
      if (signal.aborted) {
        stop();
        return nothing;
      }
      const spot = spotAt(snapshot, model, options);
      const prepared = scheduler.preparedFor(spot);
      const ready = prepared ? undefined : known(spot);
      if (ready) {
        scheduler.settle();
        if (ready === 'nothing') return nothing;
        last = { snapshot, spot, suggestion: ready };
        return Promise.resolve(ready);
      }
      const job = prepared ? { ...prepared.job, options } : planner.plan(spot, snapshot);
      if (!job) {
        stop();
        return nothing;
      }
      return new Promise((resolve) => {
        const withdraw = () => scheduler.withdraw(want);
        const want: Want = {
          job,
          typed: prepared?.typed ?? '',
          settle(suggestion) {
            signal.removeEventListener('abort', withdraw);
            if (suggestion) last = { snapshot, spot, suggestion };
            resolve(suggestion);
          },
        };
        signal.addEventListener('abort', withdraw);
        if (prepared) scheduler.join(want);
        else scheduler.pursue(want);
      });
    },
    async alternatives(snapshot, model, options, count, signal) {
      interrupt();
      const spot = spotOf(snapshot, model, { ...options, trigger: 'explicit' }, 'anywhere');
      const known = () => suggestionsFor(spot, store.findAll(spot.base, spot.place.before));
      const missing = count - known().length;
      const job = missing > 0 ? planner.plan(spot, snapshot) : undefined;
      if (job) {
        scheduler.settle();
        scheduler.abort();
        sampling = new AbortController();
        const either = AbortSignal.any([signal, sampling.signal]);
        for (const text of await sample(job, missing, send, clock, either)) store.addAlternative(spot.base, text);
      }
      const all = known().slice(0, count);
      const [first] = all;
      if (first) last = { snapshot, spot, suggestion: first };
      return all;
    },
    shown(suggestion) {
      if (last?.suggestion !== suggestion) return;
      const { model, text } = suggestion;
      later?.dispose();
      reading?.dispose();
      onScreen = last;
      reading = clock.after(READ_MS, () => learning.shown(model.id, text.includes('\n')));
      if (model.zone === 'device') later = clock.after(AHEAD_MS, workAhead);
    },
    accepted({ text, model }, how) {
      const whole = how === 'whole' || how.characters >= text.length;
      learning.accepted(model.id, whole ? 'whole' : 'part', text.includes('\n'));
      if (whole) accepted = { uri: last?.snapshot.uri ?? '', at: clock.now() };
    },
    rejected: interrupt,
    get busy() {
      return !scheduler.idle;
    },
    follow,
    visit(snapshot, model, options) {
      interrupt();
      follow(snapshot, model);
      if (model.zone === 'device') later = clock.after(VISIT_MS, () => warm(snapshot, model, options));
    },
    cancel: stop,
    forgive: () => scheduler.forgive(),
    dispose() {
      stop();
      store.clear();
    },
  };
}

/** Different texts only. */
function suggestionsFor(spot: Spot, texts: readonly string[]): Suggestion[] {
  const found = new Map<string, Suggestion>();
  for (const text of texts) {
    const suggestion = suggestionFor(spot, text, 'reuse');
    if (suggestion && !found.has(suggestion.text)) found.set(suggestion.text, suggestion);
  }
  return [...found.values()];
}
