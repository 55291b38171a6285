import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { onStop } from './child.ts';
import { acquireLock, isAlive } from './lock.ts';
import { createSay, duration } from './progress.ts';

export { run } from './child.ts';

/** What takes long to fetch or build lives outside the work tree, so that a fresh clone finds it. */
export const cacheDir: string =
  process.env['SWITCHYARD_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'switchyard');

/** Fills `dir`, an empty folder that becomes the entry when the promise resolves; `say` prints a line of progress. */
export type Build = (dir: string, say: (line: string) => void) => Promise<void>;

export interface OnceOptions {
  /** Whether a folder that is there already is whole; one that is not is replaced. Default: every one is. */
  readonly isWhole?: (dir: string) => boolean;
}

/**
 * Path of the cache entry `name`, which `build` makes if it is not there. An entry appears whole or not at all: it is
 * built in a folder beside and renamed into place. A second process that wants the same entry waits for the first.
 */
export function once(name: string, build: Build, options: OnceOptions = {}): Promise<string> {
  const known = pending.get(name);
  if (known) return known;
  const entry = obtain(name, build, options).finally(() => pending.delete(name));
  pending.set(name, entry);
  return entry;
}

const pending = new Map<string, Promise<string>>();

async function obtain(name: string, build: Build, options: OnceOptions): Promise<string> {
  const isWhole = options.isWhole ?? (() => true);
  const entry = join(cacheDir, name);
  const isThere = () => existsSync(entry) && isWhole(entry);
  if (isThere()) return entry;
  mkdirSync(cacheDir, { recursive: true });
  const say = createSay(name);
  const release = await acquireLock(join(cacheDir, `.${name}.lock`), say);
  try {
    if (isThere()) return entry;
    await buildBeside(entry, name, build, say);
    return entry;
  } finally {
    release();
  }
}

async function buildBeside(entry: string, name: string, build: Build, say: (line: string) => void): Promise<void> {
  const prefix = `.${name}.tmp-`;
  removeAbandoned(prefix);
  const dir = join(cacheDir, `${prefix}${process.pid}`);
  const discard = () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  const forget = onStop(discard);
  const started = Date.now();
  try {
    mkdirSync(dir);
    await build(dir, say);
    if (existsSync(entry)) {
      // Not whole, or it would not be built again.
      const old = join(cacheDir, `${prefix}${process.pid}-old`);
      renameSync(entry, old);
      rmSync(old, { recursive: true, force: true });
    }
    renameSync(dir, entry);
    say(`ready after ${duration(Date.now() - started)}`);
  } catch (error) {
    discard();
    throw error;
  } finally {
    forget();
  }
}

/** Folders of builders that were killed. */
function removeAbandoned(prefix: string): void {
  for (const file of readdirSync(cacheDir)) {
    if (!file.startsWith(prefix)) continue;
    const pid = Number.parseInt(file.slice(prefix.length), 10);
    if (pid !== process.pid && isAlive(pid)) continue;
    rmSync(join(cacheDir, file), { recursive: true, force: true });
  }
}
