import type { Zone } from '../model.ts';

/** How far text may travel: `private` stays on this machine, `internal` on hosts that the user declared, `open` anywhere
 * that the user configured. Ordered from the strictest. */
export const LEVELS = ['private', 'internal', 'open'] as const;
export type Level = (typeof LEVELS)[number];

/** The least private zone that a level allows. */
export const CEILING: Readonly<Record<Level, Zone>> = { private: 'device', internal: 'network', open: 'cloud' };

/** Which source decided, most of them with a place where the user can change it. */
export type ReasonSource =
  | FolderSource
  | 'unclassified'
  | 'noFolder' // text without a folder counts as the strictest of the window
  | 'taint' // text that came from a stricter folder earlier
  | 'unread' // a source that is being read just now
  | 'unreadable'; // a source that should have been read and could not be

/** The sources that are asked about every folder, in the order in which people look for them. */
export const FOLDER_SOURCES = [
  'mark', // the user's own answer for the folder
  'ancestorMark', // the user's answer for a folder that contains it, or that lies in it around a file
  'pattern', // the user's patterns of paths and git remotes
  'maximum', // the user's `switchyard.privacy.maximumLevel`
  'repository', // the folder's or workspace's own settings; they can tighten only
  'organisation', // the organisation's policy; it can tighten only
  'untrusted', // workspace trust
] as const;
export type FolderSource = (typeof FOLDER_SOURCES)[number];

export interface Reason {
  readonly source: ReasonSource;
  readonly level: Level;
  /** Name of the folder, thread or file for people; absent for the window as a whole. */
  readonly of?: string;
  /** What exactly said so: a pattern, a folder, a file. */
  readonly by?: string;
  /** For `unread` and `unreadable`: which source that is. */
  readonly what?: FolderSource;
}

export interface Verdict {
  readonly level: Level;
  /** Every source that had a say, the ones that decided first. */
  readonly reasons: readonly Reason[];
}

export function stricter(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) <= LEVELS.indexOf(b) ? a : b;
}

export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) < LEVELS.indexOf(b);
}

/** The strictest of some verdicts; `undefined` when there is none. */
export function strictest(verdicts: readonly Verdict[]): Verdict | undefined {
  if (verdicts.length === 0) return undefined;
  const level = verdicts.map((v) => v.level).reduce(stricter);
  const reasons = verdicts.flatMap((v) => v.reasons);
  return { level, reasons: [...reasons.filter((r) => r.level === level), ...reasons.filter((r) => r.level !== level)] };
}

/** A level as some outside source gives it: a level, nothing said, or a source that could not be read (yet). */
export type Said = Level | 'unread' | 'unreadable' | undefined;

/** What one part of a source says of a folder. */
export interface Statement {
  readonly said: Said;
  /** The pattern, folder or file that says so. */
  readonly by: string;
}

/** What is known of one workspace folder. */
export interface FolderFacts {
  /** Name for people. */
  readonly name: string;
  /** The user's own answer for this folder. */
  readonly mark: Said;
  /** The user's answers for folders that contain this one. */
  readonly ancestorMarks: readonly Statement[];
  /** The user's patterns that match, and the git remotes where they are not known. */
  readonly patterns: readonly Statement[];
  /** Whether the patterns answer for the folder, so that nobody has to be asked. */
  readonly matched: boolean;
  /** The strictest level that the user's settings set for everything. */
  readonly maximum: Said;
  /** The organisation's policy. */
  readonly organisation: readonly Statement[];
  /** `switchyard.privacy.level` from the workspace file and from the folder's own settings. */
  readonly repository: readonly Said[];
  readonly trusted: boolean;
}

/** The level of one folder: the strictest of every source; one that cannot be read counts as private. */
export function judgeFolder(folder: FolderFacts): Verdict {
  const of = folder.name;
  const reasons = [
    ...(folder.mark === undefined && !folder.matched
      ? [{ source: 'unclassified', level: 'private', of } satisfies Reason]
      : reasonOf('mark', of, { said: folder.mark })),
    ...folder.ancestorMarks.flatMap((statement) => reasonOf('ancestorMark', of, statement)),
    ...folder.patterns.flatMap((statement) => reasonOf('pattern', of, statement)),
    ...reasonOf('maximum', of, { said: folder.maximum }),
    ...folder.repository.flatMap((said) => reasonOf('repository', of, { said })),
    ...folder.organisation.flatMap((statement) => reasonOf('organisation', of, statement)),
    ...(folder.trusted ? [] : [{ source: 'untrusted', level: 'private', of } satisfies Reason]),
  ];
  return strictest(reasons.map((reason) => ({ level: reason.level, reasons: [reason] }))) ?? PRIVATE;
}

/** What a source says as a reason; none when it says nothing. */
export function reasonOf(source: FolderSource, of: string, { said, by }: { said: Said; by?: string }): Reason[] {
  if (said === undefined) return [];
  const rest = { of, ...(by !== undefined && { by }) };
  if (said === 'unread' || said === 'unreadable') return [{ source: said, level: 'private', ...rest, what: source }];
  return [{ source, level: said, ...rest }];
}

/** The sources that had nothing to say of a folder. */
export function silentSources(reasons: readonly Reason[]): FolderSource[] {
  return FOLDER_SOURCES.filter(
    (source) =>
      !reasons.some((reason) => reason.source === source || reason.what === source) &&
      !(source === 'mark' && reasons.some((reason) => reason.source === 'unclassified')),
  );
}

const PRIVATE: Verdict = { level: 'private', reasons: [{ source: 'noFolder', level: 'private' }] };

/** The level of a window: the strictest of its folders; private when it has none. */
export function judgeWindow(folders: readonly Verdict[]): Verdict {
  return strictest(folders) ?? PRIVATE;
}
