import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isStopping, run, type RunOptions } from './child.ts';
import { duration } from './progress.ts';
import { CannotRun } from './toolchain.ts';

/** What a step of `check` or `test` came to. */
export interface StepResult {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'cannot run';
  readonly ms: number;
  /** Counts of tests; 0 for steps that have none. */
  readonly passed: number;
  readonly failed: number;
}

export type Counts = Pick<StepResult, 'passed' | 'failed'>;

/** Exit code by which a script says that this machine cannot run it; its output says why. */
export const CANNOT_RUN = 77;
const NO_TESTS: Counts = { passed: 0, failed: 0 };

/** Runs one step to its result and prints it. A step fails by throwing, or by counting a failed test. */
export async function step(name: string, work: () => Promise<Counts | void>): Promise<StepResult> {
  const started = Date.now();
  const end = (status: StepResult['status'], counts: Counts, why = ''): StepResult => {
    const ms = Date.now() - started;
    const label = { passed: 'PASS', failed: 'FAIL', 'cannot run': 'CANNOT RUN' }[status];
    const tests = counts.passed + counts.failed === 0 ? '' : `, ${counts.passed} passed, ${counts.failed} failed`;
    process.stdout.write(`${why === '' ? '' : `${why}\n`}${label} ${name} (${duration(ms)}${tests})\n`);
    return { name, status, ms, ...counts };
  };
  try {
    const counts = (await work()) ?? NO_TESTS;
    return end(counts.failed > 0 ? 'failed' : 'passed', counts);
  } catch (error) {
    // Stopped from outside, not failed: the end of the process is near.
    if (isStopping()) return new Promise(() => {});
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof CannotRun) return end('cannot run', NO_TESTS, why);
    return end('failed', error instanceof TestsFailed ? error.counts : NO_TESTS, why);
  }
}

/** A command that says by its exit code alone whether all is well; its output is shown when it is not. */
export function command(name: string, program: string, args: readonly string[]): Promise<StepResult> {
  return step(name, async () => {
    await run(program, args);
  });
}

/** A failed run whose tests were counted. */
class TestsFailed extends Error {
  readonly counts: Counts;
  constructor(message: string, counts: Counts) {
    super(message);
    this.counts = counts;
  }
}

const VitestReport = z.object({ numPassedTests: z.int(), numFailedTests: z.int(), success: z.boolean() });

/** One project of vitest.config.ts, counted from its own report. */
export async function vitest(project: string, options: RunOptions = {}): Promise<Counts> {
  const report = `out/vitest-${project}.json`;
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code, output } = await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    ...options,
    mayFail: true,
  });
  const { numPassedTests, numFailedTests, success } = VitestReport.parse(JSON.parse(readFileSync(report, 'utf8')));
  const counts = { passed: numPassedTests, failed: numFailedTests };
  if (code !== 0 || !success) throw new TestsFailed(output, counts);
  return counts;
}

/**
 * A script of ours that prints `N passed, N failed` on a line of its own at its end. That line is the proof that it ran to
 * its end: an exit code of 0 without it is a failure.
 */
export async function script(file: string, args: readonly string[], options: RunOptions = {}): Promise<Counts> {
  const { code, output } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    ...options,
    mayFail: true,
    onLine: (line) => process.stdout.write(`  ${line}\n`),
  });
  if (code === CANNOT_RUN) throw new CannotRun(`${file} cannot run on this machine`);
  const [, passed, failed] = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1) ?? [];
  if (passed === undefined || failed === undefined)
    throw new Error(`${file} ended with ${code} and without its result`);
  const counts = { passed: Number(passed), failed: Number(failed) };
  if (code !== 0) throw new TestsFailed(`${file} ended with ${code}`, counts);
  if (counts.passed + counts.failed === 0) throw new Error(`${file} ran no tests`);
  return counts;
}
