import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createSay, duration } from '../../setup/progress.ts';
import { loadCorpus } from './corpus.ts';
import { type Figure, atMost, boundText, isMissed, median, quantile, ratioOf, table } from './figure.ts';
import { blankLines } from './blankLines.ts';
import { blockingInLongFile } from './blocking.ts';
import { measureWire } from './wire.ts';
import { type Runs, costFigures, qualityFigures, timeFigures } from './figures.ts';
import { naive } from './naive.ts';
import { continueLike, llamaLike } from './peers.ts';
import type { Mood } from './noise.ts';
import { SPEED_NAMES, type SpeedName, runAll } from './runs.ts';
import type { SessionResult } from './session.ts';
import type { SubjectKind } from './subject.ts';
import { switchyard } from './switchyard.ts';

/**
 * `npm run bench:completion [-- --seed N --sessions N --model fast|slow --only TEXT --quick --peers --trace]`: people who type real code in
 * virtual time, against a model that knows the truth. Prints a table, writes `out/bench-completion.json`, and ends with 1
 * when a bound is missed. `--only` takes files whose name has this text, `--quick` leaves out what takes real
 * time, `--peers` adds a table of imitations of others, and `--trace` prints what happened in each session.
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    sessions: { type: 'string', default: '3' },
    model: { type: 'string', multiple: true },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
  },
});
const speeds = SPEED_NAMES.filter((name) => values.model?.includes(name) ?? true);
const sessions = Number(values.sessions);
if (speeds.length === 0 || !(Number.isInteger(sessions) && sessions > 0)) {
  console.error(
    'usage: npm run bench:completion -- [--seed N] [--sessions N] [--model fast|slow] [--only TEXT] [--quick] [--peers] [--trace]',
  );
  process.exit(2);
}

const started = Date.now();
const say = createSay('completion');
const files = (await loadCorpus()).filter(({ name }) => name.includes(values.only ?? ''));
if (files.length === 0) {
  console.error(`no file of the corpus has "${values.only ?? ''}" in its name`);
  process.exit(2);
}
const figures: Figure[] = [];
/** Real milliseconds of our subject, key by key. */
const spent: number[] = [];
for (const speed of speeds) {
  const clean = await both(speed, 'clean', 'type');
  const noisy = await both(speed, 'noisy', 'type');
  const acceptClean = await both(speed, 'clean', 'accept');
  const acceptNoisy = await both(speed, 'noisy', 'accept');
  figures.push(...timeFigures(speed, joined(clean, noisy), files));
  figures.push(...qualityFigures(speed, joined(noisy, acceptNoisy)));
  figures.push(
    ...costFigures(
      speed,
      joined(acceptClean, acceptNoisy),
      joined(joined(clean, noisy), joined(acceptClean, acceptNoisy)),
    ),
  );
}
figures.push(...(await blankLineFigures()));
if (!values.quick) figures.push(...(await hostFigures()));
mkdirSync('out', { recursive: true });
const written = figures.map((figure) => {
  const { name, value, unit, reference, bound } = figure;
  return { name, value, unit, reference, ratio: ratioOf(figure), bound: bound ?? null };
});
writeFileSync('out/bench-completion.json', `${JSON.stringify({ figures: written }, undefined, 2)}\n`);
for (const line of table(figures)) console.log(line);
if (values.peers) for (const line of table(await peerFigures(), 'imitation')) console.log(line);
const missed = figures.filter(isMissed);
for (const { name, bound } of missed) console.log(`MISSED ${name}: ${bound ? boundText(bound) : ''}`);
say(`done in ${duration(Date.now() - started)}`);
process.exit(missed.length > 0 ? 1 : 0);

/** The rows that tell most, of imitations of others beside the same reference. */
async function peerFigures(): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const kind of [continueLike, llamaLike]) {
    for (const speed of speeds) {
      const typed = await both(speed, 'noisy', 'type', kind);
      const accepted = await both(speed, 'noisy', 'accept', kind);
      const rows = [
        ...timeFigures(speed, typed, files),
        ...qualityFigures(speed, joined(typed, accepted)),
        ...costFigures(speed, accepted, joined(typed, accepted)),
      ];
      for (const { name, value, unit, reference } of rows) {
        if (/of these|bound/.test(name)) continue;
        found.push({ name: `${kind.name}, ${name}`, value, unit, reference });
      }
    }
  }
  return found;
}

async function both(speed: SpeedName, mood: Mood, mode: 'type' | 'accept', subject = switchyard): Promise<Runs> {
  const run = async (kind: SubjectKind, traced: boolean): Promise<SessionResult[]> => {
    const trace = traced && values.trace ? { trace: (line: string) => console.log(line) } : {};
    return runAll({ files, kind, speed, mood, mode, seed: values.seed, sessions, ...trace });
  };
  const runs: Runs = { naive: await run(naive, false), own: await run(subject, subject === switchyard) };
  if (subject === switchyard) spent.push(...runs.own.flatMap(({ blocking }) => blocking));
  const keys = runs.own.reduce((sum, session) => sum + session.keys.length, 0);
  say(`${subject.name}, ${speed}, ${mood}, ${mode}: ${keys} keys`);
  return runs;
}

function joined(a: Runs, b: Runs): Runs {
  return { own: [...a.own, ...b.own], naive: [...a.naive, ...b.naive] };
}

async function blankLineFigures(): Promise<Figure[]> {
  const own = await blankLines(files, switchyard);
  const reference = await blankLines(files, naive);
  say(`${own.blocks} blocks with a blank line inside`);
  const row = { unit: '', reference: reference.deeper };
  return [
    { ...row, name: 'ended at a blank line inside of a deeper block', value: own.deeper, bound: atMost(0) },
    { ...row, name: 'ended at a blank line in the block of the cursor', value: own.level, reference: reference.level },
  ];
}

/** What takes real time. */
async function hostFigures(): Promise<Figure[]> {
  const [file] = files;
  if (!file) return [];
  const blocking = await blockingInLongFile(switchyard);
  say(`blocking in a file of 50,000 lines: ${blocking.length} keys`);
  const wire = await measureWire(file, switchyard);
  say(`through the real door: ${wire.cancel.length} cancelled requests, ${wire.aboveBound.length} texts`);
  const row = (name: string, value: number, most?: number): Figure => ({
    name,
    value,
    unit: 'ms',
    reference: null,
    ...(most !== undefined && { bound: atMost(most) }),
  });
  return [
    row('blocking per key in 50,000 lines, median', median(blocking)),
    row('blocking per key in 50,000 lines, p99', quantile(blocking, 0.99), 2),
    row('blocking per key in the sessions, p99 as it came', quantile(spent, 0.99)),
    row('real door: cancelled to the server, median', median(wire.cancel)),
    row('real door: cancelled to the server, most', Math.max(...wire.cancel), 50),
    row('real door: text above the bound, median', median(wire.aboveBound), 10),
  ];
}
