import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';

/** A holder works for some 0.1 ms. One that has not let go after this many milliseconds was stopped or died. */
const STALE_MS = 2000;
/** A holder that was itself suspended must not go on as if it still held the lock. */
const HOLD_MS = 1000;

/** Held for one synchronous stretch of work, never across an await. */
export interface Held {
  /** Throws when so much time went by that another process may have taken the lock over. */
  assertHeld(): void;
  release(): void;
}

/**
 * A lock between processes: a file that only one can create. `undefined` when another process has it. A lock whose
 * process is gone, or which is older than any honest holder's, is removed; removing is itself guarded by a second file,
 * so that two processes cannot remove each other's fresh locks. Throws what the file system throws (no such folder, no
 * permission).
 */
export function takeLock(path: string): Held | undefined {
  const mark = `${process.pid} ${hostname()} ${performance.now()}`;
  if (!create(path, mark)) {
    breakIfStale(path);
    if (!create(path, mark)) return undefined;
  }
  const since = performance.now();
  return {
    assertHeld() {
      if (performance.now() - since > HOLD_MS) throw new Error('The lock of the ledger was held for too long.');
    },
    release() {
      if (performance.now() - since <= HOLD_MS || contentOf(path) === mark) remove(path);
    },
  };
}

function create(path: string, content: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
  try {
    writeSync(fd, content);
  } finally {
    closeSync(fd);
  }
  return true;
}

function breakIfStale(path: string): void {
  if (!isStale(path)) return;
  const guard = `${path}.break`;
  if (!create(guard, '')) {
    if (ageOf(guard) > STALE_MS) remove(guard);
    return;
  }
  // Only the holder of the guard removes, and looks again first: between two looks the lock may have become another's.
  if (isStale(path)) remove(path);
  remove(guard);
}

function isStale(path: string): boolean {
  if (ageOf(path) > STALE_MS) return true;
  const [pid = '', host] = contentOf(path)?.split(' ') ?? [];
  return host === hostname() && /^[1-9]\d*$/.test(pid) && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Milliseconds since the file was written; negative infinity when it is not there. */
function ageOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? Date.now() - found.mtimeMs : Number.NEGATIVE_INFINITY;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && !isBusy(error)) throw error;
  }
}

/** Windows says that it may not when it means that a file is just being deleted or looked at. */
function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EEXIST' || (process.platform === 'win32' && /^(EPERM|EACCES|EBUSY)$/.test(code));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
