import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { packageExtension } from '../setup/package.ts';
import { createSay, duration } from '../setup/progress.ts';
import { activation, activationOldest } from './activation.ts';
import { builtin } from './builtin.ts';
import { door } from './door.ts';
import { type Benchmark, type Figure, isMissed, ratioOf } from './figure.ts';
import { ghostText } from './ghostText.ts';
import { keystroke } from './keystroke.ts';
import { picker } from './picker.ts';
import { requests } from './requests.ts';
import { sizes } from './sizes.ts';
import { switching } from './switching.ts';

/**
 * `npm run bench [-- --only NAME]… [--runs N]`: builds and packages the extension, measures it, prints a table and writes
 * `out/bench.json`. Ends with 1 when a bound is missed or a benchmark failed.
 */

const BENCHMARKS: readonly Benchmark[] = [
  sizes,
  activation,
  activationOldest,
  door,
  keystroke,
  ghostText,
  picker,
  switching,
  requests,
  builtin,
];

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, runs: { type: 'string' } } });
const chosen = BENCHMARKS.filter(({ name }) => values.only?.includes(name) ?? true);
const unknown = values.only?.filter((name) => !BENCHMARKS.some((each) => each.name === name)) ?? [];
const runs = values.runs === undefined ? undefined : Number(values.runs);
if (unknown.length > 0 || (runs !== undefined && !(Number.isInteger(runs) && runs > 0))) {
  console.error(`usage: npm run bench -- [--only ${BENCHMARKS.map(({ name }) => name).join('|')}]… [--runs N]`);
  process.exit(2);
}

await packageExtension();
const figures: Figure[] = [];
const failed: string[] = [];
for (const benchmark of chosen) {
  const started = Date.now();
  const say = createSay(benchmark.name);
  say(`load average ${load()}`);
  try {
    figures.push(...(await benchmark.measure(runs ?? benchmark.runs, say)));
  } catch (error) {
    failed.push(benchmark.name);
    console.error(error);
  }
  say(`done in ${duration(Date.now() - started)}, load average ${load()}`);
}
mkdirSync('out', { recursive: true });
const written = figures.map((figure) => {
  const { name, value, unit, reference } = figure;
  return { name, value, unit, reference, ratio: ratioOf(figure) };
});
writeFileSync('out/bench.json', `${JSON.stringify({ figures: written }, undefined, 2)}\n`);
for (const line of table(figures)) console.log(line);
for (const figure of figures.filter(isMissed)) console.log(`MISSED ${figure.name}: ${boundText(figure)}`);
for (const name of failed) console.log(`FAILED ${name}`);
process.exit(failed.length > 0 || figures.some(isMissed) ? 1 : 0);

/** Each figure, and below it how it was measured. */
function table(rows: readonly Figure[]): string[] {
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const line = (cells: readonly string[]) =>
    [cells[0]?.padEnd(width), ...cells.slice(1, 4).map((cell) => cell.padStart(11)), ...cells.slice(4)].join('  ');
  return [
    '',
    line(['figure', 'value', 'reference', 'ratio', 'bound']),
    ...rows.flatMap((figure) => {
      const ratio = ratioOf(figure);
      const verdict = figure.bound ? `${isMissed(figure) ? 'MISSED' : 'held'}: ${boundText(figure)}` : '';
      const cells = [
        quantity(figure.value, figure.unit),
        figure.reference === null ? '' : quantity(figure.reference, figure.unit),
        ratio === null ? '' : ratio.toFixed(2),
        verdict,
      ];
      return [line([figure.name, ...cells]).trimEnd(), `    ${figure.how}`];
    }),
    '',
  ];
}

function boundText({ value, reference, unit, bound }: Figure): string {
  if (!bound) return '';
  if (bound.of === 'ratio') return `at most ${bound.most} times the reference`;
  const most = `at most ${bound.most} ${unit}`;
  return bound.of === 'value' ? most : `${quantity(value - (reference ?? 0), unit)} above the reference, ${most}`;
}

function quantity(value: number, unit: string): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ${unit}`;
}

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
}
