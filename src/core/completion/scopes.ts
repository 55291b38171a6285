import { type TextAccess, columns, indentOf, isBlank } from './text.ts';

/** Lines that are looked through, and headers that are taken. */
const LOOK = 240;
const MOST = 6;
/** Headers are short; what is longer is data. */
const LONGEST = 200;

/**
 * The lines above `from`, and not above `top`, that begin the blocks around it: of a class, a function, a loop. What stands in
 * blocks is indented in nearly all languages; where it is not, there are none. Outermost first.
 */
export function enclosingLines(text: TextAccess, from: number, top: number): number[] {
  const found: number[] = [];
  const width = (line: string) => columns(indentOf(line), 4);
  let depth = Infinity;
  for (let index = from; index < text.lineCount && depth === Infinity && index < from + LOOK; index++) {
    if (!isBlank(text.line(index))) depth = width(text.line(index));
  }
  for (let index = from - 1; index >= Math.max(top, from - LOOK) && depth > 0 && found.length < MOST; index--) {
    const line = text.line(index);
    if (isBlank(line) || line.length > LONGEST || width(line) >= depth) continue;
    const begins = /^\s*[\p{L}@#]/u.test(line);
    // A closer, the second half of an if, a brace on a line of its own: the block began above, where that line stands.
    depth = width(line) + (begins ? 0 : 1);
    if (begins) found.unshift(index);
  }
  return found;
}
