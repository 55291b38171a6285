import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** What the system tells of memory, in bytes. */
export interface MemoryReadings {
  readonly platform: NodeJS.Platform;
  /** Version of libuv, which reads for Node. */
  readonly libuv: string;
  /** `process.availableMemory()`, `process.constrainedMemory()`, and those of `node:os`. */
  readonly available: number;
  readonly limit: number;
  readonly free: number;
  readonly total: number;
  /** The text of a file; `undefined` when it cannot be read. */
  readonly file: (path: string) => string | undefined;
}

export function readMemory(): MemoryReadings {
  return {
    platform: process.platform,
    libuv: process.versions.uv,
    available: process.availableMemory(),
    limit: process.constrainedMemory(),
    free: freemem(),
    total: totalmem(),
    file(path) {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * Bytes of memory that can be had, with what the system would take back from its caches for it; `undefined` where this Node
 * cannot tell. Facts, of libuv's sources (read 2026-11):
 * - Linux: what Node has is MemAvailable, which counts caches as free (libuv#3351). Below a limit of a cgroup (a container, a
 *   remote window) it is the limit less the usage, and the usage has the cache of files in it: every model that was read. The
 *   kernel gives the inactive part back before it refuses anything, so that part is free. A limit may promise more than the
 *   machine has.
 * - macOS: only since libuv 1.52 are inactive and purgeable pages counted (libuv#4908); before it was truly free pages alone,
 *   a few hundred megabytes on any Mac that is in use.
 * - Windows: ullAvailPhys of GlobalMemoryStatusEx, with the standby list in it.
 */
export function availableBytes(readings: MemoryReadings): number | undefined {
  const { platform, libuv, available, limit, free, total } = readings;
  if (platform === 'darwin') return isSince(libuv, 1, 52) ? available : undefined;
  // No limit is 0, or more than there is.
  if (platform !== 'linux' || limit <= 0 || limit >= total) return available;
  return Math.min(free, limit, available + inactiveFiles(readings));
}

/**
 * The same from the words of macOS’s vm_stat(1), which needs a program to be run: free, speculative, inactive and purgeable
 * pages. `undefined` when they are not understood.
 */
export function vmStatBytes(text: string): number | undefined {
  const page = Number(/page size of (\d+) bytes/.exec(text)?.[1]);
  const pages = ['free', 'speculative', 'inactive', 'purgeable'].map((kind) =>
    Number(new RegExp(`^Pages ${kind}:\\s+(\\d+)\\.`, 'm').exec(text)?.[1]),
  );
  const bytes = pages.reduce((sum, each) => sum + each, 0) * page;
  return Number.isFinite(bytes) ? bytes : undefined;
}

/** Of this process's cgroup, version 2 or 1; in a container, it is often the root of what can be seen. */
function inactiveFiles({ file }: MemoryReadings): number {
  for (const line of file('/proc/self/cgroup')?.split('\n') ?? []) {
    const [, kinds = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const old = kinds.split(',').includes('memory');
    if (!old && kinds !== '') continue;
    const root = old ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
    const text = file(`${root}${path === '/' ? '' : path}/memory.stat`) ?? file(`${root}/memory.stat`);
    const found = (old ? /^total_inactive_file (\d+)$/m : /^inactive_file (\d+)$/m).exec(text ?? '')?.[1];
    if (found !== undefined) return Number(found);
  }
  return 0;
}

function isSince(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
