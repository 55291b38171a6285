import { mkdirSync, rmSync, statSync } from 'node:fs';
import { run } from './child.ts';
import { step } from './step.ts';

/** Where the packaged extension lies. */
export const VSIX = 'out/switchyard.vsix';
/** Bytes. */
const VSIX_BUDGET = 2_000_000;

const print = (line: string) => process.stdout.write(`  ${line}\n`);

/**
 * Builds for production and packages. `onLine` gets what the tools say: every chunk and file with its size. Throws when a
 * budget is passed.
 */
export async function packageExtension(onLine: (line: string) => void = print): Promise<void> {
  await run(process.execPath, ['esbuild.mjs', '--production'], { onLine });
  mkdirSync('out', { recursive: true });
  rmSync(VSIX, { force: true });
  const quiet = ['--allow-missing-repository', '--no-rewrite-relative-links', '--no-gitHubIssueLinking'];
  // Everything is bundled: no node_modules.
  await run(
    process.execPath,
    ['node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--out', VSIX, ...quiet],
    {
      onLine,
      env: { VSCE_STORE: 'file' },
    },
  );
  const { size } = statSync(VSIX);
  const sizes = `${(size / 1e6).toFixed(2)} MB of ${VSIX_BUDGET / 1e6} MB`;
  if (size > VSIX_BUDGET) throw new Error(`${VSIX} is over its budget: ${sizes}`);
  print(`${VSIX}: ${sizes}`);
}

if (import.meta.main && (await step('package', () => packageExtension())).status !== 'passed') process.exitCode = 1;
