import type { CorpusFile } from './corpus.ts';
import { createOracle } from './oracle.ts';
import { MODEL, SPEEDS } from './runs.ts';
import { runSession } from './session.ts';
import type { SubjectKind } from './subject.ts';
import { createVirtualTime } from './virtualTime.ts';

const LINES = 50_000;
const RUNS = 12;
const TYPED = `
    for index in range(len(rows)):
        total += rows[index].price * 2  # sum of all
        if total > limit:
            raise ValueError("too much: " + str(total))
    return round(total, 2)`;

/**
 * Real milliseconds that a subject keeps the thread for each key in the middle of a file of 50,000 lines: in its listeners
 * and in the provider until it first waits. Of each key the least of some runs: what other processes take only adds to it.
 */
export async function blockingInLongFile(kind: SubjectKind): Promise<number[]> {
  const lines = Array.from(
    { length: LINES },
    (_, index) => `    total_${index} = total + rows[${index}].price * count`,
  );
  const before = lines.slice(0, LINES / 2).join('\n');
  const after = lines.slice(LINES / 2).join('\n');
  const text = `${before}${TYPED}\n${after}`;
  const file: CorpusFile = { name: 'long.py', language: 'python', indent: 4, text };
  const region = { start: before.length, end: before.length + TYPED.length };
  const runs: (readonly number[])[] = [];
  for (let run = 0; run < RUNS; run++) {
    const time = createVirtualTime();
    const oracle = createOracle({ clock: time, speed: SPEEDS.fast, mood: 'clean', seed: 'long', text });
    const world = { send: oracle.send, clock: time, model: MODEL, tabs: [] };
    const plan = { file, seed: 'long', regions: [region], stints: [{ region: 0, until: 1 }] };
    runs.push((await runSession({ plan, kind, world, time, requests: oracle.requests, mode: 'type' })).blocking);
  }
  const [first = []] = runs;
  return first.map((_, index) => Math.min(...runs.map((run) => run[index] ?? Infinity)));
}
