import { type Level, LEVELS, type Said, isStricter, stricter } from './level.ts';
import { type SipKey, sipHash } from './sipHash.ts';

/**
 * The user's mark of one folder, as a small file of its own. It lies on the machine of the folder, where others may write,
 * too: the image of a dev container brings its own home. So it carries a seal, made with a key that stays with the user. A
 * mark without this seal can take away and never give.
 */
export interface Mark {
  /** The folder's identity. */
  readonly folder: string;
  readonly level: Level;
  /** Whether its seal is of the user's key; else it was made in another profile, or by somebody else. */
  readonly isSealed: boolean;
}

const VERSION = 1;
/** Only tells names of files apart; no secret. */
const NAMES: SipKey = [0x6d61726b, 0x206f6620, 0x6120666f, 0x6c646572];

export function writeMark(folder: string, level: Level, key: SipKey): string {
  return `${JSON.stringify({ version: VERSION, folder, level, seal: sealOf(folder, level, key) })}\n`;
}

/** `undefined` for what is no mark of this version. */
export function readMark(text: string, key: SipKey): Mark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== VERSION)
    return undefined;
  if (!('folder' in value) || typeof value.folder !== 'string' || !('level' in value)) return undefined;
  const { folder } = value;
  const level = LEVELS.find((each) => each === value.level);
  if (level === undefined) return undefined;
  return { folder, level, isSealed: 'seal' in value && value.seal === sealOf(folder, level, key) };
}

/** One file for each folder and key, so that no window and no profile writes over another's. */
export function markFileName(folder: string, key: SipKey): string {
  return `${folderHash(folder)}-${hash(key, `name\n${folder}`)}.json`;
}

/** What the name of every file of the folder begins with, in whatever case the folder is written. */
export function folderHash(folder: string): string {
  return hash(NAMES, folder.toLowerCase());
}

/** Whether a name is that of a mark; others in the folder are nobody's. */
export function isMarkFile(name: string): boolean {
  return /^[\da-f]{16}-[\da-f]{16}\.json$/u.test(name);
}

/**
 * What all the marks of one folder say together: the strictest of those with the seal. The others tighten that; alone,
 * private is taken at its word, what would let text go anywhere is not, and open says nothing.
 */
export function saidBy(marks: readonly Mark[]): Said {
  const own = marks.filter(({ isSealed }) => isSealed).map(({ level }) => level);
  const others = marks.filter(({ isSealed, level }) => !isSealed && level !== 'open').map(({ level }) => level);
  const [first, ...rest] = own;
  if (first !== undefined) return [...rest, ...others].reduce(stricter, first);
  if (others.length === 0) return undefined;
  return others.includes('private') ? 'private' : 'unreadable';
}

/** Whether a mark has to go for the user's new word to count. */
export function isOverruled({ level, isSealed }: Mark, by: Level): boolean {
  return isSealed || isStricter(level, by);
}

function sealOf(folder: string, level: Level, key: SipKey): string {
  return hash(key, `mark ${VERSION}\n${level}\n${folder}`);
}

function hash(key: SipKey, text: string): string {
  const units = Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return sipHash(key, units, 0, units.length)
    .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
    .join('');
}
