import type { CorpusFile } from './corpus.ts';
import { createOracle } from './oracle.ts';
import type { Region } from './plan.ts';
import { MODEL, SPEEDS } from './runs.ts';
import { type Screen, createScreen } from './screen.ts';
import type { SubjectKind } from './subject.ts';
import { createVirtualTime } from './virtualTime.ts';
import { createWriter } from './writer.ts';

export interface BlankLines {
  /** Blocks with a blank line inside that were begun. */
  readonly blocks: number;
  /** Completions that ended at a blank line though the model went on with lines deeper than the cursor's. */
  readonly deeper: number;
  /** The same with lines as deep as the cursor's: another paragraph of its block. */
  readonly level: number;
}

/** Longest block, in characters: what a model may write in one answer. */
const LONGEST = 360;
const MOST_BLOCKS = 12;
const ROUNDS = 8;

/**
 * Somebody begins a block, at the last character of the line that opens it or on its first line, waits, and takes whatever is
 * shown until the block is whole. A completion ended at a blank line when it was shown up to there, and what follows had to
 * be asked for anew.
 */
export async function blankLines(files: readonly CorpusFile[], kind: SubjectKind): Promise<BlankLines> {
  const count = { blocks: 0, deeper: 0, level: 0 };
  for (const file of files) {
    for (const { start, end } of blocksWithBlankLine(file.text).slice(0, MOST_BLOCKS)) {
      count.blocks++;
      for (const from of [start - 1, start]) {
        for (const how of await endsIn(file, { start: from, end }, kind)) count[how]++;
      }
    }
  }
  return count;
}

async function endsIn(file: CorpusFile, region: Region, kind: SubjectKind): Promise<('deeper' | 'level')[]> {
  const time = createVirtualTime();
  const oracle = createOracle({ clock: time, speed: SPEEDS.fast, mood: 'clean', seed: 'blank', text: file.text });
  const world = { send: oracle.send, clock: time, model: MODEL, tabs: [] };
  const subject = kind.create({ ...world, askAgain: () => screen.askAgain() });
  const writer = createWriter({ file, seed: 'blank', regions: [region], stints: [{ region: 0, until: 1 }] });
  const nothing = () => {};
  const screen: Screen = createScreen({ writer, subject, clock: time, file, onShow: nothing, onVanish: nothing });
  const candidates: { readonly from: number; readonly to: number; readonly how: 'deeper' | 'level' }[] = [];
  const key = writer.press();
  screen.told(key);
  for (let round = 0; round < ROUNDS && !writer.done; round++) {
    await time.run(time.now() + 12_000);
    const item = screen.visible;
    if (!item || !file.text.startsWith(item.text, writer.at)) break;
    const to = writer.at + item.text.trimEnd().length;
    const [gap, next] = /^[ \t]*\n(?:[ \t]*\n)+[ \t]*(?=(\S))/.exec(file.text.slice(to, region.end)) ?? [];
    const base = width(writer.buffer.line(writer.buffer.cursor.line));
    if (gap !== undefined && next !== undefined) {
      const depth = gap.length - gap.lastIndexOf('\n') - 1;
      if (depth >= base) candidates.push({ from: to, to: to + gap.length, how: depth > base ? 'deeper' : 'level' });
    }
    screen.accept(item.text.length);
  }
  screen.dispose();
  subject.dispose();
  await time.run(time.now() + 2_000);
  // Whoever had what follows, or waited for it, did not ask for it again.
  const asked = ({ from, to }: (typeof candidates)[number]) =>
    oracle.requests.some(({ spot }) => spot !== undefined && spot.at >= from && spot.at <= to);
  return candidates.filter(asked).map(({ how }) => how);
}

/** Characters of indentation, also of a line that has nothing else. */
function width(line: string): number {
  return line.length - line.trimStart().length;
}

/** Bodies of blocks: the lines below an opener that stand deeper than it, blank ones among them. */
function blocksWithBlankLine(text: string): Region[] {
  const lines = text.split('\n');
  const isBlank = (line: string) => line.trim() === '';
  const found: Region[] = [];
  let offset = 0;
  for (const [index, line] of lines.entries()) {
    offset += line.length;
    const after = lines.slice(index + 1);
    const size = after.findIndex((one) => !isBlank(one) && width(one) <= width(line));
    const body = (size < 0 ? after : after.slice(0, size)).join('\n').trimEnd();
    const length = body.length + 1;
    if (/[{:(]$/.test(line) && length > 1 && length <= LONGEST && /\n[ \t]*\n/.test(body)) {
      found.push({ start: offset, end: offset + length });
    }
    offset++;
  }
  return found;
}
