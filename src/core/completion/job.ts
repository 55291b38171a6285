import type { Model } from '../model.ts';
import type { Material } from '../privacy/screen.ts';
import type { ChatRequest, CompleteRequest } from '../provider.ts';
import type { Sources } from '../routing/road.ts';
import { type Anchor, type Parts, type Room, assemble } from './assembler.ts';
import { type HoleContext, holeMarks, holePrompt } from './holeFilling.ts';
import { type Place, placeOf, wantsLines } from './place.ts';
import { type Profile, profileOf, renderPrompt } from './profiles.ts';
import { type Base, baseOf } from './reuse.ts';
import type { Snapshot, SuggestOptions } from './snapshot.ts';
import { textOf } from './text.ts';
import { type Window, surroundings, withoutReserved } from './window.ts';

/** Where a completion is wanted, and how: enough to see whether one is known already. */
export interface Spot {
  readonly snapshot: Omit<Snapshot, 'text'>;
  readonly model: Model;
  readonly options: SuggestOptions;
  readonly profile: Profile | 'holeFilling';
  readonly place: Place;
  readonly base: Base;
  readonly multiline: boolean;
}

/** Everything about one wish for a completion that can be known before a request: pure data, no document any more. */
export interface Job extends Spot {
  readonly parts: Parts;
  readonly anchor: Anchor;
  /** Other text in the prompt. */
  readonly files: readonly PromptFile[];
  /** Whose text is in the prompt. */
  readonly sources: Sources;
  /** What the prompt was made from, for the screen and for the memory of private passages. */
  readonly material: readonly Material[];
}

/** A piece of another file, as it goes into a prompt. */
export interface PromptFile {
  readonly path: string;
  readonly uri: string;
  readonly code: string;
  readonly sources: Sources;
}

export interface Plan {
  readonly room: Room;
  /** What the last prompt for this document had. */
  readonly last?: Anchor;
  readonly files?: readonly PromptFile[];
}

/** Whether several lines are wanted: wherever there is room for them, where they help, or only when asked for. */
export type Lines = 'anywhere' | 'useful' | 'asked';

export function spotOf({ text, ...snapshot }: Snapshot, model: Model, options: SuggestOptions, lines: Lines): Spot {
  const profile = profileOf(model);
  const place = placeOf(text, snapshot.cursor);
  const base = whereabouts(snapshot.uri, model, profile, place);
  const explicit = options.trigger === 'explicit';
  const multiline = (explicit || lines !== 'asked') && wantsLines(place, explicit || lines === 'anywhere');
  return { snapshot, model, options, profile, place, base, multiline };
}

/** `undefined` where no prompt can be built: the cursor's line has a control token of the model. */
export function plan(spot: Spot, snapshot: Snapshot, { room, last, files = [] }: Plan): Job | undefined {
  const { anchor, ...whole } = assemble(snapshot.text, snapshot.cursor, room, last);
  const parts = allowed(whole, spot.profile);
  return (
    parts && {
      ...spot,
      parts,
      anchor,
      files,
      sources: [...snapshot.sources, ...files.flatMap((file) => file.sources)],
      material: [materialOf(snapshot, windowOf(parts), spot.model), ...files.map(materialOfFile)],
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

function materialOfFile({ path, uri, code }: PromptFile): Material {
  return { label: path, uri, text: code };
}

export function whereabouts(uri: string, model: Model, profile: Profile | 'holeFilling', place: Place): Base {
  return baseOf(uri, model, profile === 'holeFilling' ? profile : profile.id, place);
}

/** The text on both sides of the cursor. */
export function windowOf({ prefix, middle, suffix }: Parts): Window {
  return { prefix: prefix + middle, suffix };
}

function allowed(parts: Parts, profile: Profile | 'holeFilling'): Parts | undefined {
  if (profile === 'holeFilling') return parts;
  const { prefix, middle } = parts;
  const window = withoutReserved(windowOf(parts), profile.reserved);
  if (!window) return undefined;
  const lost = prefix.length + middle.length - window.prefix.length;
  return { prefix: prefix.slice(lost), middle: middle.slice(Math.max(0, lost - prefix.length)), suffix: window.suffix };
}

/** The same job with a smaller window, cut from the one that it has. */
export function shrink(job: Job, factor: number): Job {
  const { prefix, suffix } = windowOf(job.parts);
  const lines = prefix.split('\n');
  const cursor = { line: lines.length - 1, character: (lines.at(-1) ?? '').length };
  const most = (prefix.length + suffix.length) * factor;
  const { anchor: _, ...parts } = assemble(textOf(prefix + suffix), cursor, { head: 0, near: most, most });
  return { ...job, parts, files: [] };
}

export type Ask =
  | { readonly kind: 'complete'; readonly request: CompleteRequest }
  | { readonly kind: 'chat'; readonly request: ChatRequest };

/** A line is rarely longer, and where a server goes on after we hung up, it stops here. */
const SINGLE_LINE_TOKENS = 64;
/** For fences, an echoed line and the like. */
const ANSWER_EXTRA_TOKENS = 64;

export function askOf({ profile, parts, model, options, multiline, snapshot, material, files }: Job): Ask {
  const maxTokens = multiline ? options.maxTokens : Math.min(options.maxTokens, SINGLE_LINE_TOKENS);
  if (profile !== 'holeFilling') {
    const request: CompleteRequest = {
      model,
      ...promptOf(profile, parts, files, snapshot.fileName),
      stops: profile.stops,
      maxTokens,
      temperature: options.temperature ?? 0,
      material,
    };
    return { kind: 'complete', request };
  }
  const context: HoleContext = { languageId: snapshot.languageId, fileName: snapshot.fileName };
  const window = windowOf(parts);
  const request: ChatRequest = {
    model,
    messages: holePrompt(window, context),
    stops: [holeMarks(window).close],
    maxTokens: maxTokens + ANSWER_EXTRA_TOKENS,
    think: false,
    material,
    // Reasoning models of some vendors accept no temperature.
    ...(model.abilities.thinking ? {} : { temperature: options.temperature ?? 0 }),
  };
  return { kind: 'chat', request };
}

function promptOf(profile: Profile, parts: Parts, files: readonly PromptFile[], path: string) {
  const [layout = 'prefixFirst'] = profile.layouts;
  const { prefix, suffix } = windowOf(parts);
  const more = { layout, files, path };
  if (profile.order === 'separate') return { prompt: renderPrompt(profile, prefix, suffix, more), suffix };
  return layout === 'lineAnchored'
    ? { prompt: renderPrompt(profile, parts.prefix, suffix, { ...more, line: parts.middle }) }
    : { prompt: renderPrompt(profile, prefix, suffix, more) };
}
