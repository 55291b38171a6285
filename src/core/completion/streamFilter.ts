import { closesFirst, depthAfter, openAfter, openBrackets } from './brackets.ts';
import { type FenceSkipper, createFenceSkipper, isFence } from './fences.ts';
import { loopInLine, loopOfLines } from './loops.ts';
import { heldLength, withoutHalfMarker } from './markers.ts';
import { type Place, lineAbove, lineBelow, opensBlock } from './place.ts';
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
  /** Texts that never belong to it. */
  readonly ends: readonly string[];
  /** Whether more than one line may come. */
  readonly multiline: boolean;
  readonly place: Place;
  /** Columns of a tab. */
  readonly tabSize: number;
  /** Whether the document itself has Markdown fences. */
  readonly fences?: boolean;
}

/** A line this long that stands below the cursor already is no coincidence. */
const TELLING_LENGTH = 8;

export function createStreamFilter({ ends, multiline, place, tabSize, fences = false }: FilterOptions): StreamFilter {
  /** May be the beginning of a marker or of a CRLF. */
  let held = '';
  let text = '';
  let ended = false;
  let lineStart = 0;
  /** Where the last line with something on it ends. */
  let contentEnd = 0;
  const lines: string[] = [];
  const below = lineBelow(place);
  const indent = (line: string) => columns(indentOf(line), tabSize);
  const unfenced: FenceSkipper = createFenceSkipper(!fences);
  const startsBlank = isBlank(place.lineBefore);
  let base = indent(place.lineBefore);
  /** Whether the lines of the text stand beside the cursor's, and not in a block that it opens. */
  let beside = startsBlank;
  let above = lineAbove(place) ?? '';
  let depth = openBrackets(place.lineBefore);
  /** What the cursor's line and the text have opened; not judged in prose, nor behind a line that is odd itself. */
  let open = fences ? undefined : openAfter('', place.lineBefore);

  const cutAt = (length: number) => {
    text = text.slice(0, length);
    ended = true;
    return true;
  };

  /** Judges a complete line; the last line of the text may lack its end. True when that is the end. */
  function judge(line: string, start: number, end: number): boolean {
    const whole = lines.length === 0 ? place.lineBefore + line : line;
    if (isBlank(line)) {
      if (lines.length === 0 && !startsBlank) {
        // The text goes on below the cursor's line.
        beside = !opensBlock(whole);
        above = whole;
      }
      lines.push(whole);
      return false;
    }
    if (!fences && isFence(line)) return cutAt(contentEnd);
    if (below !== undefined && repeatsBelow(whole, below, depth)) return cutAt(contentEnd);
    if (repeats(whole, above) || closesTwice(whole, above)) return cutAt(contentEnd);
    if (multiline && lines.length > 0 && leaves(whole)) return cutAt(contentEnd);
    const nested = open === undefined ? undefined : openAfter(open, line);
    if (open !== undefined && nested === undefined) return cutAt(contentEnd);
    open = nested;
    const first = contentEnd === 0;
    const outside = first && beside && indent(whole) < base;
    if (first && beside) base = indent(whole);
    const outer = depth;
    depth = depthAfter(depth, line);
    lines.push(whole);
    above = whole;
    contentEnd = end;
    const keep = loopOfLines(lines);
    if (keep !== undefined) return cutAt(startOfLine(keep) - 1);
    if (!multiline || outside) return cutAt(end);
    // The line that closes what the cursor's line opened is the last one.
    const closes = start > 0 && !beside && outer > 0 && depth <= 0 && indent(whole) <= base;
    return closes && cutAt(end);
  }

  /** Whether a line closes a block where the line above it has closed the one of that depth. */
  function closesTwice(line: string, before: string): boolean {
    return closesFirst(line) && closesFirst(before) && !opensBlock(before) && indent(line) === indent(before);
  }

  /** Whether a line belongs to what comes after the block or the paragraph of the cursor. */
  function leaves(line: string): boolean {
    if (indent(line) > base || (closesFirst(line) && depth > 0)) return false;
    if (!beside) return true;
    return contentEnd > 0 && (indent(line) < base || (isBlank(lines.at(-1) ?? '') && !fillsBlock()));
  }

  /** Whether the text is all that there is in a block: then its paragraphs belong together. */
  function fillsBlock(): boolean {
    return startsBlank && opensBlock(lineAbove(place) ?? '') && (below === undefined || indent(below) < base);
  }

  function startOfLine(index: number): number {
    let at = 0;
    for (let line = 0; line < index; line++) at = text.indexOf('\n', at) + 1;
    return at;
  }

  /** Looks at every character, so that a text ends at the same place in whatever pieces it comes. */
  function release(more: string): void {
    for (let at = 0; at < more.length; at++) {
      text += more.charAt(at);
      if (more[at] === '\n' ? endLine() : cutLoop()) return;
    }
  }

  function endLine(): boolean {
    const start = lineStart;
    lineStart = text.length;
    return judge(text.slice(start, -1), start, text.length - 1);
  }

  function cutLoop(): boolean {
    const keep = loopInLine(text.slice(lineStart));
    if (keep === undefined) return false;
    // Nothing but a loop says nothing.
    const unit = text.slice(lineStart, lineStart + keep);
    const only = isBlank(text.slice(0, lineStart)) && text.startsWith(unit, lineStart + keep);
    return cutAt(only ? 0 : lineStart + keep);
  }

  function finish(): void {
    if (!ended) release(withoutHalfMarker(unfenced.rest() + held, ends));
    held = '';
    if (!ended && lineStart < text.length) {
      const line = text.slice(lineStart);
      // The model broke off in the middle of it.
      if (breaksOff(line, place.lineAfter)) cutAt(contentEnd);
      else judge(line, lineStart, text.length);
    }
    ended = true;
  }

  return {
    push(chunk) {
      if (ended) return true;
      const all = (held + unfenced.take(chunk)).replaceAll('\r\n', '\n');
      const end = Math.min(Infinity, ...ends.map((s) => all.indexOf(s)).filter((at) => at >= 0));
      const halves = all.endsWith('\r') ? 1 : heldLength(all, ends);
      const ready = end === Infinity ? all.length - halves : end;
      held = end === Infinity ? all.slice(ready) : '';
      release(all.slice(0, ready));
      if (end !== Infinity) finish();
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

/** Whether a line is the one that stands below the cursor already. Short lines only when they close what is open there. */
export function repeatsBelow(line: string, below: string, depth: number): boolean {
  if (line.trimEnd() !== below) return false;
  return below.trim().length >= TELLING_LENGTH || (closesFirst(line) && depth <= 0);
}

/** Whether a line says the same as the one above it. */
function repeats(line: string, above: string): boolean {
  return line.trim() === above.trim() && (line.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 3;
}

/** Whether the last line of an answer opens a bracket and stops in the middle of what belongs into it. */
function breaksOff(line: string, lineAfter: string): boolean {
  if (/[([{,]\s*$/.test(line)) return false;
  const closers = (/^[)\]}]*/.exec(lineAfter)?.[0] ?? '').length;
  return depthAfter(0, line) > closers;
}
