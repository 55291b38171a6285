import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { z } from 'zod';
import { makeCertificate } from '../peers/certificate.ts';
import { onStop, run } from '../setup/child.ts';
import { ensureDesktop, ensureVsCode, type VsCodeRelease } from '../setup/vscode.ts';

/**
 * Runs `test/host/suite/*.test.ts` in a real extension host against the built extension, on the oldest and the newest VS
 * Code: `node test/host/run.ts [--version oldest|newest] [--grep TEXT] [--settings FILE.json]`. Needs `dist/`; builds it when
 * it is not there. The last line is `N passed, N failed`.
 */

export interface HostRun {
  readonly release: VsCodeRelease;
  readonly grep?: string | undefined;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Added to the environment of the extension host. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Folder of the extension; default: this project. */
  readonly extension?: string | undefined;
  /** Compiled module that exports `run`; default: the suite. */
  readonly tests?: string | undefined;
}

export interface HostResult {
  readonly passed: number;
  readonly failed: number;
}

const ROOT = resolve(import.meta.dirname, '../..');
const OUT = join(ROOT, 'out/host');
const Counts = z.object({ passed: z.number(), failed: z.number() });

/** Runs one release with a fresh user folder and a fresh copy of the sample workspace. */
export async function runHost(options: HostRun): Promise<HostResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'switchyard-tests-'));
  const forget = onStop(() => rmSync(scratch, { recursive: true, force: true }));
  const workspace = join(scratch, 'workspace');
  const userData = join(scratch, 'user');
  const resultFile = join(scratch, 'result.json');
  cpSync(join(import.meta.dirname, 'workspace'), workspace, { recursive: true });
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(join(userData, 'User/settings.json'), JSON.stringify(options.settings ?? {}));
  const desktop = await ensureDesktop(options.release);
  // Installed here, so that a slow download does not count as a slow test.
  if (desktop === undefined) await ensureVsCode(options.release);
  const certificate = options.tests === undefined ? await certificateIn(join(scratch, 'certificate')) : {};
  const env: Record<string, string> = {
    SWITCHYARD_NODE: process.execPath,
    SWITCHYARD_HOST_RELEASE: options.release,
    SWITCHYARD_TESTS_RESULT: resultFile,
    ...(options.grep === undefined ? {} : { SWITCHYARD_TESTS_GREP: options.grep }),
    ...certificate,
    ...options.env,
  };
  try {
    await runTests({
      vscodeExecutablePath: desktop ?? join(import.meta.dirname, 'vscode'),
      extensionDevelopmentPath: options.extension ?? ROOT,
      extensionTestsPath: options.tests ?? join(OUT, 'mocha.cjs'),
      launchArgs: [
        workspace,
        '--disable-extensions',
        `--user-data-dir=${userData}`,
        `--extensions-dir=${join(scratch, 'extensions')}`,
      ],
      extensionTestsEnv: env,
    });
    // On the desktop, too, a host that died counts as a failure.
    return counts(resultFile) ?? { passed: 0, failed: 1 };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    const known = counts(resultFile);
    return { passed: known?.passed ?? 0, failed: Math.max(1, known?.failed ?? 0) };
  } finally {
    forget();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** For a server in the cloud that the suite starts: Node reads whom to trust when the extension host starts. */
async function certificateIn(dir: string): Promise<Record<string, string>> {
  const { key, file } = await makeCertificate(dir, ['closed.example']);
  const keyFile = join(dir, 'key.pem');
  writeFileSync(keyFile, key);
  return { NODE_EXTRA_CA_CERTS: file, SWITCHYARD_TESTS_KEY: keyFile };
}

function counts(file: string): HostResult | undefined {
  return existsSync(file) ? Counts.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

/** CommonJS, because VS Code 1.104 hangs on `require` of an ES module that imports `vscode`, and mocha requires. */
export async function compileTests(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: ['mocha.ts', 'suite/*.test.ts'],
    outdir: OUT,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { version: { type: 'string' }, grep: { type: 'string' }, settings: { type: 'string' } },
  });
  const releases = (['oldest', 'newest'] as const).filter((release) => (values.version ?? release) === release);
  if (releases.length === 0) throw new Error('--version takes oldest or newest');
  if (!existsSync(join(ROOT, 'dist/extension.js'))) await run(process.execPath, ['esbuild.mjs'], { cwd: ROOT });
  await compileTests();
  const settings = z.record(z.string(), z.unknown());
  let [passed, failed] = [0, 0];
  for (const release of releases) {
    const started = Date.now();
    const result = await runHost({
      release,
      grep: values.grep,
      settings: values.settings === undefined ? {} : settings.parse(JSON.parse(readFileSync(values.settings, 'utf8'))),
    });
    passed += result.passed;
    failed += result.failed;
    console.log(`${release}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
