import { closesFirst, depthAfter, firstQuote, strayClosers, isQuote, openBrackets } from './brackets.ts';
import { type Place, endsLine, lineAbove, lineBelow } from './place.ts';
import { repeatsBelow } from './streamFilter.ts';
import { columns, indentOf, isBlank } from './text.ts';

/** How the document indents. */
export interface Indentation {
  readonly insertSpaces: boolean;
  /** Columns. */
  readonly tabSize: number;
}

/**
 * First half: makes a model's text one that could stand in this document. Depends on what is before the cursor only, so
 * that it is done once, and what the user accepts is exactly what is remembered.
 */
export function fit(raw: string, place: Place, indentation: Indentation): string {
  const text = raw.replaceAll(/\r\n?/g, '\n');
  return fitIndentation(fitStart(text, place, indentation), place, indentation);
}

/** Takes away a space that the cursor has already, and indentation that was given twice. */
function fitStart(text: string, { lineBefore, before }: Place, { tabSize }: Indentation): string {
  if (!isBlank(lineBefore)) return /\s$/.test(lineBefore) ? text.replace(/^[ \t]+/, '') : text;
  const given = indentOf(text.split('\n', 1)[0] ?? '');
  if (lineBefore === '' || given === '' || isBlank(text)) return text;
  const above = before
    .slice(0, before.length - lineBefore.length)
    .split('\n')
    .findLast((line) => !isBlank(line));
  const most = columns(indentOf(above ?? ''), tabSize) + tabSize;
  const excess = columns(lineBefore, tabSize) + columns(given, tabSize) > most;
  return excess ? text.slice(given.length) : text;
}

/** Tabs where the document has tabs, spaces where it has spaces; alignment that is no whole step stays. */
function fitIndentation(text: string, place: Place, { insertSpaces, tabSize }: Indentation): string {
  return text
    .split('\n')
    .map((line, index) => {
      if (index === 0 && !isBlank(place.lineBefore)) return line;
      const indent = indentOf(line);
      const width = columns(indent, tabSize);
      if (insertSpaces) return indent.includes('\t') ? ' '.repeat(width) + line.slice(indent.length) : line;
      if (!indent.includes(' ') || width % tabSize !== 0) return line;
      return '\t'.repeat(width / tabSize) + line.slice(indent.length);
    })
    .join('\n');
}

/** Text for the cursor, and how many characters right of it the text takes the place of. */
export interface Insertion {
  readonly text: string;
  readonly replaces: number;
}

/**
 * Second half: fits the text to what is after the cursor now. Done whenever a completion is shown, because that changes
 * while one types. `undefined` when nothing worth showing is left.
 */
export function trim(fitted: string, place: Place, canReplace = true): Insertion | undefined {
  const rest = place.lineAfter.trimEnd();
  let text = endsLine(rest) ? withoutLinesBelow(fitted, place) : (fitted.split('\n', 1)[0] ?? '');
  let replaces = 0;
  if (rest !== '') ({ text, replaces } = againstRest(text, rest, place.lineBefore, canReplace));
  text = rest === '' || replaces > 0 ? text.trimEnd() : text.replace(/\n\s*$/, '');
  return isBlank(text) || isDuplicate(text, place) ? undefined : { text, replaces };
}

/** The end of the text that stands below the cursor already, line by line. */
function withoutLinesBelow(text: string, place: Place): string {
  const below = place.below.filter((line) => !isBlank(line)).map((line) => line.trimEnd());
  const lines = (place.lineBefore + text).trimEnd().split('\n');
  const filled = lines.flatMap((line, index) => (isBlank(line) ? [] : [index]));
  for (let count = Math.min(below.length, filled.length); count > 0; count--) {
    const indexes = filled.slice(-count);
    if (!indexes.every((at, n) => lines[at]?.trimEnd() === below[n])) continue;
    const first = indexes[0] ?? 0;
    const kept = lines.slice(0, first);
    const depth = depthAfter(openBrackets(place.lineBefore), kept.join('\n').slice(place.lineBefore.length));
    if (count === 1 && !repeatsBelow(lines[first] ?? '', below[0] ?? '', depth)) continue;
    return first === 0 ? '' : kept.join('\n').slice(place.lineBefore.length);
  }
  return text;
}

/** Removes what the rest of the line has already. */
function againstRest(text: string, rest: string, lineBefore: string, canReplace: boolean): Insertion {
  const stray = strays(text, rest, lineBefore);
  const [first] = stray;
  if (first !== undefined) {
    const tail = text.slice(first).trimEnd();
    if (!rest.startsWith(tail) && canReplace) {
      if (tail.startsWith(rest)) return { text: text.trimEnd(), replaces: rest.length };
      if (endsLine(rest)) return { text: text.trimEnd(), replaces: covered(text, stray, rest) };
    }
    return { text: text.slice(0, first), replaces: 0 };
  }
  // Closers of the text are closers of its own here.
  if (closesFirst(rest)) return { text, replaces: 0 };
  for (let length = Math.min(rest.length, text.length); length > 0; length--) {
    const overlap = rest.slice(0, length);
    const telling = length >= 3 || (length === 2 && length === rest.length) || /^[;,]+$/.test(overlap);
    if (telling && text.endsWith(overlap)) return { text: text.slice(0, -length), replaces: 0 };
  }
  const inside = rest.length >= 4 ? text.lastIndexOf(rest) : -1;
  return { text: inside < 0 ? text : text.slice(0, inside), replaces: 0 };
}

/** Where the text closes what the editor or the user has closed right of the cursor; none where it does not. */
function strays(text: string, rest: string, lineBefore: string): number[] {
  const first = rest.charAt(0);
  if (isQuote(first)) {
    const inside = (lineBefore.split(first).length - 1) % 2 === 1;
    const at = inside ? firstQuote(text, first) : undefined;
    return at === undefined ? [] : [at, ...strayClosers(text.slice(at + 1)).map((index) => at + 1 + index)];
  }
  const found = strayClosers(text);
  return text[found[0] ?? -1] === first ? found : [];
}

/** How many characters of the rest the text has as well, in order. */
function covered(text: string, stray: readonly number[], rest: string): number {
  let count = 0;
  while (count < rest.length && text[stray[count] ?? -1] === rest[count]) count++;
  return text.trimEnd().endsWith(rest.slice(count)) ? rest.length : count;
}

const LETTERS = /[\p{L}\p{N}]/gu;

/** Whether accepting would only repeat the line below or above. */
function isDuplicate(text: string, place: Place): boolean {
  if (text.includes('\n')) return false;
  const line = (place.lineBefore + text + place.lineAfter).trim();
  if ((line.match(LETTERS)?.length ?? 0) < 4) return false;
  return line === lineBelow(place)?.trim() || line === lineAbove(place)?.trim();
}
