import { existsSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { run } from '../setup/child.ts';
import { ensureChromium } from '../setup/chromium.ts';
import { ensureEngine } from '../setup/engine.ts';
import { requireNamespaces } from '../setup/namespaces.ts';
import { buildOllama, builtOllama, smallModel } from '../setup/ollamaBuild.ts';
import { VSIX, packageExtension } from '../setup/package.ts';
import { CANNOT_RUN } from '../setup/step.ts';
import { CannotRun } from '../setup/toolchain.ts';
import { ensureVsCode } from '../setup/vscode.ts';

/**
 * Runs `test/proof/namespace/*.test.ts` in a network namespace of their own: `node test/proof/namespace.ts [options of vitest]`. Everything that
 * would be fetched is fetched before, outside. The last line is `N passed, N failed`; exit code 77 where this machine cannot.
 */

const ROOT = resolve(import.meta.dirname, '../..');
const REPORT = resolve(ROOT, 'out/vitest-namespace.json');
const Report = z.object({ numPassedTests: z.int(), numFailedTests: z.int(), success: z.boolean() });
const say = (line: string) => void process.stdout.write(`${line}\n`);

try {
  const unshare = await requireNamespaces(say);
  await prepare();
  rmSync(REPORT, { force: true });
  const args = [
    '--project',
    'namespace',
    '--reporter=verbose',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
    ...process.argv.slice(2),
  ];
  const { code } = await run(
    'unshare',
    [...unshare, process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...args],
    {
      cwd: ROOT,
      env: { SWITCHYARD_VSIX: process.env['SWITCHYARD_VSIX'] ?? resolve(ROOT, VSIX) },
      mayFail: true,
      onLine: say,
    },
  );
  const { numPassedTests, numFailedTests, success } = Report.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
  const failed = numFailedTests === 0 && (!success || code !== 0) ? 1 : numFailedTests;
  say(`${numPassedTests} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  say(`*** THE PROOF IN A NETWORK NAMESPACE CANNOT RUN HERE: ${error.message} ***`);
  process.exitCode = CANNOT_RUN;
}

async function prepare(): Promise<void> {
  try {
    await Promise.all([ensureVsCode('newest'), ensureChromium()]);
  } catch (error) {
    throw new CannotRun(error instanceof Error ? error.message : String(error));
  }
  if (builtOllama() === undefined) await buildOllama();
  await smallModel();
  await ensureEngine();
  if (process.env['SWITCHYARD_VSIX'] === undefined && !existsSync(resolve(ROOT, VSIX))) await packageExtension();
}
