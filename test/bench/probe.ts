import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { z } from 'zod';
import { onStop, run } from '../setup/child.ts';
import { ensureVsCode, type VsCodeRelease } from '../setup/vscode.ts';

/** Running a file of ours in the extension host of a cold VS Code, with a copy of the built extension that is prepared for it. */

export const ROOT: string = resolve(import.meta.dirname, '../..');

export interface ProbeOptions {
  readonly release: VsCodeRelease;
  /** Folder of the extension. */
  readonly extension: string;
  /** What `compileProbe` returned. */
  readonly probe: string;
  /** Default: the sample workspace. */
  readonly workspace?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a new server, browser and extension host with a new user folder; returns what the probe wrote, as JSON. */
export async function runProbe(options: ProbeOptions, scratch: string): Promise<unknown> {
  await ensureVsCode(options.release);
  const out = join(scratch, 'probe.json');
  const userData = join(scratch, 'user');
  rmSync(out, { force: true });
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(join(userData, 'User/settings.json'), JSON.stringify(options.settings ?? {}));
  await run(
    process.execPath,
    [
      join(ROOT, 'test/host/launcher.ts'),
      options.workspace ?? join(ROOT, 'test/host/workspace'),
      '--disable-extensions',
      `--user-data-dir=${userData}`,
      `--extensionDevelopmentPath=${options.extension}`,
      `--extensionTestsPath=${options.probe}`,
    ],
    { env: { SWITCHYARD_HOST_RELEASE: options.release, SWITCHYARD_BENCH_OUT: out, ...options.env } },
  );
  return JSON.parse(readFileSync(out, 'utf8'));
}

/** Bundles a probe (it exports `run`) for the extension host. */
export async function compileProbe(file: string, scratch: string): Promise<string> {
  const outfile = join(scratch, file.replace(/\.ts$/, '.cjs'));
  await build({
    entryPoints: [join(import.meta.dirname, file)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  return outfile;
}

/** A copy of the built extension, with `changes` to its manifest. */
export function copyExtension(folder: string, changes: Readonly<Record<string, unknown>> = {}): string {
  if (!existsSync(join(ROOT, 'dist/extension.js'))) throw new Error('dist/ is not there: npm run package makes it');
  mkdirSync(folder, { recursive: true });
  for (const part of ['dist', 'media']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const manifest = z.looseObject({}).parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...changes }));
  return folder;
}

/** Makes the extension do nothing at all. */
export function emptyExtension(folder: string): void {
  writeFileSync(join(folder, 'dist/extension.js'), 'export function activate() {}\n');
}

/** Runs `work` with a folder that is removed afterwards, however this process ends. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const forget = onStop(remove);
  try {
    return await work(folder);
  } finally {
    forget();
    remove();
  }
}
