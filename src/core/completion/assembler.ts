import { enclosingLines } from './scopes.ts';
import { type Cursor, type TextAccess, isBlank, wholeCharacter } from './text.ts';

/** The text around a cursor that goes into a prompt, with `\n` as the end of lines. */
export interface Parts {
  /** Whole lines, up to the anchor line. */
  readonly prefix: string;
  /** From the start of the anchor line to the cursor. */
  readonly middle: string;
  /** From the cursor on; from the next line on where only closers stand right of the cursor. */
  readonly suffix: string;
}

/**
 * What the next prompt for the same document keeps, so that the two share as much as possible from their beginning on:
 * servers reuse what they have read of a prompt up to the first difference.
 */
export interface Anchor {
  /** The prefix begins with the lines before this one: imports and declarations, mostly. */
  readonly head: number;
  /** Lines that begin the blocks around what follows. */
  readonly scopes: readonly number[];
  /** And goes on with this line, and its text; 0 where nothing was left out. */
  readonly start: number;
  readonly firstLine: string;
  /** The anchor line: the first of the middle. */
  readonly line: number;
  readonly suffix: string;
  readonly lineCount: number;
}

/** Sizes of the text that goes into a prompt, in characters. */
export interface Room {
  /** From the beginning of the document: read once, and kept wherever the cursor goes. */
  readonly head: number;
  /** Around the cursor: what the server may have to read at once when the cursor went somewhere else. */
  readonly near: number;
  /** In all. A window that the server has read grows up to this size. */
  readonly most: number;
}

/** Of the room near the cursor, what the text after the cursor gets while there is enough on both sides. */
const SUFFIX_SHARE = 0.2;
/** What one side leaves over goes to the other in steps, so that the far ends do not move with every key. */
const STEP = 512;
/** A window is kept while it has so much of the room, and while no more than this is new in it. */
const LEAST = 0.15;
const NEW = 1;
/** A head is kept where it has so much of its room. */
const HEAD = 0.4;
/** Characters of a middle: models have been trained on holes of some lines, and go on in them as well as on one line. */
const LONGEST_MIDDLE = 480;
/** Share of the suffix that may have changed while the old one is still sent. */
const STALE = 0.1;
/** What editors close by themselves. */
const CLOSERS_ONLY = /^[)\]}>"'`;,\s]*$/;

/**
 * Chooses the window. What the last prompt of the document had is kept while it is right enough:
 * where the window starts, the line that the middle begins with, and the suffix. Reads only the lines that it takes.
 */
export function assemble(text: TextAccess, cursor: Cursor, room: Room, last?: Anchor): Parts & { anchor: Anchor } {
  const line = text.line(cursor.line);
  const head = line.slice(0, cursor.character);
  const right = line.slice(cursor.character);
  const rest = CLOSERS_ONLY.test(right) ? '' : right;
  const old = last && followed(last, text);

  const share = Math.floor(room.near * SUFFIX_SHARE);
  const whole = Math.min(room.most, room.head + room.near);
  const above = reach(text, cursor.line, -1, head.length, whole);
  const now = suffixOf(text, cursor.line, rest, Math.min(2 * share, Math.max(share, whole - steps(above.used))));
  const kept = old && isFresh(old.suffix, now) ? old : undefined;
  const suffix = kept?.suffix ?? now;

  const nearRoom = room.near - Math.min(share, steps(now.length));
  if (head.length > nearRoom) {
    const own = { head: 0, scopes: [], start: cursor.line, line: cursor.line };
    return { prefix: '', middle: endOf(head, nearRoom), suffix, anchor: anchorOf(own) };
  }
  const {
    head: top,
    scopes,
    start,
  } = keepsStart(old, text, cursor.line, head.length, room)
    ? old
    : startOf(text, cursor.line, head.length, { ...room, near: nearRoom }, old);
  const middleStart = keepsLine(kept, start, text, cursor.line, head.length) ? kept.line : cursor.line;
  const before = start > 0 ? lines(text, 0, top) + scopes.map((index) => `${text.line(index)}\n`).join('') : '';
  const prefix = before + lines(text, start, middleStart);
  const middle = lines(text, middleStart, cursor.line) + head;
  return { prefix, middle, suffix, anchor: anchorOf({ head: top, scopes, start, line: middleStart }) };

  function anchorOf(own: Pick<Anchor, 'head' | 'scopes' | 'start' | 'line'>): Anchor {
    return { ...own, firstLine: text.line(own.start), suffix, lineCount: text.lineCount };
  }
}

/** A new window: the head of the document, the blocks around the cursor, and what is near it; in one piece where they meet. */
function startOf(
  text: TextAccess,
  line: number,
  own: number,
  room: Room,
  old?: Anchor,
): Pick<Anchor, 'head' | 'scopes' | 'start'> {
  const kept = old && old.head <= line ? span(text, 0, old.head, 0) : 0;
  const fits = kept >= room.head * HEAD && kept <= room.most - room.near;
  const top = fits && old ? { last: old.head, used: kept } : reach(text, 0, 1, text.line(0).length, room.head);
  const head = Math.min(line, top.last);
  const { last: start, used } = reach(text, line, -1, own, room.near);
  if (start <= head) return { head, scopes: [], start: 0 };
  const left = room.most - room.near * SUFFIX_SHARE - top.used - used;
  return { head, scopes: fitting(text, enclosingLines(text, start, head), left), start };
}

