import type { Model } from '../model.ts';
import type { Material } from '../privacy/screen.ts';
import type { ChatRequest, CompleteRequest } from '../provider.ts';
import { type HoleContext, cleanAnswer, holePrompt } from './holeFilling.ts';
import { type Place, placeOf, wantsLines } from './place.ts';
import { type Insertion, fit, trim } from './postprocess.ts';
import { type Profile, profileOf, renderPrompt } from './profiles.ts';
import { type Base, baseOf } from './reuse.ts';
import type { Snapshot, SuggestOptions, Suggestion } from './snapshot.ts';
import { type StreamFilter, createStreamFilter } from './streamFilter.ts';
import { textOf } from './text.ts';
import { type Window, chooseWindow, surroundings, withoutReserved } from './window.ts';

/** Everything about one wish for a completion that can be known before a request: pure data, no document any more. */
export interface Job {
  readonly snapshot: Omit<Snapshot, 'text'>;
  readonly model: Model;
  readonly options: SuggestOptions;
  readonly profile: Profile | 'holeFilling';
  readonly place: Place;
  readonly base: Base;
  readonly multiline: boolean;
  readonly window: Window;
  /** What the window was cut from, for the screen and for the memory of private passages. */
  readonly material: Material;
}

/** A line is rarely longer, and where a server goes on after we hung up, it stops here. */
const SINGLE_LINE_TOKENS = 64;
/** For fences, an echoed line and the like. */
const ANSWER_EXTRA_TOKENS = 64;
/** Kept free of the context that the model has. */
const MARGIN_TOKENS = 32;

/** `undefined` where no prompt can be built: the cursor's line has a control token of the model. */
export function plan(snapshot: Snapshot, model: Model, options: SuggestOptions, budgetFactor: number): Job | undefined {
  const { text, ...rest } = snapshot;
  const profile = profileOf(model);
  const place = placeOf(text, snapshot.cursor);
  const room = (model.loaded?.contextLength ?? model.contextLength ?? Infinity) - options.maxTokens - MARGIN_TOKENS;
  const budget = Math.max(0, Math.min(options.contextTokens, room)) * budgetFactor;
  const window = allowed(chooseWindow(text, snapshot.cursor, budget), profile);
  return (
    window && {
      snapshot: rest,
      model,
      options,
      profile,
      place,
      base: whereabouts(snapshot.uri, model, profile, place),
      multiline: wantsLines(place, options.trigger === 'explicit'),
      window,
      material: materialOf(snapshot, window, model),
    }
  );
}

/** Lines beyond the window that the screen sees too: a private key has up to 52. */
const BEYOND = 60;

/** The cursor's text in one piece, with more around it: a secret may begin before the window, or have the cursor in it. */
function materialOf({ uri, fileName, text, cursor }: Snapshot, window: Window, { zone }: Model): Material {
  const of = { label: fileName, uri };
  // This machine may see everything, so nobody looks for secrets.
  if (zone === 'device') return { ...of, text: window.prefix + window.suffix };
  const { firstLine, text: whole } = surroundings(text, cursor, window, BEYOND);
  return { ...of, firstLine, text: whole };
}

export function whereabouts(uri: string, model: Model, profile: Profile | 'holeFilling', place: Place): Base {
  return baseOf(uri, model, profile === 'holeFilling' ? profile : profile.id, place);
}

function allowed(window: Window, profile: Profile | 'holeFilling'): Window | undefined {
  return profile === 'holeFilling' ? window : withoutReserved(window, profile.reserved);
}

/** The same job with a smaller window, cut from the one that it has. */
export function shrink(job: Job, factor: number): Job {
  const { prefix, suffix } = job.window;
  const lines = prefix.split('\n');
  const cursor = { line: lines.length - 1, character: (lines.at(-1) ?? '').length };
  const window = chooseWindow(textOf(prefix + suffix), cursor, job.options.contextTokens * factor);
  return { ...job, window };
}

export type Ask =
  | { readonly kind: 'complete'; readonly request: CompleteRequest }
  | { readonly kind: 'chat'; readonly request: ChatRequest };

export function askOf({ profile, window, model, options, multiline, snapshot, material }: Job): Ask {
  const maxTokens = multiline ? options.maxTokens : Math.min(options.maxTokens, SINGLE_LINE_TOKENS);
  if (profile !== 'holeFilling') {
    const prompt = renderPrompt(profile, window.prefix, window.suffix);
    const separate = profile.order === 'separate' ? { suffix: window.suffix } : {};
    const request = {
      model,
      prompt,
      ...separate,
      stops: profile.stops,
      maxTokens,
      temperature: 0,
      material: [material],
    };
    return { kind: 'complete', request };
  }
  const context: HoleContext = { languageId: snapshot.languageId, fileName: snapshot.fileName };
  const request: ChatRequest = {
    model,
    messages: holePrompt(window, context),
    maxTokens: maxTokens + ANSWER_EXTRA_TOKENS,
    think: false,
    material: [material],
    // Reasoning models of some vendors accept no temperature.
    ...(model.abilities.thinking ? {} : { temperature: 0 }),
  };
  return { kind: 'chat', request };
}

/** Collects a model's text for a job. */
export interface Collector {
  /** True when nothing more is wanted. */
  push(chunk: string): boolean;
  finish(): void;
  /** The text so far, fitted to the document; empty while it cannot be judged. */
  readonly text: string;
  /** The part of it that can be shown already: whole lines. */
  readonly settled: string;
}

export function createCollector(job: Job): Collector {
  const { snapshot, place, multiline, profile, window } = job;
  const stops = profile === 'holeFilling' ? [] : profile.stops;
  const filter: StreamFilter = createStreamFilter({ stops, multiline, place, tabSize: snapshot.indentation.tabSize });
  const fitted = (text: string) => {
    const fits = fit(text, place, snapshot.indentation, snapshot.languageId);
    return fits.trim() === '' ? '' : fits;
  };
  if (profile !== 'holeFilling') {
    return {
      push: (chunk) => filter.push(chunk),
      finish: () => filter.finish(),
      get text() {
        return fitted(filter.text);
      },
      get settled() {
        return fitted(filter.settled);
      },
    };
  }
  // An answer can be cleaned only as a whole.
  let answer = '';
  let done = false;
  return {
    push(chunk) {
      answer += chunk;
      return false;
    },
    finish() {
      if (done) return;
      done = true;
      filter.push(cleanAnswer(answer, window));
      filter.finish();
    },
    get text() {
      return done ? fitted(filter.text) : '';
    },
    get settled() {
      return done ? fitted(filter.settled) : '';
    },
  };
}

/** What to show of some fitted text for the cursor of a job. */
export function suggestionFor(job: Job, fitted: string, from: Suggestion['from']): Suggestion | undefined {
  const insertion: Insertion | undefined = trim(fitted, job.place, job.options.canReplace);
  return (
    insertion && {
      text: job.snapshot.eol === '\n' ? insertion.text : insertion.text.replaceAll('\n', job.snapshot.eol),
      replaces: insertion.replaces,
      model: job.model,
      from,
    }
  );
}
