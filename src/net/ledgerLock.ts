import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, readdirSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Disposable } from '../core/event.ts';

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

export interface Lock extends Disposable {
  /** `undefined` when another process has it. Throws what the file system throws (no such folder, no permission). */
  take(): Held | undefined;
}

/**
 * A lock between processes: a file name that only one of them can make. Each process has a file of its own, and takes the
 * lock by giving that file the lock's name too: linking is some twenty times faster than making a file, and the name
 * never shows without its content. Where there are no links, the file is made.
 *
 * A lock whose process is gone, or which is older than any honest holder's, is removed; removing is itself guarded by a
 * second file, so that two processes cannot remove each other's fresh locks.
 */
export function createLock(path: string): Lock {
  const mark = `${process.pid} ${hostname()} ${randomBytes(6).toString('hex')}`;
  const own = `${path}.${mark.split(' ').at(-1)}`;
  // On Windows a new link does not show in the times of a file, and without them a lock's age cannot be told.
  let links = process.platform !== 'win32';

  const claim = (): boolean => {
    if (!links) return create(path, mark);
    try {
      return link(own, path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        removeDead(path);
        create(own, mark);
        return link(own, path);
      }
      if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test(codeOf(error))) throw error;
      links = false;
      return create(path, mark);
    }
  };

  return {
    take() {
      if (!claim()) {
        breakIfStale(path);
        if (!claim()) return undefined;
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
    },
    dispose() {
      try {
        remove(own);
      } catch {
        // Another process takes it away.
      }
    },
  };
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
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

/** Files that processes left behind when they were killed. */
function removeDead(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const left = join(dirname(path), name);
    if (name.startsWith(`${basename(path)}.`) && isDead(left)) remove(left);
  }
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
  return ageOf(path) > STALE_MS || isDead(path);
}

/** Whether the process that a file names was one of this machine and is gone. */
function isDead(path: string): boolean {
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

/** Milliseconds since the file was made or given this name; negative infinity when it is not there. */
function ageOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? Date.now() - found.ctimeMs : Number.NEGATIVE_INFINITY;
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
