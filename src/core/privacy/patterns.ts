import * as v from 'valibot';
import { remoteName } from './gitRemote.ts';
import { type Level, LEVELS, type Said, type Statement } from './level.ts';

/** One entry of `switchyard.privacy.patterns`, or of the organisation's `folders`. */
export interface Pattern {
  readonly match: string;
  readonly level: Level;
}

/** What is known of the git remotes of a folder: their addresses, or why they are not known. */
export type Remotes = readonly string[] | 'unread' | 'unreadable';

/** What patterns say of a folder. */
export interface Match {
  readonly statements: readonly Statement[];
  /** Whether they answer for the folder: a pattern of a path matches, or patterns match every git remote that it has. */
  readonly matched: boolean;
}

export interface Patterns {
  /** Whether a pattern names git remotes. */
  readonly wantRemotes: boolean;
  /** `paths`: every name of the folder, absolute, with slashes. `remotes` is asked only where a pattern wants it. */
  of(paths: readonly string[], remotes: () => Remotes): Match;
}

/** Makes a matcher of a glob: `core/privacy/glob.ts`. */
export type Covering = (glob: string, ignoreCase: boolean) => ((text: string) => boolean) | undefined;

export interface PatternFacts {
  /** The user's folder, by all of its names. */
  readonly homes: readonly string[];
  /** Whether the system's file names ignore case. Git remotes always do. */
  readonly ignoreCase: boolean;
}

const Entry = v.strictObject({ match: v.pipe(v.string(), v.trim(), v.minLength(1)), level: v.picklist(LEVELS) });

/** Entries of a list as it was written. What is not an entry counts as unreadable, and so as private everywhere. */
export function readPatterns(raw: unknown): (Pattern | 'unreadable')[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) return ['unreadable'];
  return raw.map((entry: unknown) => {
    const parsed = v.safeParse(Entry, entry);
    return parsed.success ? parsed.output : 'unreadable';
  });
}

interface Compiled {
  readonly of: 'path' | 'remote';
  readonly match: string;
  readonly said: Said;
  readonly covers: (text: string) => boolean;
}

export function compilePatterns(
  patterns: readonly (Pattern | 'unreadable')[],
  covering: Covering,
  facts: PatternFacts,
): Patterns {
  const compiled = patterns.map((pattern) => compile(pattern, covering, facts));
  const good = compiled.filter((each) => each !== undefined);
  const broken = patterns.filter((_, at) => compiled[at] === undefined);
  const unreadable = broken.map((pattern): Statement => ({
    said: 'unreadable',
    by: pattern === 'unreadable' ? 'an entry that is not a pattern' : pattern.match,
  }));
  const ofPath = good.filter(({ of }) => of === 'path');
  const ofRemote = good.filter(({ of }) => of === 'remote');
  return {
    wantRemotes: ofRemote.length > 0,
    of(paths, remotes) {
      const byPath = ofPath.filter(({ covers }) => paths.some(covers));
      const known = ofRemote.length === 0 ? [] : remotes();
      const isKnown = typeof known !== 'string';
      const names = isKnown ? known.map(remoteName) : [];
      const byRemote = ofRemote.filter(({ covers }) => names.some(covers));
      const isEveryRemoteMatched =
        names.length > 0 && names.every((name) => ofRemote.some(({ covers }) => covers(name)));
      return {
        statements: [
          ...unreadable,
          ...(isKnown ? [] : [{ said: known, by: 'git remotes' }]),
          ...[...byPath, ...byRemote].map(({ said, match }) => ({ said, by: match })),
        ],
        matched: byPath.length > 0 || isEveryRemoteMatched,
      };
    },
  };
}

function compile(
  pattern: Pattern | 'unreadable',
  covering: Covering,
  { homes, ignoreCase }: PatternFacts,
): Compiled | undefined {
  if (pattern === 'unreadable') return undefined;
  const { match, level } = pattern;
  const isPath = isPathPattern(match);
  const globs = isPath ? pathGlobs(match, homes) : [remoteName(match)];
  const all = globs.map((glob) => (glob === '' ? undefined : covering(glob, isPath && ignoreCase)));
  const matchers = all.filter((each) => each !== undefined);
  if (matchers.length === 0 || matchers.length < all.length) return undefined;
  return {
    of: isPath ? 'path' : 'remote',
    match,
    said: level,
    covers: (text) => matchers.some((covers) => covers(text)),
  };
}

/** A path begins with a slash, `~`, a drive, two backslashes or two stars and a slash; all else names a git remote. */
export function isPathPattern(match: string): boolean {
  return /^(\/|~(?:[/\\]|$)|[a-z]:[/\\]|\\\\|\*\*[/\\])/i.test(match);
}

/** With slashes, as `folderPath` writes paths. */
function pathGlobs(match: string, homes: readonly string[]): string[] {
  if (match.startsWith('~')) {
    const own = match.startsWith('~\\') ? match.replaceAll('\\', '/') : match;
    const rest = own.slice(1).replace(/^\/+/, '');
    return homes.map((home) => `${literally(home)}/${rest}`.replace(/\/$/, ''));
  }
  const isWindows = /^([a-z]:[/\\]|\\\\)/i.test(match);
  const slashed = isWindows ? match.replaceAll('\\', '/') : match;
  return [/^[a-z]:/i.test(slashed) ? `/${slashed.charAt(0).toLowerCase()}${slashed.slice(1)}` : slashed];
}

/** A path whose characters mean themselves in a glob. */
function literally(path: string): string {
  return path.replaceAll(/[\\*?[\]{}()!+@|^$]/g, String.raw`\$&`);
}
