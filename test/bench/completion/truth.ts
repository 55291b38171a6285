import type { Hole } from './markers.ts';

/** Where a prompt's cursor is in the true text, and where the text that is missing there ends. */
export interface Spot {
  readonly at: number;
  readonly end: number;
  /** What right of the cursor on its line the prompt showed: closers of the editor, mostly. */
  readonly rest: string;
}

/** Characters that suffice to tell places apart. */
const TELLING = 400;
/** Characters of the lines above that the place of a line must agree with. */
const SURE = 40;

/** Finds holes in one true text. The document may lack more than one part of it, and may have typing errors at the cursor. */
export function spotIn(text: string, hole: Hole): Spot | undefined {
  const at = cursorIn(text, hole.prefix);
  return at === undefined ? undefined : { at, ...endIn(text, at, hole) };
}

function cursorIn(text: string, prefix: string): number | undefined {
  const lineStart = prefix.lastIndexOf('\n') + 1;
  const line = prefix.slice(lineStart);
  const exact = best(text, prefix, line);
  const above = lineStart === 0 ? undefined : best(text, prefix.slice(0, lineStart), '\n');
  const known = above && Math.min(above.common, SURE);
  if (exact !== undefined && (known === undefined || exact.common >= line.length + known)) return exact.at;
  // The line has a typing error: it goes on where the line of the truth is as far as this one.
  if (above === undefined) return exact?.at;
  const end = text.indexOf('\n', above.at);
  return Math.min(above.at + line.length, end < 0 ? text.length : end);
}

/** The end of `ending` in the text before which most is as in the prefix. */
function best(text: string, prefix: string, ending: string): { at: number; common: number } | undefined {
  let found: { at: number; common: number } | undefined;
  const needle = ending === '' ? '\n' : ending;
  const shift = ending === '' ? 1 : ending.length;
  for (let from = text.indexOf(needle); from >= 0; from = text.indexOf(needle, from + 1)) {
    const at = from + shift;
    const common = commonSuffix(text, at, prefix);
    if (common >= ending.length && (found === undefined || common > found.common)) found = { at, common };
    if (found && found.common >= TELLING) return found;
  }
  if (found === undefined && ending === '') return { at: 0, common: 0 };
  return found;
}

function commonSuffix(text: string, end: number, prefix: string): number {
  const most = Math.min(end, prefix.length, TELLING);
  let length = 0;
  while (length < most && text[end - 1 - length] === prefix[prefix.length - 1 - length]) length++;
  return length;
}

/** Where the suffix begins in the truth; where it says too little, at its first line or at the end of the text. */
function endIn(text: string, at: number, { suffix, lineLast }: Hole): { end: number; rest: string } {
  const whole =
    !suffix.startsWith('\n') && suffix !== '' && startOfLines(text, at, suffix.split('\n'), 6) !== undefined;
  // A prompt with the cursor's line last shows the lines below it, from the first on.
  const lines = (lineLast || whole || /^\s+\S/.test(suffix) ? `\n${suffix}` : suffix).split('\n');
  const rest = lines[0] ?? '';
  for (const count of [6, 3, 2]) {
    for (let skip = 1; skip < Math.min(lines.length, 8); skip++) {
      const start = startOfLines(text, at, lines.slice(skip), count);
      if (start === undefined) continue;
      return { end: closerBefore(text, at, start, lines.slice(1, skip)) ?? start - 1, rest };
    }
  }
  return { end: closerBefore(text, at, text.length, lines.slice(1)) ?? text.length, rest };
}

/** The start of the line from which on the text has the first of these lines. */
function startOfLines(text: string, at: number, lines: readonly string[], count: number): number | undefined {
  const telling = lines.slice(0, count).join('\n');
  if ((telling.match(/\w/g)?.length ?? 0) < 6) return undefined;
  const found = text.indexOf(`\n${telling}`, at);
  return found < 0 ? undefined : found + 1;
}

/** Closers that the editor set below the cursor are in the truth too, somewhere before the text that follows them. */
function closerBefore(text: string, at: number, start: number, closers: readonly string[]): number | undefined {
  const first = closers.find((line) => line.trim() !== '');
  if (first === undefined) return undefined;
  const found = text.slice(at, start).indexOf(`\n${first}`);
  return found < 0 ? undefined : at + found;
}
