import { type Cursor, type TextAccess, isBlank } from './text.ts';

/** The close surroundings of a cursor: what decides whether some text fits there, whatever window the prompt had. */
export interface Place {
  /** Up to {@link BEFORE} characters before the cursor, with `\n` as the end of lines. */
  readonly before: string;
  /** Whether `before` begins where the text begins. */
  readonly fromStart: boolean;
  /** The line up to the cursor. */
  readonly lineBefore: string;
  /** The rest of the line. */
  readonly lineAfter: string;
  /** The lines that follow, a few. */
  readonly below: readonly string[];
}

const BEFORE = 4096;
const LINES_BELOW = 8;
const LONGEST_LINE = 1024;

/** Reads as few lines as it can; a few microseconds, so that it may run on every key. */
export function placeOf(text: TextAccess, cursor: Cursor): Place {
  const line = text.line(cursor.line);
  const head = line.slice(0, cursor.character);
  const parts = [head.slice(-BEFORE)];
  let length = head.length;
  let index = cursor.line;
  while (length < BEFORE && index > 0) {
    index--;
    const above = text.line(index);
    parts.unshift(above.slice(-BEFORE));
    length += above.length + 1;
  }
  const below: string[] = [];
  for (let next = cursor.line + 1; next < text.lineCount && below.length < LINES_BELOW; next++) {
    below.push(text.line(next).slice(0, LONGEST_LINE));
  }
  return {
    before: parts.join('\n').slice(-BEFORE),
    fromStart: index === 0 && length <= BEFORE,
    lineBefore: head.slice(-BEFORE),
    lineAfter: line.slice(cursor.character, cursor.character + LONGEST_LINE),
    below,
  };
}

/** The next line with something on it. */
export function lineBelow(place: Place): string | undefined {
  return place.below.find((line) => !isBlank(line))?.trimEnd();
}

/** The last line with something on it, above the cursor's. */
export function lineAbove(place: Place): string | undefined {
  const above = place.before.slice(0, Math.max(0, place.before.length - place.lineBefore.length - 1));
  return above
    .split('\n')
    .findLast((line) => !isBlank(line))
    ?.trimEnd();
}

/** What editors close by themselves, and what may stand behind it. */
const CLOSERS_ONLY = /^[)\]}>"'`;,\s]*$/;

/** Whether text right of the cursor leaves room for more than one line. */
export function endsLine(lineAfter: string): boolean {
  return CLOSERS_ONLY.test(lineAfter);
}

const OPENS_BLOCK = /(?:[{([:]|=>|->|\b(?:do|then|else|begin|try|loop))\s*$/;

/** Whether the lines after this one belong into it. */
export function opensBlock(line: string): boolean {
  return OPENS_BLOCK.test(line);
}

/**
 * Whether a completion may have several lines here: where a block begins, on a blank line, and wherever the user asks;
 * never where more of the line follows.
 */
export function wantsLines(place: Place, explicit: boolean): boolean {
  if (!endsLine(place.lineAfter)) return false;
  return explicit || isBlank(place.lineBefore) || opensBlock(place.lineBefore) || /,\s*$/.test(place.lineBefore);
}
