import type { Zone } from '../model.ts';

/** How far text may travel: `private` stays on this machine, `internal` on hosts that the user declared, `open` anywhere
 * that the user configured. Ordered from the strictest. */
export const LEVELS = ['private', 'internal', 'open'] as const;
export type Level = (typeof LEVELS)[number];

/** The least private zone that a level allows. */
export const CEILING: Readonly<Record<Level, Zone>> = { private: 'device', internal: 'network', open: 'cloud' };

/** Which source decided, most of them with a place where the user can change it. */
export type ReasonSource =
  | 'mark' // the user's own answer for the folder
  | 'ancestorMark' // the user's answer for a folder that contains it
  | 'unclassified'
  | 'repository' // the folder's or workspace's own settings; they can tighten only
  | 'untrusted'
  | 'noFolder' // text without a folder counts as the strictest of the window
  | 'taint' // text that came from a stricter folder earlier
  | 'unreadable'; // a source that should have been read and could not be

export interface Reason {
  readonly source: ReasonSource;
  readonly level: Level;
  /** Name of the folder, thread or file for people; absent for the window as a whole. */
  readonly of?: string;
}

export interface Verdict {
  readonly level: Level;
  /** Every source that had a say, the ones that decided first. */
  readonly reasons: readonly Reason[];
}

export function stricter(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) <= LEVELS.indexOf(b) ? a : b;
}

/** The strictest of some verdicts; `undefined` when there is none. */
export function strictest(verdicts: readonly Verdict[]): Verdict | undefined {
  if (verdicts.length === 0) return undefined;
  const level = verdicts.map((v) => v.level).reduce(stricter);
  const reasons = verdicts.flatMap((v) => v.reasons);
  return { level, reasons: [...reasons.filter((r) => r.level === level), ...reasons.filter((r) => r.level !== level)] };
}

/** A level as some outside source gives it: a level, nothing said, or a source that could not be read. */
export type Said = Level | 'unreadable' | undefined;

/** What is known of one workspace folder. */
export interface FolderFacts {
  /** Name for people. */
  readonly name: string;
  /** The user's own answer for this folder. */
  readonly mark: Said;
  /** The user's answers for folders that contain this one. */
  readonly ancestorMarks: readonly Said[];
  /** `switchyard.privacy.level` from the workspace file and from the folder's own settings. */
  readonly repository: readonly Said[];
  readonly trusted: boolean;
}

/** The level of one folder: the strictest of every source; one that cannot be read counts as private. */
export function judgeFolder(folder: FolderFacts): Verdict {
  const of = folder.name;
  const read = (source: ReasonSource, said: Said): Reason[] => {
    if (said === undefined) return [];
    return [said === 'unreadable' ? { source: 'unreadable', level: 'private', of } : { source, level: said, of }];
  };
  const reasons = [
    ...(folder.mark === undefined
      ? [{ source: 'unclassified', level: 'private', of } satisfies Reason]
      : read('mark', folder.mark)),
    ...folder.ancestorMarks.flatMap((said) => read('ancestorMark', said)),
    ...folder.repository.flatMap((said) => read('repository', said)),
    ...(folder.trusted ? [] : [{ source: 'untrusted', level: 'private', of } satisfies Reason]),
  ];
  return strictest(reasons.map((reason) => ({ level: reason.level, reasons: [reason] }))) ?? PRIVATE;
}

const PRIVATE: Verdict = { level: 'private', reasons: [{ source: 'noFolder', level: 'private' }] };

/** The level of a window: the strictest of its folders; private when it has none. */
export function judgeWindow(folders: readonly Verdict[]): Verdict {
  return strictest(folders) ?? PRIVATE;
}
