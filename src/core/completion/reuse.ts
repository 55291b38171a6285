import type { Model } from '../model.ts';
import type { Place } from './place.ts';

/** Where a completion was asked for, and by what: decides where its text is still valid. */
export interface Base {
  /** Document, model, profile and the text after the cursor. */
  readonly key: string;
  /** The text right before the cursor; all of it when it was short. */
  readonly tail: string;
  /** Whether `tail` begins where the document begins. */
  readonly fromStart: boolean;
}

const TAIL = 256;
const KEY_LINES = 2;
/** Closers at the cursor come and go with the editor's bracket pairs and say nothing about the text. */
const AUTO_CLOSED = /^[)\]}>"'`]+/;

export function baseOf(uri: string, model: Model, profileId: string, place: Place): Base {
  const rest = place.lineAfter.replace(AUTO_CLOSED, '').trim();
  const below = place.below.slice(0, KEY_LINES).map((line) => line.slice(0, 256).trimEnd());
  const tail = place.before.slice(-TAIL);
  return {
    key: JSON.stringify([uri, model.id, model.digest, profileId, rest, ...below]),
    tail,
    fromStart: place.fromStart && tail.length === place.before.length,
  };
}

/**
 * What was typed since: the end of `before` that follows the base's text and that `fits`. The shortest such text, at most
 * `most` characters; `undefined` when the cursor is not behind that place any more.
 */
export function typedSince(
  base: Base,
  before: string,
  most: number,
  fits: (typed: string) => boolean,
): string | undefined {
  for (let length = 0; length <= Math.min(most, before.length); length++) {
    const end = before.length - length;
    const start = end - base.tail.length;
    if (start < 0) return undefined;
    if (base.fromStart && start > 0) continue;
    // The last character first: it is nearly always enough to say no.
    if (base.tail !== '' && before[end - 1] !== base.tail.at(-1)) continue;
    if (!before.startsWith(base.tail, start)) continue;
    const typed = before.slice(end);
    if (fits(typed)) return typed;
  }
  return undefined;
}

interface Entry {
  readonly base: Base;
  readonly text: string;
  readonly multiline: boolean;
}

/** Completions of this session, in memory only. */
export interface Store {
  /** Remembers a model's text as it was before it was fitted to what follows the cursor. */
  add(base: Base, text: string, multiline: boolean): void;
  /** The rest of a remembered text that the user has typed into, never empty. */
  find(base: Base, before: string, needsLines: boolean): string | undefined;
  clear(): void;
}

export function createStore(capacity = 200): Store {
  /** Oldest first. */
  let entries: Entry[] = [];
  return {
    add(base, text, multiline) {
      entries = entries.filter((e) => e.base.key !== base.key || e.base.tail !== base.tail);
      entries.push({ base, text, multiline });
      if (entries.length > capacity) entries = entries.slice(-capacity);
    },
    find(base, before, needsLines) {
      const at = entries.findLastIndex((entry) => {
        if (entry.base.key !== base.key || (needsLines && !entry.multiline)) return false;
        return restOf(entry, before) !== undefined;
      });
      const entry = entries[at];
      if (!entry) return undefined;
      entries = [...entries.slice(0, at), ...entries.slice(at + 1), entry];
      return restOf(entry, before);
    },
    clear() {
      entries = [];
    },
  };
}

function restOf({ base, text }: Entry, before: string): string | undefined {
  const typed = typedSince(base, before, text.length, (t) => text.startsWith(t));
  const rest = typed === undefined ? '' : text.slice(typed.length);
  return rest.trim() === '' ? undefined : rest;
}
