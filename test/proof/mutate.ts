import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onStop, run } from '../setup/child.ts';
import { duration } from '../setup/progress.ts';
import { ensureChromium } from '../setup/chromium.ts';
import { ensureVsCode } from '../setup/vscode.ts';
import { ADDRESS_MUTANTS } from './mutants/addresses.ts';
import { DOOR_MUTANTS } from './mutants/door.ts';
import { EDITOR_MUTANTS } from './mutants/editor.ts';
import { LEDGER_MUTANTS } from './mutants/ledger.ts';
import { LEVEL_MUTANTS } from './mutants/levels.ts';
import type { Mutant } from './mutants/mutant.ts';
import { OLLAMA_MUTANTS } from './mutants/ollama.ts';
import { REPOSITORY_MUTANTS } from './mutants/repository.ts';
import { SCREEN_MUTANTS } from './mutants/screen.ts';
import { SOURCE_MUTANTS } from './mutants/sources.ts';
import { TAINT_MUTANTS } from './mutants/taint.ts';

/**
 * Switches off each rule of the policy and the door in turn, in a copy of the tree, and asks the tests whether they notice:
 * `npm run mutate:privacy [-- TEXT…]` (only mutants whose file or rule holds one of the texts). First the rule's own tests, the nearest
 * before the others, then the random days; for what reads the editor, tests in its extension host. Writes `out/mutate-privacy.json` and a table, `out/mutate-privacy.md`; fails when a mutant lives.
 */

interface Outcome extends Pick<Mutant, 'file' | 'rule'> {
  readonly caught: boolean;
  /** The first test that failed. */
  readonly by: string;
  readonly ms: number;
}

const ROOT = resolve(import.meta.dirname, '../..');
const AT_ONCE = 2;
const COPIED = ['src', 'test', 'media', 'engine', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'esbuild.mjs'];
/** A test that never ends has noticed something. */
const PATIENCE_MS = 180_000;
const DAYS = '40';
/** A busy machine must not catch anybody. */
const SLOWLY = ['--testTimeout=30000', '--hookTimeout=30000', '--retry=1'];

const texts = process.argv.slice(2);
const mutants = [
  ...LEVEL_MUTANTS,
  ...SOURCE_MUTANTS,
  ...ADDRESS_MUTANTS,
  ...DOOR_MUTANTS,
  ...LEDGER_MUTANTS,
  ...OLLAMA_MUTANTS,
  ...SCREEN_MUTANTS,
  ...TAINT_MUTANTS,
  ...EDITOR_MUTANTS,
  ...REPOSITORY_MUTANTS,
].filter(({ file, rule }) => texts.length === 0 || texts.some((text) => `${file} ${rule}`.includes(text)));
const wrong = mutants.filter(({ file, find }) => readFileSync(join(ROOT, file), 'utf8').split(find).length !== 2);
for (const { file, rule, find } of wrong) console.log(`${file}, ${rule}: not exactly once in the file: ${find}`);
if (wrong.length > 0) process.exit(1);

if (mutants.some(({ host }) => host !== undefined)) await Promise.all([ensureVsCode('newest'), ensureChromium()]);
const started = Date.now();
const outcomes: Outcome[] = [];
const queue = mutants.entries();
let passing: Promise<void> | undefined;
await Promise.all(Array.from({ length: AT_ONCE }, work));
report();

async function work(): Promise<void> {
  const tree = copyTree();
  const forget = onStop(() => rmSync(tree, { recursive: true, force: true }));
  await (passing ??= mustPass(tree));
  for (const [index, mutant] of queue) {
    const path = join(tree, mutant.file);
    const original = readFileSync(path, 'utf8');
    const begun = Date.now();
    // A function, so that no dollar sign in the text means anything.
    writeFileSync(
      path,
      original.replace(mutant.find, () => mutant.replace),
    );
    const by = await noticed(tree, mutant).finally(() => writeFileSync(path, original));
    const { file, rule } = mutant;
    const outcome = { file, rule, caught: by !== undefined, by: by ?? '', ms: Date.now() - begun };
    outcomes[index] = outcome;
    const done = outcomes.filter(() => true).length;
    console.log(
      `${done}/${mutants.length} ${by === undefined ? 'LIVES ' : 'caught'} ${file}: ${rule}${by ? ` (${by})` : ''}`,
    );
  }
  forget();
  rmSync(tree, { recursive: true, force: true });
}

function copyTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'switchyard-mutant-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

/** Tests that fail anyway would catch everything. */
async function mustPass(tree: string): Promise<void> {
  const tests = [[...new Set(mutants.flatMap((mutant) => mutant.tests.flat()))]];
  const hosts = [...new Set(mutants.flatMap(({ host }) => host ?? []))];
  const by =
    (tests.flat().length > 0 ? await noticed(tree, { tests }) : undefined) ??
    (hosts.length > 0 ? await noticed(tree, { tests: [], host: hosts.join('|') }) : undefined);
  if (by === undefined) return;
  console.log(`Nothing was changed, and a test fails: ${by}`);
  process.exit(1);
}

/** The first test that fails, if one does. */
async function noticed(tree: string, { tests, host }: Pick<Mutant, 'tests' | 'host'>): Promise<string | undefined> {
  if (host !== undefined) return failingInHost(tree, host);
  for (const group of tests) {
    const by = await failing(tree, 'unit', group);
    if (by !== undefined) return by;
  }
  return failing(tree, 'proof', []);
}

async function failing(tree: string, project: string, tests: readonly string[]): Promise<string | undefined> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', project, '--bail=1', '--reporter=default', ...SLOWLY, ...tests];
  const { code, output } = await run(process.execPath, args, {
    cwd: tree,
    env: { NO_COLOR: '1', SWITCHYARD_PROOF_RUNS: DAYS },
    mayFail: true,
    timeoutMs: PATIENCE_MS,
  });
  if (code === 0) return undefined;
  return /^ *FAIL +(.+)$/m.exec(output)?.[1]?.trim() ?? (code === -1 ? 'took too long' : `vitest ended with ${code}`);
}

/** The extension is built anew: some tests use it as a whole, others its parts. */
async function failingInHost(tree: string, grep: string): Promise<string | undefined> {
  const options = { cwd: tree, mayFail: true, timeoutMs: PATIENCE_MS };
  await run(process.execPath, ['esbuild.mjs'], { cwd: tree });
  const args = ['test/host/run.ts', '--version', 'newest', '--grep', grep];
  const { code, output } = await run(process.execPath, args, options);
  if (code === 0) return undefined;
  const [, titles] = /^ {2}1\) ((?:.+\n)+?.+):$/m.exec(output) ?? [];
  return titles === undefined
    ? `the extension host ended with ${code}`
    : `|host| ${titles.replaceAll(/\n\s*/g, ' > ')}`;
}

function report(): void {
  const caught = outcomes.filter((each) => each.caught).length;
  mkdirSync(join(ROOT, 'out'), { recursive: true });
  const summary = { mutants: outcomes.length, caught, lives: outcomes.filter((each) => !each.caught), table: outcomes };
  writeFileSync(join(ROOT, 'out/mutate-privacy.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  const rows = outcomes.map(
    ({ file, rule, by }) => `| ${file} | ${rule} | ${by.replaceAll('|', '\\|') || '**lives**'} |`,
  );
  const table = ['| file | rule that was switched off | caught by |', '| --- | --- | --- |', ...rows];
  writeFileSync(join(ROOT, 'out/mutate-privacy.md'), `${table.join('\n')}\n`);
  console.log(`${outcomes.length} mutants, ${caught} caught, in ${duration(Date.now() - started)}`);
  if (caught < outcomes.length) process.exitCode = 1;
}
