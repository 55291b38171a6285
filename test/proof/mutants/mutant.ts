/** One rule, switched off. */
export interface Mutant {
  readonly file: string;
  /** Which rule, in words. */
  readonly rule: string;
  /** A text that stands in the file exactly once, and what stands there instead. */
  readonly find: string;
  readonly replace: string;
  /** Where the tests are that ought to notice. */
  readonly tests: Tests;
  /** Titles of tests in the extension host, as a regular expression, for what only the real editor can notice. */
  readonly host?: string;
}

/** Beginnings of paths of tests, in groups that run one after the other: the nearest and quickest first. */
export type Tests = readonly (readonly string[])[];

type Change = readonly [rule: string, find: string, replace: string];

export function inFile(file: string, tests: Tests, ...changes: readonly Change[]): Mutant[] {
  return changes.map(([rule, find, replace]) => ({ file, rule, find, replace, tests }));
}

/** `host`: titles of the tests in the extension host. */
export function inHost(file: string, host: string, ...changes: readonly Change[]): Mutant[] {
  return changes.map(([rule, find, replace]) => ({ file, rule, find, replace, tests: [], host }));
}
