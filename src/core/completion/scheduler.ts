import type { Clock, Disposable } from '../event.ts';
import { suggestionFor } from './collector.ts';
import { createCooldown } from './cooldown.ts';
import { type Job, type Spot, shrink } from './job.ts';
import type { Meter } from './meter.ts';
import { createPace, delayOf } from './pace.ts';
import type { Place } from './place.ts';
import type { Planner } from './planner.ts';
import type { Base } from './reuse.ts';
import type { Run, RunEnd, Send } from './run.ts';
import { agrees, createSlot } from './slot.ts';
import type { Suggestion } from './snapshot.ts';
import type { CompletionState } from './state.ts';

/** What the user wants now, whether or not the editor has asked for it yet. */
export interface Want {
  readonly job: Job;
  /** What of the running request's text was typed already. */
  typed: string;
  /** Absent while only the document has changed. Called once. */
  readonly settle?: (suggestion: Suggestion | undefined) => void;
}

/** `ahead`: for what may come after a suggestion on the screen; `warm`: the model only reads. */
type Purpose = 'wish' | 'ahead' | 'warm';

/** Decides when a request starts and how long it runs: one at a time, and the latest wish wins. */
export interface Scheduler {
  /** Nothing runs and nothing is wanted. */
  readonly idle: boolean;
  readonly purpose: Purpose;
  /** Joins the running request if it leads there, or sends one, now or after a pause in typing. */
  pursue(want: Want): void;
  /** The wish that a change of the document has started already, if it is for this spot. */
  preparedFor(spot: Spot): Want | undefined;
  /** The editor asks for what was prepared. */
  join(want: Want): void;
  /** The editor does not ask for this any more. Its request runs on for a moment: the next wish may lead there. */
  withdraw(want: Want): void;
  /** Nothing is wanted any more. */
  settle(suggestion?: Suggestion): void;
  /** Whether the wish, or the request that runs, is good for that place; if so, it is kept for some time. */
  leadsTo(base: Base, place: Place): boolean;
  /** A request that nobody waits for. Only while idle. */
  work(job: Job, purpose: Exclude<Purpose, 'wish'>): void;
  abort(): void;
  forgive(): void;
}

export interface SchedulerParts {
  readonly send: Send;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly planner: Planner;
  readonly onState: ((state: CompletionState) => void) | undefined;
  /** A request for a job ended with this text. */
  readonly onText: (job: Job, text: string, whole: boolean) => void;
  /** More lines than those that were given are known now. */
  readonly onMore: () => void;
  /** The work ahead is done. */
  readonly onAhead: () => void;
}

/** Lines that are ready are shown after so long, in ms since the first text, while more is on its way. */
const PUBLISH_MS = 300;
/** How long a request that nobody waits for runs on, in ms: until the editor has told where the cursor went. */
const GRACE_MS = 40;
/**
 * How long a request that is no wish waits for its first text, in ms: servers answer one after the other, and it holds up
 * what the user asks, chats too.
 */
const BACKGROUND_MS = 3_000;
/** And after the editor told that typing agrees with it: until the next wish. */
const KEEP_MS = 500;

