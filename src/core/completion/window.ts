import type { Cursor, TextAccess } from './text.ts';

/** The text around a cursor that goes into a prompt, with `\n` as the end of lines. */
export interface Window {
  readonly prefix: string;
  readonly suffix: string;
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
