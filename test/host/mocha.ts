import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/**
 * Runs the compiled `suite/*.test.cjs` beside this file in the extension host. Counts go to the file
 * SWITCHYARD_TESTS_RESULT as JSON; SWITCHYARD_TESTS_GREP chooses tests by their full title.
 */

const TEST_MS = 20_000;
const SUITE = join(__dirname, 'suite');

export async function run(): Promise<void> {
  const grep = process.env['SWITCHYARD_TESTS_GREP'];
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_MS, color: false, forbidOnly: process.env['CI'] !== undefined });
  if (grep !== undefined) mocha.grep(grep);
  for (const file of readdirSync(SUITE).toSorted()) {
    if (file.endsWith('.test.cjs')) mocha.addFile(join(SUITE, file));
  }
  const stats = await new Promise<Mocha.Stats | undefined>((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats));
  });
  const counts = { passed: stats?.passes ?? 0, failed: stats?.failures ?? 0, pending: stats?.pending ?? 0 };
  const resultFile = process.env['SWITCHYARD_TESTS_RESULT'];
  if (resultFile !== undefined) writeFileSync(resultFile, JSON.stringify(counts));
  if (counts.failed > 0) throw new Error(`${counts.failed} tests failed`);
  if (counts.passed === 0) throw new Error('no test ran');
}
