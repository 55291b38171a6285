import { check } from './check.ts';
import { onStop } from './child.ts';
import { ensureChromium } from './chromium.ts';
import { startOllama } from './ollama.ts';
import { CHAT_MODEL, FIM_MODELS } from './ollamaModels.ts';
import { packageTwice } from './package.ts';
import { duration } from './progress.ts';
import { script, step, vitest, type Counts, type StepResult } from './step.ts';
import { CannotRun } from './toolchain.ts';
import { ensureVsCode } from './vscode.ts';

/**
 * `npm test`: everything, in order, and a last line `N passed, N failed`. Names of steps as arguments run only those. What
 * this machine cannot run is said, and fails where `CI` is set. An unpassed step without tests counts as one failure.
 */

const STEPS: Readonly<Record<string, () => Promise<readonly StepResult[]>>> = {
  check,
  package: () => one('package, twice the same', packageTwice),
  pages: () => one('tests of the webview pages in Chromium', inChromium),
  real: () => one('tests on a real Ollama', () => withOllama((env) => vitest('real', { env }))),
  host: () => one('tests in the extension host', () => inVsCode('test/host/run.ts', process.platform !== 'linux')),
  ui: () => one('tests of the workbench', () => inVsCode('test/ui/run.ts', false)),
  proof: async () => [
    await step('proof by random days', () => vitest('proof')),
    await step('proof in a network namespace', () => script('test/proof/namespace.ts', [])),
  ],
};

async function inVsCode(file: string, onDesktop: boolean): Promise<Counts> {
  if (!onDesktop) await requireVsCode();
  return withOllama((env) => script(file, [], { env }));
}

async function inChromium(): Promise<Counts> {
  await orCannotRun(ensureChromium());
  return vitest('pages');
}

/** Fetched here, so that a machine that cannot have them is told apart from a test that fails. */
async function requireVsCode(): Promise<void> {
  await orCannotRun(ensureVsCode('newest'));
  await orCannotRun(ensureChromium());
}

async function orCannotRun(needed: Promise<unknown>): Promise<void> {
  try {
    await needed;
  } catch (error) {
    throw new CannotRun(error instanceof Error ? error.message : String(error));
  }
}

async function one(name: string, work: Parameters<typeof step>[1]): Promise<readonly StepResult[]> {
  return [await step(name, work)];
}

/** Each step has a server of its own: a test may leave it in any state. */
async function withOllama<T>(work: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const ollama = await startOllama({ models: [CHAT_MODEL, ...FIM_MODELS] });
  try {
    return await work({ SWITCHYARD_TEST_OLLAMA: ollama.url });
  } finally {
    await ollama.stop();
  }
}

function summary(results: readonly StepResult[]): string {
  const strict = (process.env['CI'] ?? '') !== '';
  const unrun = results.filter(({ status }) => status === 'cannot run');
  if (unrun.length > 0) {
    const names = unrun.map(({ name }) => name).join(', ');
    process.stdout.write(`\n*** NOT RUN ON THIS MACHINE: ${names}${strict ? ' (a failure, as CI is set)' : ''} ***\n`);
  }
  const unpassed = results.filter(({ status }) => status === 'failed' || (strict && status === 'cannot run'));
  const failed = unpassed.reduce((sum, result) => sum + Math.max(1, result.failed), 0);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  if (failed > 0) process.exitCode = 1;
  return `${passed} passed, ${failed} failed`;
}

const started = Date.now();
let ended = false;
onStop(() => {
  if (!ended) process.stdout.write('\nstopped before the end\n');
});
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STEPS));
if (unknown.length > 0) throw new Error(`no step ${unknown.join(', ')}; there are: ${Object.keys(STEPS).join(', ')}`);
const results: StepResult[] = [];
for (const [name, work] of Object.entries(STEPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n== ${name}\n`);
  results.push(...(await work()));
}
process.stdout.write('\n== result\n');
for (const { name, status, ms } of results) process.stdout.write(`${status.padEnd(10)} ${name} (${duration(ms)})\n`);
const line = summary(results);
ended = true;
process.stdout.write(`in ${duration(Date.now() - started)}\n${line}\n`);