export function createScheduler(parts: SchedulerParts): Scheduler {
  const { clock, planner, onState } = parts;
  const cooldown = createCooldown();
  const pace = createPace();
  const slot = createSlot({ ...parts, onText, onEnd });
  let want: Want | undefined;
  let purpose: Purpose = 'wish';
  /** A request that waits for a pause in typing. */
  let start: Disposable | undefined;
  /** What of the run's text was given to the editor. */
  let published: string | undefined;
  /** Until when a run that nobody waits for is kept; ms of the clock. */
  let keepUntil = 0;
  let abandonment: Disposable | undefined;
  let publication: Disposable | undefined;
  let state: CompletionState = { state: 'idle' };

  function tell(next: CompletionState): void {
    const same = next.state === state.state && next.state !== 'failed' && next.state !== 'refused';
    state = next;
    if (!same) onState?.(next);
  }

  function settle(suggestion?: Suggestion): void {
    const settled = want;
    want = undefined;
    start?.dispose();
    start = undefined;
    settled?.settle?.(suggestion);
  }

  /** Forgets what belonged to the run. */
  function clear(): void {
    published = undefined;
    purpose = 'wish';
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

  function begin(job: Job, why: Purpose): void {
    abort();
    purpose = why;
    start = undefined;
    if (why === 'wish') tell({ state: 'waiting', model: job.model });
    slot.begin(job);
    if (why === 'wish') return;
    const { run } = slot;
    abandonment?.dispose();
    abandonment = clock.after(BACKGROUND_MS, () => {
      if (slot.run === run && purpose === why && run?.textSince === undefined) abort();
    });
  }

  function restart(who: Want, job: Job = who.job): void {
    who.typed = '';
    begin(job, 'wish');
    if (!who.settle) abandon(KEEP_MS);
  }

  /** Nobody waits: ends the wish and the run soon, unless somebody comes. */
  function abandon(ms: number): void {
    abandonment?.dispose();
    keepUntil = Math.max(keepUntil, clock.now() + ms);
    abandonment = clock.after(keepUntil - clock.now(), () => {
      // What is on the screen in part, goes on.
      if (want?.settle || published !== undefined || purpose !== 'wish') return;
      settle();
      abort();
    });
  }

  function onText(run: Run): void {
    if (purpose !== 'wish') return;
    tell({ state: 'generating', model: run.job.model });
    if (!want) return;
    if (agrees(run.text, want.typed)) publish();
    else restart(want);
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
    const suggestion = settled.startsWith(want.typed) ? restFor(want, settled) : undefined;
    if (!suggestion) return;
    published = settled;
    settle(suggestion);
  }

  function restFor(who: Want, text: string): Suggestion | undefined {
    return suggestionFor(who.job, text.slice(who.typed.length), 'model');
  }

  function onEnd({ job, textSince, since }: Run, end: RunEnd): void {
    const shown = published;
    const why = purpose;
    clear();
    if (textSince !== undefined) pace.answered(textSince - since);
    if (end.end === 'refused') {
      tell({ state: 'refused', model: job.model, refusal: end.refusal });
      return settle();
    }
    const { id } = job.model;
    if (end.end === 'failed' && end.error.kind === 'contextTooLong' && planner.halve(id) && want) {
      return restart(want, shrink(want.job, 0.5));
    }
    if (why !== 'warm') parts.onText(job, end.text, end.end === 'done');
    if (end.end === 'failed') {
      cooldown.failed(id, end.error, clock.now());
      if (why === 'wish') tell({ state: 'failed', model: job.model, error: end.error });
      return settle(want && end.text.startsWith(want.typed) ? restFor(want, end.text) : undefined);
    }
    cooldown.succeeded(id);
    tell({ state: 'idle' });
    if (want) deliver(want, end.text);
    else if (why === 'ahead') parts.onAhead();
    else if (shown !== undefined && end.text.trimEnd().length > shown.length) parts.onMore();
  }

  function deliver(who: Want, text: string): void {
    const suggestion = text.startsWith(who.typed) ? restFor(who, text) : undefined;
    if (!suggestion && who.typed !== '') restart(who);
    else settle(suggestion);
  }

  function typedInto({ base, place, options, multiline }: Pick<Job, 'base' | 'place' | 'options' | 'multiline'>) {
    const lacksLines = options.trigger === 'explicit' && multiline && slot.run?.job.multiline === false;
    return lacksLines || purpose === 'warm' ? undefined : slot.typedInto(base, place);
  }

  return {
    get idle() {
      return !slot.run && !want;
    },
    get purpose() {
      return purpose;
    },
    pursue(who) {
      if (!who.settle) pace.key(clock.now());
      settle();
      want = who;
      keepUntil = 0;
      const { job } = who;
      const typed = typedInto(job);
      if (typed !== undefined) {
        who.typed = typed;
        const { run } = slot;
        if (run && purpose !== 'wish') {
          tell({ state: run.textSince === undefined ? 'waiting' : 'generating', model: run.job.model });
        }
        purpose = 'wish';
        abandonment?.dispose();
        if (!who.settle) abandon(KEEP_MS);
        return publish();
      }
      abort();
      if (job.options.trigger === 'automatic' && cooldown.active(job.model.id, clock.now())) return settle();
      const delay = delayOf(job, pace, clock.now());
      if (delay > 0) start = clock.after(delay, () => begin(job, 'wish'));
      else begin(job, 'wish');
      if (!who.settle) abandon(delay + KEEP_MS);
    },
    preparedFor({ base, place, options }) {
      if (!want || want.settle) return undefined;
      const { job } = want;
      const same =
        job.base.key === base.key &&
        job.place.before === place.before &&
        job.place.lineAfter === place.lineAfter &&
        job.options.trigger === options.trigger;
      return same ? want : undefined;
    },
    join(who) {
      want = who;
      keepUntil = 0;
      publish();
    },
    withdraw(who) {
      if (want !== who) return;
      settle();
      abandon(GRACE_MS);
    },
    settle,
    leadsTo(base, place) {
      if (!slot.run) return want?.job.base.key === base.key && want.job.place.before === place.before;
      if (purpose === 'warm' || slot.typedInto(base, place) === undefined) return false;
      keepUntil = clock.now() + KEEP_MS;
      if (!want?.settle && purpose === 'wish') abandon(KEEP_MS);
      return true;
    },
    work(job, why) {
      if (slot.run || want || cooldown.active(job.model.id, clock.now())) return;
      // So little is read together with what is asked next.
      if (why === 'warm' && slot.unread(job) < WORTH_READING) planner.sent(job);
      else begin(job, why);
    },
    abort,
    forgive() {
      cooldown.clear();
      if (state.state === 'failed' || state.state === 'refused') tell({ state: 'idle' });
    },
  };
}

/** Characters that must be new to a model before it is made to read them ahead. */
const WORTH_READING = 1_200;
