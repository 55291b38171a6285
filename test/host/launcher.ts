import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { buildSync } from 'esbuild';
import type { Page } from 'playwright-core';
import { onStop } from '../setup/child.ts';
import { ensureVsCode } from '../setup/vscode.ts';
import { openBrowser } from './browser.ts';
import { startServer, type Server } from './server.ts';

/**
 * Takes the command line of the desktop's VS Code as far as extension tests use it, runs the tests in the Node extension
 * host of a VS Code server with the workbench in a Chromium without a window, and exits with the tests' code. What the
 * tests print is printed here. VS Code reports success too when its extension host died or a test ended it: only the file
 * that the bootstrap writes when the tests resolved counts.
 *
 * Environment: SWITCHYARD_HOST_RELEASE (`newest` or `oldest`), SWITCHYARD_HOST_TIMEOUT (ms), SWITCHYARD_HOST_VERBOSE.
 */

const EXIT = { died: 70, pageCrashed: 101, serverEnded: 102, timeout: 124 } as const;
const TIMEOUT_MS = Number(process.env['SWITCHYARD_HOST_TIMEOUT'] ?? 300_000);
const FOLLOW_MS = 50;
const verbose = process.env['SWITCHYARD_HOST_VERBOSE'] !== undefined;

const OPTIONS = {
  extensionDevelopmentPath: { type: 'string', multiple: true },
  extensionTestsPath: { type: 'string' },
  'user-data-dir': { type: 'string' },
  'extensions-dir': { type: 'string' },
  'disable-extensions': { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

// The desktop's other flags mean nothing here.
const { values, positionals } = parseArgs({ options: OPTIONS, strict: false, allowPositionals: true });
const scratch = mkdtempSync(join(tmpdir(), 'switchyard-host-'));
onStop(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));
process.exit(await main());

async function main(): Promise<number> {
  const tests = text(values['extensionTestsPath']);
  const development = [values['extensionDevelopmentPath'] ?? []].flat().map((path) => resolve(String(path)));
  if (tests === undefined || development.length !== 1) throw new Error('one extension and its tests are needed');
  const userData = text(values['user-data-dir']);
  const outFile = join(scratch, 'out.txt');
  writeFileSync(outFile, '');
  const stopFollowing = follow(outFile);
  const release = process.env['SWITCHYARD_HOST_RELEASE'] === 'oldest' ? 'oldest' : 'newest';
  const server = await startServer({
    vscode: await ensureVsCode(release),
    mode: 'tests',
    dataDir: join(scratch, 'server'),
    extensionsDir: text(values['extensions-dir']) ?? join(scratch, 'extensions'),
    settings: userSettings(userData),
    env: { SWITCHYARD_TESTS_OUT: outFile, SWITCHYARD_TESTS_PATH: resolve(tests) },
    onLine: (line) => {
      if (verbose) console.error(`[server] ${line}`);
    },
  });
  const browser = await openBrowser({ profileDir: join(scratch, 'browser') });
  const bootstrap = join(scratch, 'bootstrap.cjs');
  buildSync({
    entryPoints: [join(import.meta.dirname, 'bootstrap.ts')],
    outfile: bootstrap,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  const payload: [string, string][] = [
    ...development.map((path): [string, string] => ['extensionDevelopmentPath', server.remote(path)]),
    ['extensionTestsPath', server.remote(bootstrap)],
    ['enableProposedApi', ''],
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  if (values['disable-extensions'] === true) payload.push(['disableExtensions', 'true']);
  const code = await runInPage(browser.page, server, server.page({ open: openPath(positionals[0]), payload }));
  stopFollowing();
  const isProved = existsSync(`${outFile}.ok`);
  if (code === 0 && !isProved) console.error('[host] the extension host ended before the tests did');
  if (code !== 0 && verbose) console.error(server.output());
  await Promise.all([browser.close().catch(() => {}), server.stop()]);
  return code === 0 && !isProved ? EXIT.died : code;
}

/** Opens the workbench and waits until it reports the tests' exit code, or something ends it before. */
async function runInPage(page: Page, server: Server, address: string): Promise<number> {
  let finish: (code: number) => void = () => {};
  const finished = new Promise<number>((done) => {
    finish = done;
  });
  const fail = (code: number, why: string) => {
    console.error(`[host] ${why}`);
    finish(code);
  };
  // Two functions that the workbench calls when the server's test driver is on.
  await page.exposeFunction('codeAutomationExit', (code: unknown) => finish(typeof code === 'number' ? code : 1));
  await page.exposeFunction('codeAutomationLog', (type: string, parts: unknown[]) => {
    if (verbose) console.error(`[${type}]`, ...parts);
  });
  page.on('crash', () => fail(EXIT.pageCrashed, 'the workbench page crashed'));
  page.on('pageerror', (error) => {
    if (verbose) console.error(`[page] ${error.message}`);
  });
  let isOver = false;
  const watchServer = async () => {
    const code = await server.exited;
    if (!isOver) fail(EXIT.serverEnded, `the server ended with ${code}\n${server.output()}`);
  };
  void watchServer();
  const timer = setTimeout(() => {
    const picture = resolve('out/host-timeout.png');
    void page
      .screenshot({ path: picture, timeout: 5000 })
      .then(() => console.error(`[host] the workbench: ${picture}`))
      .catch(() => {})
      .finally(() => fail(EXIT.timeout, `the tests did not end within ${TIMEOUT_MS} ms`));
  }, TIMEOUT_MS);
  await page.goto(address);
  return finished.finally(() => {
    isOver = true;
    clearTimeout(timer);
  });
}

/** Copies what is appended to `file` to stdout; the returned function copies the rest and ends. */
function follow(file: string): () => void {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(65_536);
  const drain = () => {
    for (let size = -1; size !== 0;) {
      size = readSync(descriptor, buffer, 0, buffer.length, null);
      process.stdout.write(Buffer.from(buffer.subarray(0, size)));
    }
  };
  const timer = setInterval(drain, FOLLOW_MS);
  return () => {
    clearInterval(timer);
    drain();
    closeSync(descriptor);
  };
}

/** The desktop keeps them below its user data folder; so the caller prepares one folder for both. */
function userSettings(userData: string | undefined): Record<string, unknown> {
  const file = join(userData ?? scratch, 'User/settings.json');
  if (!existsSync(file)) return {};
  const settings: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof settings === 'object' && settings !== null ? { ...settings } : {};
}

function openPath(argument: string | undefined): string | undefined {
  return argument === undefined ? undefined : resolve(argument);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
