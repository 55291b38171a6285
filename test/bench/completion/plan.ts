import type { CorpusFile } from './corpus.ts';
import { randomOf } from './random.ts';

/** A part of the true text that is missing when a session begins. */
export interface Region {
  /** Offsets: at the end of a line, and at the end of a later one. */
  readonly start: number;
  readonly end: number;
}

/** Who types what where, in order. */
export interface Plan {
  readonly file: CorpusFile;
  readonly seed: string;
  readonly regions: readonly Region[];
  /** Each goes on in its region up to that share of it. */
  readonly stints: readonly { readonly region: number; readonly until: number }[];
}

const SHORTEST = 80;
const LONGEST = 520;
const REGIONS = 3;

export function planOf(file: CorpusFile, seed: string): Plan {
  const random = randomOf(seed, file.name);
  const all = candidates(file.text);
  const regions: Region[] = [];
  for (let tries = 0; tries < 60 && regions.length < REGIONS; tries++) {
    const found = all[random.below(all.length)];
    if (found && regions.every((other) => found.end + 200 < other.start || found.start > other.end + 200))
      regions.push(found);
  }
  // The first is left half done, as somebody does who needs something elsewhere first.
  const stints = [
    { region: 0, until: 0.3 + 0.4 * random.next() },
    ...regions.slice(1).map((_, index) => ({ region: index + 1, until: 1 })),
    { region: 0, until: 1 },
  ];
  return { file, seed, regions, stints };
}

/** Bodies of blocks, whole blocks, and runs of lines. */
function candidates(text: string): Region[] {
  const lines = text.split('\n');
  const ends: number[] = [];
  let offset = 0;
  for (const line of lines) {
    offset += line.length;
    ends.push(offset);
    offset++;
  }
  const width = (index: number) => {
    const line = lines[index] ?? '';
    return line.trim() === '' ? Infinity : line.length - line.trimStart().length;
  };
  const found: Region[] = [];
  const add = (before: number, last: number) => {
    const start = ends[before];
    const end = ends[last];
    if (start === undefined || end === undefined || end - start < SHORTEST || end - start > LONGEST) return;
    if (mostlyComment(text.slice(start, end))) return;
    found.push({ start, end });
  };
  for (let index = 1; index < lines.length - 1; index++) {
    const own = width(index);
    if (own === Infinity) continue;
    let last = index;
    while (last + 1 < lines.length && width(last + 1) > own) last++;
    while (last > index && width(last) === Infinity) last--;
    if (last === index) {
      if ((lines[index - 1] ?? '').trim() !== '' && width(index + 3) !== Infinity) add(index - 1, index + 3);
      continue;
    }
    add(index, last);
    const closes = /^\s*[)\]}]/.test(lines[last + 1] ?? '');
    add(index - 1, closes ? last + 1 : last);
  }
  return found;
}

function mostlyComment(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.filter((line) => /^\s*(\/\/|\/?\*|#|"""|''')/.test(line)).length * 3 > lines.length;
}
