import { wholeCharacter } from './text.ts';

/** Longest period, in lines, of a repetition that counts as a loop. */
const LONGEST_PERIOD = 3;
/** How often something must come in a row. */
const TIMES = 3;

/**
 * The number of lines to keep when the last lines repeat themselves, `undefined` when they do not. What repeats is kept
 * once. Lines without a letter or digit do not count: closers and rulers repeat in good code.
 */
export function loopOfLines(lines: readonly string[]): number | undefined {
  for (let period = 1; period <= LONGEST_PERIOD; period++) {
    const length = period * TIMES;
    if (lines.length < length) return undefined;
    const tail = lines.slice(-length).map((line) => line.trimEnd());
    const telling = tail.slice(0, period).some((line) => /[\p{L}\p{N}]/u.test(line));
    if (telling && tail.every((line, index) => line === tail[index % period])) {
      return lines.length - length + period;
    }
  }
  return undefined;
}

const SHORTEST_UNIT = 2;
const LONGEST_UNIT = 48;
const SHORTEST_RUN = 40;
const UNITS = 5;

/** The length to keep when the end of a line repeats itself, `undefined` when it does not. */
export function loopInLine(line: string): number | undefined {
  for (let unit = SHORTEST_UNIT; unit <= LONGEST_UNIT; unit++) {
    const run = Math.max(unit * UNITS, SHORTEST_RUN);
    if (line.length < run) continue;
    let start = line.length - unit;
    while (start > 0 && line[start - 1] === line[start - 1 + unit]) start--;
    if (line.length - start >= run && /[\p{L}\p{N}]/u.test(line.slice(-unit))) {
      return wholeCharacter(line, start + unit);
    }
  }
  return undefined;
}
