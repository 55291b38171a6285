import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { run } from '../setup/child.ts';
import { ensureChromium } from '../setup/chromium.ts';
import { ensureVsCode } from '../setup/vscode.ts';

/**
 * Runs `test/ui/*.test.ts`, one after another, against the packaged extension: `node test/ui/run.ts [FILE…] [--grep TEXT]`.
 * SWITCHYARD_VSIX names another package than `out/switchyard.vsix`, which is made when it is not there. The last line is
 * `N passed, N failed`.
 */

const ROOT = resolve(import.meta.dirname, '../..');
const vsix = process.env['SWITCHYARD_VSIX'] ?? resolve(ROOT, 'out/switchyard.vsix');
const { values, positionals } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });

if (!existsSync(vsix)) await run('npm', ['run', 'package'], { cwd: ROOT });
process.env['SWITCHYARD_VSIX'] = vsix;
await Promise.all([ensureVsCode('newest'), ensureChromium()]);
const vitest = await startVitest('test', positionals, {
  root: ROOT,
  config: false,
  watch: false,
  include: ['test/ui/*.test.ts'],
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  reporters: ['verbose'],
  ...(values.grep === undefined ? {} : { testNamePattern: values.grep }),
});
let [passed, failed] = [0, vitest.state.getUnhandledErrors().length];
for (const module of vitest.state.getTestModules()) {
  failed += module.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') passed += 1;
    if (state === 'failed') failed += 1;
  }
  // A hook that failed leaves its tests without a result.
  if (!module.ok() && failed === 0) failed = 1;
}
if (passed + failed === 0) failed = 1;
await vitest.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
