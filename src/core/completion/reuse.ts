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

/** What a model wrote at one place: best first. */
interface Entry {
  readonly base: Base;
  readonly texts: readonly string[];
  readonly multiline: boolean;
}

/**
 * Completions of this session, in memory only. By what is after the cursor first: few places share that, and looking
 * through them costs some microseconds.
 */
export interface Store {
  /** Remembers a model's text as it was before it was fitted to what follows the cursor; also that it wrote nothing. */
  add(base: Base, text: string, multiline: boolean): void;
  /** Remembers another text for the same place. */
  addAlternative(base: Base, text: string): void;
  /** The rest of a remembered text that the user has typed into, never empty. */
  find(base: Base, before: string, needsLines: boolean): string | undefined;
  /** The same of all texts, the newest place first. */
  findAll(base: Base, before: string): string[];
  /** Whether the model wrote nothing at this very place. */
  isEmptyAt(base: Base): boolean;
  clear(): void;
}

export function createStore(capacity = 500): Store {
  /** Both oldest first. */
  const byKey = new Map<string, Entry[]>();
  let size = 0;

  const isAt = (base: Base) => (entry: Entry) =>
    entry.base.tail === base.tail && entry.base.fromStart === base.fromStart;

  function put(entry: Entry): void {
    const { key } = entry.base;
    const others = (byKey.get(key) ?? []).filter((other) => !isAt(entry.base)(other));
    size += 1 + others.length - (byKey.get(key)?.length ?? 0);
    byKey.delete(key);
    byKey.set(key, [...others, entry]);
    while (size > capacity) {
      const [oldest] = byKey;
      if (!oldest) break;
      size--;
      if (oldest[1].length > 1) byKey.set(oldest[0], oldest[1].slice(1));
      else byKey.delete(oldest[0]);
    }
  }

  return {
    add(base, text, multiline) {
      put({ base, texts: text.trim() === '' ? [] : [text], multiline });
    },
    addAlternative(base, text) {
      const entry = byKey.get(base.key)?.find(isAt(base));
      if (text.trim() === '' || entry?.texts.includes(text) === true) return;
      put({ base, texts: [...(entry?.texts ?? []), text], multiline: entry?.multiline ?? true });
    },
    find(base, before, needsLines) {
      const entries = byKey.get(base.key) ?? [];
      for (const entry of entries.toReversed()) {
        const [rest] = needsLines && !entry.multiline ? [] : restsOf(entry, before);
        if (rest === undefined) continue;
        // Used now: the last to be forgotten.
        if (entry !== entries.at(-1) || byKey.size > 1) put(entry);
        return rest;
      }
      return undefined;
    },
    findAll: (base, before) => [
      ...new Set((byKey.get(base.key) ?? []).toReversed().flatMap((entry) => restsOf(entry, before))),
    ],
    isEmptyAt: (base) => byKey.get(base.key)?.find(isAt(base))?.texts.length === 0,
    clear() {
      byKey.clear();
      size = 0;
    },
  };
}

function restsOf({ base, texts }: Entry, before: string): string[] {
  return texts.flatMap((text) => {
    const typed = typedSince(base, before, text.length, (t) => text.startsWith(t));
    const rest = typed === undefined ? '' : text.slice(typed.length);
    return rest.trim() === '' ? [] : [rest];
  });
}
