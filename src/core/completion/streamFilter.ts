import { closesFirst, depthAfter, openBrackets } from './brackets.ts';
import { loopInLine, loopOfLines } from './loops.ts';
import { type Place, lineBelow } from './place.ts';
import { columns, indentOf, isBlank } from './text.ts';

/** Watches streamed text and says when a completion has come to a sensible end. */
export interface StreamFilter {
  /** Takes more text; true when nothing more is wanted. */
  push(chunk: string): boolean;
  /** The stream has ended: judges what was held back. */
  finish(): void;
  /** The text so far, cut at the sensible end once that was found; `\n` ends lines. */
  readonly text: string;
  /** The part of it that consists of whole lines, and cannot change any more. */
  readonly settled: string;
}

export interface FilterOptions {
  readonly stops: readonly string[];
  /** Whether more than one line may come. */
  readonly multiline: boolean;
  readonly place: Place;
  /** Columns of a tab. */
  readonly tabSize: number;
}

/** A line this long that stands below the cursor already is no coincidence. */
const TELLING_LENGTH = 8;

export function createStreamFilter({ stops, multiline, place, tabSize }: FilterOptions): StreamFilter {
  /** May be the beginning of a stop or of a CRLF. */
  let held = '';
  let text = '';
  let ended = false;
  let lineStart = 0;
  /** Where the last line with something on it ends. */
  let contentEnd = 0;
  const lines: string[] = [];
  const below = lineBelow(place);
  const indent = (line: string) => columns(indentOf(line), tabSize);
  let base = indent(place.lineBefore);
  const startsBlank = isBlank(place.lineBefore);
  let depth = openBrackets(place.lineBefore);

  const cutAt = (length: number) => {
    text = text.slice(0, length);
    ended = true;
    return true;
  };

  /** Judges a complete line; the last line of the text may lack its end. True when that is the end. */
  function judge(line: string, start: number, end: number): boolean {
    const whole = lines.length === 0 ? place.lineBefore + line : line;
    if (isBlank(whole)) {
      lines.push(whole);
      return false;
    }
    if (below !== undefined && repeatsBelow(whole, below, depth)) return cutAt(contentEnd);
    if (multiline && lines.length > 0 && leaves(whole)) return cutAt(contentEnd);
    if (startsBlank && contentEnd === 0) base = indent(whole);
    const outer = depth;
    depth = depthAfter(depth, line);
    lines.push(whole);
    contentEnd = end;
    const keep = loopOfLines(lines);
    if (keep !== undefined) return cutAt(startOfLine(keep) - 1);
    if (!multiline && !isBlank(text.slice(0, end))) return cutAt(end);
    // The line that closes what the cursor's line opened is the last one.
    const closes = start > 0 && !startsBlank && outer > 0 && depth <= 0 && indent(whole) <= base;
    return multiline && closes && cutAt(end);
  }

  /** Whether a line belongs to what comes after the block or the paragraph of the cursor. */
  function leaves(line: string): boolean {
    if (indent(line) > base || (closesFirst(line) && depth > 0)) return false;
    if (!startsBlank) return true;
    return contentEnd > 0 && (indent(line) < base || isBlank(lines.at(-1) ?? ''));
  }

  function startOfLine(index: number): number {
    let at = 0;
    for (let line = 0; line < index; line++) at = text.indexOf('\n', at) + 1;
    return at;
  }

  function release(more: string): void {
    text += more;
    for (let end = text.indexOf('\n', lineStart); end >= 0; end = text.indexOf('\n', lineStart)) {
      const start = lineStart;
      lineStart = end + 1;
      if (judge(text.slice(start, end), start, end)) return;
    }
    const keep = loopInLine(text.slice(lineStart));
    if (keep !== undefined) cutAt(lineStart + keep);
  }

  function finish(): void {
    if (!ended) release(held);
    held = '';
    if (!ended && lineStart < text.length) judge(text.slice(lineStart), lineStart, text.length);
    ended = true;
  }

  return {
    push(chunk) {
      if (ended) return true;
      const all = (held + chunk).replaceAll('\r\n', '\n');
      const stop = Math.min(Infinity, ...stops.map((s) => all.indexOf(s)).filter((at) => at >= 0));
      const ready = stop === Infinity ? all.length - heldLength(all, stops) : stop;
      held = stop === Infinity ? all.slice(ready) : '';
      release(all.slice(0, ready));
      if (stop !== Infinity) finish();
      return ended;
    },
    finish,
    get text() {
      return text;
    },
    get settled() {
      return ended ? text : text.slice(0, contentEnd);
    },
  };
}

/** How much of the end of some text may be the beginning of a stop, or half a CRLF. */
function heldLength(text: string, stops: readonly string[]): number {
  let most = text.endsWith('\r') ? 1 : 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > most; length--) {
      if (stop.startsWith(text.slice(text.length - length))) most = length;
    }
  }
  return most;
}

/** Whether a line is the one that stands below the cursor already. Short lines only when they close what is open there. */
export function repeatsBelow(line: string, below: string, depth: number): boolean {
  if (line.trimEnd() !== below) return false;
  return below.trim().length >= TELLING_LENGTH || (closesFirst(line) && depth <= 0);
}
