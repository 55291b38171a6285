import { type Cursor, type TextAccess, wholeCharacter } from './text.ts';

/** The text around a cursor that goes into a prompt, with `\n` as the end of lines. */
export interface Window {
  readonly prefix: string;
  readonly suffix: string;
}

/** Characters that a token of code stands for. Low on purpose: a prompt that is too long fails, a shorter one does not. */
export const CHARACTERS_PER_TOKEN = 3;
/** Of the budget, what the text before the cursor gets while there is enough on both sides. */
const PREFIX_SHARE = 0.75;
/** What one side leaves over goes to the other in steps, so that the far ends do not move with every key. */
const STEP = 512;
const TYPICAL_LINE = 40;

/**
 * Chooses the window. Its ends lie on line borders and move in blocks of lines, not with every line: the beginning of the
 * prompt stays the same over many keystrokes, and the server's cache of it stays valid. Reads only the lines it takes.
 */
export function chooseWindow(text: TextAccess, cursor: Cursor, budgetTokens: number): Window {
  const budget = Math.max(0, Math.floor(budgetTokens * CHARACTERS_PER_TOKEN));
  const prefixShare = Math.floor(budget * PREFIX_SHARE);
  const suffixShare = budget - prefixShare;
  const line = text.line(cursor.line);
  const head = line.slice(0, cursor.character);
  const rest = line.slice(cursor.character);

  const spareAfter = spare(suffixShare, reach(text, cursor.line, 1, rest.length, suffixShare));
  const prefixBudget = prefixShare + spareAfter;
  const before = reach(text, cursor.line, -1, head.length, prefixBudget);
  const suffixBudget = suffixShare + (spareAfter > 0 ? 0 : spare(prefixShare, before));
  const after = reach(text, cursor.line, 1, rest.length, suffixBudget);
  return { prefix: takeBefore(before, prefixBudget), suffix: takeAfter(after, suffixBudget) };

  function takeBefore({ last, edge }: Reach, room: number): string {
    if (head.length > room) {
      const block = Math.max(1, Math.floor(room / 4));
      const from = Math.ceil((head.length - room) / block) * block;
      return head.slice(wholeCharacter(head, from));
    }
    const start = edge ? 0 : snapped(last, cursor.line, room);
    const lines: string[] = [];
    for (let index = start; index < cursor.line; index++) lines.push(text.line(index));
    return [...lines, head].join('\n');
  }

  function takeAfter({ last, edge }: Reach, room: number): string {
    if (rest.length > room) return rest.slice(0, wholeCharacter(rest, room));
    const end = edge ? last : -snapped(-last, -cursor.line, room);
    const lines = [rest];
    for (let index = cursor.line + 1; index <= end; index++) lines.push(text.line(index));
    return lines.join('\n');
  }
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
  if (used > room) return { last, edge: false, used: room };
  while (last !== edgeLine) {
    const next = used + 1 + text.line(last + step).length;
    if (next > room) return { last, edge: false, used };
    last += step;
    used = next;
  }
  return { last, edge: true, used };
}

function spare(share: number, { edge, used }: Reach): number {
  return edge ? Math.floor(Math.max(0, share - used) / STEP) * STEP : 0;
}

/** Rounds the far line towards the cursor, to a multiple of a block of about a quarter of the room; of a smaller block
 * where lines are so long that this would cost more than half of the window. */
function snapped(far: number, near: number, room: number): number {
  let block = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, room / TYPICAL_LINE / 4))));
  while (block > 1) {
    const line = Math.ceil(far / block) * block;
    if (line - far <= (near - far) / 2) return line;
    block /= 2;
  }
  return far;
}

/**
 * Leaves out what lies beyond a control token in the text, seen from the cursor, with its whole line. `undefined` when
 * the cursor's own line has one: no prompt can be built there.
 */
export function withoutReserved({ prefix, suffix }: Window, reserved: readonly string[]): Window | undefined {
  const lastIn = Math.max(-1, ...reserved.map((token) => prefix.lastIndexOf(token)));
  const firstIn = Math.min(Infinity, ...reserved.map((token) => suffix.indexOf(token)).filter((at) => at >= 0));
  const from = lastIn < 0 ? 0 : prefix.indexOf('\n', lastIn) + 1;
  const to = firstIn === Infinity ? suffix.length : suffix.lastIndexOf('\n', firstIn);
  if ((lastIn >= 0 && from === 0) || to < 0) return undefined;
  return { prefix: prefix.slice(from), suffix: suffix.slice(0, to) };
}

/** Longest text that {@link surroundings} adds on each side, in UTF-16 units: some lines are very long. */
const MOST_BEYOND = 8_192;

/** The window in one piece, with up to so many more whole lines on each side. Lines are counted from 0. */
export function surroundings(
  text: TextAccess,
  cursor: Cursor,
  { prefix, suffix }: Window,
  beyond: number,
): { readonly firstLine: number; readonly text: string } {
  const first = cursor.line - (prefix.split('\n').length - 1);
  const last = cursor.line + suffix.split('\n').length - 1;
  const before = more(-1, first, 0);
  const after = more(1, last, text.lineCount - 1);
  const whole = [...before.toReversed(), prefix + suffix, ...after].join('\n');
  return { firstLine: first - before.length, text: whole };

  function more(step: 1 | -1, from: number, edge: number): string[] {
    const lines: string[] = [];
    let room = MOST_BEYOND;
    for (let index = from; index !== edge && lines.length < beyond;) {
      index += step;
      const line = text.line(index);
      room -= line.length;
      if (room < 0) break;
      lines.push(line);
    }
    return lines;
  }
}
