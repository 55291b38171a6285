import { rmSync } from 'node:fs';
import { command, step, vitest, type StepResult } from './step.ts';

/** Everything that needs no other program: types, lint, format, unit, architecture and manifest tests. */
export async function check(): Promise<readonly StepResult[]> {
  const node = process.execPath;
  const tsc = 'node_modules/typescript/bin/tsc';
  rmSync('out/vitest-unit.json', { force: true });
  return Promise.all([
    step('unit, architecture and manifest tests', () => vitest('unit')),
    command('types', node, [tsc, '--project', '.']),
    command('types of the webview pages', node, [tsc, '--project', 'src/webview/pages']),
    command('lint', node, ['node_modules/oxlint/bin/oxlint', '--type-aware']),
    command('format', node, ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']),
  ]);
}

if (import.meta.main) {
  const results = await check();
  if (results.some(({ status }) => status !== 'passed')) process.exitCode = 1;
}
