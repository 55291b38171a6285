import { type Refusal, refusal } from '../outcome.ts';
import { type Level, isStricter, stricter } from '../privacy/level.ts';
import type { Levels } from '../privacy/levels.ts';
import { type Taint, originOf, sourceOf } from './taint.ts';
import { type Passage, type Thread, levelOfThread } from './thread.ts';

/** The user let a thread go on under a looser level, after being shown what is in it. */
export interface Release {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: 'user';
  readonly before: Level;
  readonly after: Level;
  /** URIs of the folders and places whose text was released; without any, it was the window's. */
  readonly folders: readonly string[];
}

/** What makes a thread stricter than open: a folder, a place or the window (for what was typed), with its passages. */
export interface Content extends Taint {
  readonly passages: readonly Passage[];
}

/** The strictest first. Folders without a passage gave text that was typed, pasted or answered. */
export function contentsOf(thread: Thread): readonly Content[] {
  const passages = thread.messages.flatMap((message) => (message.role === 'user' ? message.passages : []));
  const contentOf = (entry: Taint): Content => ({
    ...entry,
    passages: passages.filter(({ taint }) => taint.some((each) => originOf(each) === originOf(entry))),
  });
  return thread.taint
    .filter(({ level }) => level !== 'open')
    .map(contentOf)
    .toSorted((a, b) => (isStricter(a.level, b.level) ? -1 : isStricter(b.level, a.level) ? 1 : 0));
}

/** What keeps a thread as strict as it is: its sources that are so strict now. */
export function heldBy(thread: Thread, levels: Pick<Levels, 'of'>): readonly Taint[] {
  const before = levelOfThread(thread) ?? 'open';
  return levelsNow(thread, levels).filter(({ level }) => !isStricter(before, level));
}

/** The thread under the levels of now. Refused where a source of its text is as strict as before. */
export function releaseThread(thread: Thread, levels: Pick<Levels, 'of'>, now: number): Thread | Refusal {
  const before = levelOfThread(thread) ?? 'open';
  const taint = levelsNow(thread, levels);
  const after = taint.map(({ level }) => level).reduce(stricter, 'open');
  if (!isStricter(before, after)) {
    return refusal(
      'release',
      'The folders that the text came from do not allow it: a passage stays as private as its folder.',
    );
  }
  const folders = thread.taint.flatMap(({ folder, place, level }) => (level === 'open' ? [] : (place ?? folder ?? [])));
  const release: Release = { at: now, by: 'user', before, after, folders };
  return { ...thread, taint, updatedAt: now, released: [...(thread.released ?? []), release] };
}

function levelsNow(thread: Thread, levels: Pick<Levels, 'of'>): readonly Taint[] {
  return thread.taint.map((entry) => ({ ...entry, level: levels.of([sourceOf(entry)]).level }));
}

/** Every text of a thread. */
export function textsOf(thread: Thread): readonly string[] {
  return thread.messages.flatMap((message) =>
    message.role === 'user'
      ? [message.text, ...message.passages.map(({ text }) => text)]
      : [`${message.thinking}\n${message.text}`],
  );
}
