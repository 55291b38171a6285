import { quantile } from '../figure.ts';

export { median, quantile } from '../figure.ts';

/** One row of the table. `null` for what does not exist; infinite values are times at which nothing came. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The naive reference in the same run. */
  readonly reference: number | null;
  readonly bound?: Bound;
  /** How many measurements are in the value. */
  readonly count?: number;
}

export interface Bound {
  readonly of: 'value' | 'ratio';
  readonly is: 'most' | 'least';
  readonly limit: number;
}

export function ratioOf({ value, reference }: Figure): number | null {
  if (reference === null || reference === 0) return null;
  const ratio = value / reference;
  return Number.isNaN(ratio) ? null : ratio;
}

export function isMissed(figure: Figure): boolean {
  const { bound, value } = figure;
  if (!bound) return false;
  const judged = bound.of === 'value' ? value : ratioOf(figure);
  // What could not be measured is not within a bound.
  if (judged === null || Number.isNaN(judged)) return true;
  return bound.is === 'most' ? judged > bound.limit : judged < bound.limit;
}

export const atMost = (limit: number): Bound => ({ of: 'value', is: 'most', limit });
export const atLeast = (limit: number): Bound => ({ of: 'value', is: 'least', limit });
export const atMostTimes = (limit: number): Bound => ({ of: 'ratio', is: 'most', limit });

/** The quantile among values of which some are infinite. */
export function upper(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  // Interpolation towards infinity would be infinite a whole step too early.
  return sorted[Math.ceil(at)] === Infinity ? (sorted[Math.round(at)] ?? Number.NaN) : quantile(values, share);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function table(figures: readonly Figure[], heading = 'value'): string[] {
  const width = Math.max(
    ...figures.map(({ name, count }) => name.length + (count === undefined ? 0 : ` (${count})`.length)),
  );
  const line = (cells: readonly string[]) =>
    [(cells[0] ?? '').padEnd(width), ...cells.slice(1, 4).map((cell) => cell.padStart(16)), cells[4] ?? '']
      .join('  ')
      .trimEnd();
  return [
    '',
    line(['figure', heading, 'naive', 'ratio', 'bound']),
    ...figures.map((figure) => {
      const { name, value, unit, reference, bound } = figure;
      const ratio = ratioOf(figure);
      const verdict = bound === undefined ? '' : `${isMissed(figure) ? 'MISSED' : 'ok'}: ${boundText(bound)}`;
      return line([
        figure.count === undefined ? name : `${name} (${figure.count})`,
        quantity(value, unit),
        reference === null ? '' : quantity(reference, unit),
        ratio === null ? '' : ratio.toFixed(2),
        verdict,
      ]);
    }),
    '',
  ];
}

export function boundText({ of, is, limit }: Bound): string {
  return `at ${is} ${limit}${of === 'ratio' ? ' of naive' : ''}`;
}

function quantity(value: number, unit: string): string {
  if (value === Infinity) return 'never';
  if (unit === '%') return `${value.toFixed(1)} %`;
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)}${unit === '' ? '' : ` ${unit}`}`;
}
