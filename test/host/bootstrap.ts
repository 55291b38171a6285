import { Console } from 'node:console';
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/**
 * Loaded by the extension host in place of the tests. Sends what they print to the file SWITCHYARD_TESTS_OUT, at once, so
 * that nothing is lost when the host dies; runs SWITCHYARD_TESTS_PATH; and writes SWITCHYARD_TESTS_OUT.ok when it resolved
 * and nothing was thrown outside the tests, before or shortly after their end.
 */

const SETTLE_MS = 200;

export async function run(): Promise<void> {
  const outFile = required('SWITCHYARD_TESTS_OUT');
  const testsPath = required('SWITCHYARD_TESTS_PATH');
  redirectOutput(outFile);
  const stray = watchStrayErrors();
  const tests = await load(testsPath);
  await tests.run();
  await new Promise((resolve) => {
    setTimeout(resolve, SETTLE_MS);
  });
  if (stray.length > 0) {
    for (const error of stray) console.error('Thrown outside the tests:', error);
    throw new Error(`${stray.length} errors were thrown outside the tests`);
  }
  writeFileSync(`${outFile}.ok`, '');
}

/** VS Code locks the functions of `console` and of `process.stdout`, so the objects themselves are replaced. */
function redirectOutput(file: string): void {
  const descriptor = openSync(file, 'a');
  const stream = new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      for (let rest = chunk; rest.length > 0;) rest = rest.subarray(writeSync(descriptor, rest));
      done();
    },
  });
  Object.assign(stream, { fd: 1, isTTY: false, columns: 120 });
  globalThis.console = new Console({ stdout: stream, stderr: stream, colorMode: false });
  for (const name of ['stdout', 'stderr']) {
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
}

/** Errors of the extension host's own code, which the tests cannot help, are left out. */
function watchStrayErrors(): unknown[] {
  const stray: unknown[] = [];
  const note = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const isForeign = stack.includes('extensionHostProcess.js') && !/\/(dist|out|src|test)\/(?!vs\/)/.test(stack);
    if (!isForeign && !isCancellation(error)) stray.push(error);
  };
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  return stray;
}

/** How VS Code's promises end when nobody wants them any more. */
function isCancellation(error: unknown): boolean {
  return error instanceof Error && error.name === 'Canceled' && error.message === 'Canceled';
}

interface Tests {
  run(): Promise<void>;
}

/** `require` of an ES module that imports `vscode` hangs in VS Code 1.104, so those are imported. */
async function load(path: string): Promise<Tests> {
  const require = createRequire(__filename);
  const file = require.resolve(path);
  const loaded: unknown = file.endsWith('.cjs') ? require(file) : await import(pathToFileURL(file).href);
  if (!isTests(loaded)) throw new Error(`${path} exports no function run()`);
  return loaded;
}

function isTests(value: unknown): value is Tests {
  return typeof value === 'object' && value !== null && 'run' in value && typeof value.run === 'function';
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
