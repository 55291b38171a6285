/** What a benchmark finds out, and the little arithmetic that they share. */

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'kB' | 'MB';
  /** The same thing done without Switchyard, measured in the same run; `null` where nothing compares. */
  readonly reference: number | null;
  readonly bound?: Bound;
  /** How it was measured, in a few words. */
  readonly how: string;
}

/** The most that the value may be, or what it is above its reference, in the figure's unit; or its ratio to the reference. */
export interface Bound {
  readonly of: 'value' | 'excess' | 'ratio';
  readonly most: number;
}

export interface Benchmark {
  /** For `--only`. */
  readonly name: string;
  /** Repetitions, if `--runs` names no other number. */
  readonly runs: number;
  /** Prints nothing itself but through `say`. */
  readonly measure: (runs: number, say: (line: string) => void) => Promise<readonly Figure[]>;
}

export function isMissed(figure: Figure): boolean {
  const { value, reference, bound } = figure;
  if (!bound) return false;
  if (bound.of === 'ratio') return !((ratioOf(figure) ?? Number.NaN) <= bound.most);
  // What could not be measured is not within a bound.
  return !((bound.of === 'excess' ? value - (reference ?? 0) : value) <= bound.most);
}

/** `null` where there is no reference, or one of 0. */
export function ratioOf({ value, reference }: Figure): number | null {
  return reference === null || reference === 0 ? null : value / reference;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** By linear interpolation between the two nearest; NaN for no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
