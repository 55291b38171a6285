import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { onStop } from './child.ts';

/**
 * A lock between processes: a file that holds the owner's process id and is touched every few seconds. It is stale when
 * that process is gone, or when the file was not touched for a minute (the id was given to another process since).
 */

const TOUCH_MS = 5000;
const STALE_MS = 60_000;
const RETRY_MS = 500;

/** Waits for the lock; the returned function releases it, and so does the end of this process. */
export async function acquireLock(file: string, say: (line: string) => void): Promise<() => void> {
  let waiting = false;
  while (!tryTake(file)) {
    if (isStale(file)) {
      breakLock(file);
      continue;
    }
    if (!waiting) say(`waiting for process ${read(file) ?? '?'}, which is making it`);
    waiting = true;
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
    });
  }
  const touch = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // Taken away: the build goes on, and the rename at its end stays safe.
    }
  }, TOUCH_MS);
  touch.unref();
  const release = () => {
    clearInterval(touch);
    if (read(file) === String(process.pid)) rmSync(file, { force: true });
  };
  const forget = onStop(release);
  return () => {
    forget();
    release();
  };
}

/** Whether a process of this id runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process answers EPERM.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function tryTake(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(file: string): boolean {
  try {
    const untouched = Date.now() - statSync(file).mtimeMs;
    if (untouched > STALE_MS) return true;
    const pid = Number.parseInt(read(file) ?? '', 10);
    // An empty file is one that is being written; one of our own id is left from an earlier life of that id.
    return Number.isNaN(pid) ? untouched > TOUCH_MS : pid === process.pid || !isAlive(pid);
  } catch {
    return false;
  }
}

/** Two waiters must not both break it: the second would break the lock that the first has taken meanwhile. */
function breakLock(file: string): void {
  const guard = `${file}.break`;
  if (!tryTake(guard)) {
    if (isStale(guard)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(file)) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
