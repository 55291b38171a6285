import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from './child.ts';
import { THIS_PLATFORM, copyEngine } from './engine.ts';
import { billOfMaterials } from './sbom.ts';
import { step } from './step.ts';

/** Where the packaged extension lies. */
export const VSIX = 'out/switchyard.vsix';
/** The bill of materials that belongs to it. */
const SBOM = 'out/switchyard.cdx.json';
/** Bytes. */
const VSIX_BUDGET = 2_000_000;
/** The time of every file in the package, in seconds (2020-01-01, UTC): the same sources make the same bytes, whenever. */
const EPOCH = '1577836800';

/** Everything is bundled: no node_modules. */
const VSCE = ['node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies'];
const QUIET = ['--allow-missing-repository', '--no-rewrite-relative-links', '--no-gitHubIssueLinking'];
/** A ZIP has times without a zone: they are made from the local one. */
const SAME_BYTES = { VSCE_STORE: 'file', SOURCE_DATE_EPOCH: process.env['SOURCE_DATE_EPOCH'] ?? EPOCH, TZ: 'UTC' };

const print = (line: string) => process.stdout.write(`  ${line}\n`);

/**
 * Builds for production and packages, with a bill of materials. `onLine` gets what the tools say: every chunk and file with
 * its size. Throws when a budget is passed. Returns the SHA-256 of the package.
 */
export async function packageExtension(onLine: (line: string) => void = print): Promise<string> {
  await run(process.execPath, ['esbuild.mjs', '--production'], { onLine });
  mkdirSync('out', { recursive: true });
  rmSync(VSIX, { force: true });
  await run(process.execPath, [...VSCE, '--out', VSIX, ...QUIET], { onLine, env: SAME_BYTES });
  const vsix = readFileSync(VSIX);
  writeFileSync(SBOM, billOfMaterials(vsix));
  const sizes = `${(vsix.length / 1e6).toFixed(2)} MB of ${VSIX_BUDGET / 1e6} MB`;
  if (vsix.length > VSIX_BUDGET) throw new Error(`${VSIX} is over its budget: ${sizes}`);
  const hash = createHash('sha256').update(vsix).digest('hex');
  print(`${VSIX}: ${sizes}, SHA-256 ${hash}`);
  return hash;
}

/** Builds and packages twice, from nothing each time; throws when the bytes differ. */
export async function packageTwice(): Promise<void> {
  const first = await packageExtension();
  const second = await packageExtension(() => undefined);
  if (first !== second) throw new Error(`the same sources made two different packages: ${first} and ${second}`);
  print('the package is the same to the byte when it is made again');
}

/** A package for one platform that carries the built-in engine: nothing has to be fetched. */
async function packageWithEngine(platform: string): Promise<void> {
  await run(process.execPath, ['esbuild.mjs', '--production']);
  await copyEngine('dist/engine', platform);
  const out = `out/switchyard-${platform}.vsix`;
  mkdirSync('out', { recursive: true });
  rmSync(out, { force: true });
  await run(process.execPath, [...VSCE, '--target', platform, '--out', out, ...QUIET], { env: SAME_BYTES });
  rmSync('dist/engine', { recursive: true });
  const vsix = readFileSync(out);
  print(`${out}: ${(vsix.length / 1e6).toFixed(1)} MB, SHA-256 ${createHash('sha256').update(vsix).digest('hex')}`);
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { 'with-engine': { type: 'boolean' } },
    allowPositionals: true,
  });
  const platforms = positionals.length > 0 ? positionals : [THIS_PLATFORM];
  const { status } = await step('package', async () => {
    if (values['with-engine'] !== true) await packageExtension();
    else for (const platform of platforms) await packageWithEngine(platform);
  });
  if (status !== 'passed') process.exitCode = 1;
}