/** The innermost lines that there is room for. */
function fitting(text: TextAccess, scopes: readonly number[], room: number): readonly number[] {
  let left = room;
  const first = scopes.findLastIndex((index) => (left -= text.line(index).length + 1) < 0);
  return scopes.slice(first + 1);
}

/** The anchor after lines came or went above it. */
function followed(anchor: Anchor, text: TextAccess): Anchor {
  const { start, scopes, firstLine, line, lineCount } = anchor;
  const by = text.lineCount - lineCount;
  const has = (index: number) => index >= 0 && index < text.lineCount && text.line(index) === firstLine;
  const shifted = by !== 0 && !has(start) && has(start + by);
  if (!shifted) return anchor;
  return { ...anchor, scopes: scopes.map((index) => Math.max(0, index + by)), start: start + by, line: line + by };
}

function keepsStart(
  old: Anchor | undefined,
  text: TextAccess,
  line: number,
  own: number,
  { near, most }: Room,
): old is Anchor {
  if (!old || old.start > line || text.line(old.start) !== old.firstLine) return false;
  const used = span(text, old.start, line, own);
  const above =
    old.start > 0
      ? old.scopes.reduce((sum, index) => sum + text.line(index).length + 1, span(text, 0, old.head, 0))
      : 0;
  if (above + used > most - near * SUFFIX_SHARE) return false;
  if (old.start > 0 && used < near * LEAST) return false;
  return old.line > line || span(text, old.line, line, own) <= near * NEW;
}

function keepsLine(
  kept: Anchor | undefined,
  start: number,
  text: TextAccess,
  line: number,
  own: number,
): kept is Anchor {
  return (
    kept !== undefined && kept.line >= start && kept.line <= line && span(text, kept.line, line, own) <= LONGEST_MIDDLE
  );
}

/** Whether an old suffix may still be sent where this one would be right. */
function isFresh(old: string, fresh: string): boolean {
  // A shorter one is from when less room was known to be.
  if (old !== '' && fresh.startsWith(old)) return true;
  const closers = leadingClosers(fresh);
  if (closers !== '' && isFresh(old, fresh.slice(closers.length))) return true;
  if (firstWords(old) !== firstWords(fresh)) return false;
  const most = Math.max(old.length, fresh.length);
  const least = Math.min(old.length, fresh.length);
  let from = 0;
  while (from < least && old[from] === fresh[from]) from++;
  let to = 0;
  while (to < least - from && old[old.length - 1 - to] === fresh[fresh.length - 1 - to]) to++;
  return most - from - to <= most * STALE;
}

/** The line below the cursor where it only closes what the editor closed by itself, when a block was opened. */
function leadingClosers(suffix: string): string {
  return /^\n[ \t]*[)\]}]+[;,]?(?=\n)/.exec(suffix)?.[0] ?? '';
}

function firstWords(suffix: string): string {
  return suffix.trimStart().split('\n', 1)[0] ?? '';
}

interface Reach {
  /** The farthest line that fits as a whole. */
  readonly last: number;
  /** Whether that is the end of the text on this side. */
  readonly edge: boolean;
  /** Characters used. */
  readonly used: number;
}

function reach(text: TextAccess, from: number, step: 1 | -1, own: number, room: number): Reach {
  const edgeLine = step < 0 ? 0 : text.lineCount - 1;
  let last = from;
  let used = own;
  while (last !== edgeLine) {
    const next = used + 1 + text.line(last + step).length;
    if (next > room) return { last, edge: false, used };
    last += step;
    used = next;
  }
  return { last, edge: true, used };
}

function steps(characters: number): number {
  return Math.ceil(characters / STEP) * STEP;
}

/** Characters from the start of a line up to the cursor in another. */
function span(text: TextAccess, from: number, to: number, own: number): number {
  let used = own;
  for (let index = from; index < to; index++) used += text.line(index).length + 1;
  return used;
}

/** Whole lines, with their ends. */
function lines(text: TextAccess, from: number, to: number): string {
  let all = '';
  for (let index = from; index < to; index++) all += `${text.line(index)}\n`;
  return all;
}

function suffixOf(text: TextAccess, line: number, rest: string, room: number): string {
  if (rest.length > room) return rest.slice(0, wholeCharacter(rest, room));
  const { last } = reach(text, line, 1, rest.length, room);
  let all = rest;
  for (let index = line + 1; index <= last; index++) all += `\n${text.line(index)}`;
  return isBlank(all) ? '' : all;
}

/** The end of a very long line: it begins at a multiple of a part of the room. */
function endOf(head: string, room: number): string {
  const block = Math.max(1, Math.floor(room / 4));
  return head.slice(wholeCharacter(head, Math.ceil((head.length - room) / block) * block));
}
