import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createSay, duration } from '../../setup/progress.ts';
import { loadCorpus } from './corpus.ts';
import { type Figure, boundText, isMissed, ratioOf, table } from './figure.ts';
import { type Runs, costFigures, qualityFigures, timeFigures } from './figures.ts';
import { naive } from './naive.ts';
import type { Mood } from './noise.ts';
import { SPEED_NAMES, type SpeedName, runAll } from './runs.ts';
import type { SessionResult } from './session.ts';
import type { SubjectKind } from './subject.ts';
import { switchyard } from './switchyard.ts';

/**
 * `npm run bench:completion [-- --seed N --sessions N --model fast|slow --only TEXT --trace]`: people who type real code in
 * virtual time, against a model that knows the truth. Prints a table, writes `out/bench-completion.json`, and ends with 1
 * when a bound is missed. `--only` takes files whose name has this text; `--trace` prints what happened in each session.
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    sessions: { type: 'string', default: '1' },
    model: { type: 'string', multiple: true },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const speeds = SPEED_NAMES.filter((name) => values.model?.includes(name) ?? true);
const sessions = Number(values.sessions);
if (speeds.length === 0 || !(Number.isInteger(sessions) && sessions > 0)) {
  console.error(
    'usage: npm run bench:completion -- [--seed N] [--sessions N] [--model fast|slow] [--only TEXT] [--trace]',
  );
  process.exit(2);
}

const started = Date.now();
const say = createSay('completion');
const files = (await loadCorpus()).filter(({ name }) => name.includes(values.only ?? ''));
const figures: Figure[] = [];
for (const speed of speeds) {
  const clean = await both(speed, 'clean', 'type');
  const noisy = await both(speed, 'noisy', 'type');
  const acceptClean = await both(speed, 'clean', 'accept');
  const acceptNoisy = await both(speed, 'noisy', 'accept');
  figures.push(...timeFigures(speed, joined(clean, noisy), files));
  figures.push(...qualityFigures(speed, joined(noisy, acceptNoisy)));
  figures.push(...costFigures(speed, joined(acceptClean, acceptNoisy)));
}
mkdirSync('out', { recursive: true });
const written = figures.map((figure) => {
  const { name, value, unit, reference, bound } = figure;
  return { name, value, unit, reference, ratio: ratioOf(figure), bound: bound ?? null };
});
writeFileSync('out/bench-completion.json', `${JSON.stringify({ figures: written }, undefined, 2)}\n`);
for (const line of table(figures)) console.log(line);
const missed = figures.filter(isMissed);
for (const { name, bound } of missed) console.log(`MISSED ${name}: ${bound ? boundText(bound) : ''}`);
say(`done in ${duration(Date.now() - started)}`);
process.exit(missed.length > 0 ? 1 : 0);

async function both(speed: SpeedName, mood: Mood, mode: 'type' | 'accept'): Promise<Runs> {
  const run = async (kind: SubjectKind, traced: boolean): Promise<SessionResult[]> => {
    const trace = traced && values.trace ? { trace: (line: string) => console.log(line) } : {};
    return runAll({ files, kind, speed, mood, mode, seed: values.seed, sessions, ...trace });
  };
  const runs: Runs = { naive: await run(naive, false), own: await run(switchyard, true) };
  const keys = runs.own.reduce((sum, session) => sum + session.keys.length, 0);
  say(`${speed}, ${mood}, ${mode}: ${keys} keys`);
  return runs;
}

function joined(a: Runs, b: Runs): Runs {
  return { own: [...a.own, ...b.own], naive: [...a.naive, ...b.naive] };
}
