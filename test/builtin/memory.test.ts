import { describe, expect, test } from 'vitest';
import { type MemoryReadings, availableBytes, readMemory, vmStatBytes } from '../../src/builtin/memory.ts';

const GB = 1e9;
const readings = (more: Partial<MemoryReadings>): MemoryReadings => ({
  platform: 'linux',
  libuv: '1.51.0',
  available: 5 * GB,
  limit: 0,
  free: 5 * GB,
  total: 16 * GB,
  file: () => undefined,
  ...more,
});
const files = (known: Readonly<Record<string, string>>) => (path: string) => known[path];
/** A container that may use 4 GB, of which 3.9 GB are used, most of it by the cache of files. */
const container = { limit: 4 * GB, available: 0.1 * GB };
const CACHED = 'anon 500000000\nfile 3400000000\ninactive_file 3000000000\nactive_file 400000000\n';

describe('memory that can be had', () => {
  test.each<[string, Partial<MemoryReadings>, number | undefined]>([
    ['Linux', {}, 5],
    ['Linux, with the greatest of all limits, which is none', { limit: 2 ** 64 }, 5],
    ['Windows', { platform: 'win32' }, 5],
    ['macOS, with a libuv that counts what can be taken back', { platform: 'darwin', libuv: '1.52.0' }, 5],
    ['macOS, with an older one', { platform: 'darwin', libuv: '1.51.0', available: 0.1 * GB }, undefined],
    ['a container that tells nothing of its caches', container, 0.1],
    [
      'a container by cgroup 2, whose cache of files can be taken back',
      { ...container, file: files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.stat': CACHED }) },
      3.1,
    ],
    [
      'one whose limit is of a service',
      {
        ...container,
        file: files({ '/proc/self/cgroup': '0::/a.slice\n', '/sys/fs/cgroup/a.slice/memory.stat': CACHED }),
      },
      3.1,
    ],
    [
      'one by cgroup 1, with the groups below it',
      {
        ...container,
        file: files({
          '/proc/self/cgroup': '5:cpu,cpuacct:/\n4:memory:/docker/x\n0::/\n',
          '/sys/fs/cgroup/memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 2000000000\n',
        }),
      },
      2.1,
    ],
    [
      'a machine that has less than the limit promises',
      {
        ...container,
        free: 0.5 * GB,
        file: files({ '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/memory.stat': CACHED }),
      },
      0.5,
    ],
  ])('%s', (_, more, gigabytes) => {
    const bytes = availableBytes(readings(more));
    expect(bytes === undefined ? bytes : Math.round(bytes / 1e6) / 1000).toBe(gigabytes);
  });

  test('by vm_stat of macOS', () => {
    const text = [
      'Mach Virtual Memory Statistics: (page size of 16384 bytes)',
      'Pages free:                               12345.',
      'Pages active:                            300000.',
      'Pages inactive:                          250000.',
      'Pages speculative:                         1000.',
      'Pages throttled:                              0.',
      'Pages wired down:                        150000.',
      'Pages purgeable:                           5000.',
    ].join('\n');
    expect(vmStatBytes(text)).toBe((12_345 + 250_000 + 1000 + 5000) * 16_384);
    expect(vmStatBytes('vm_stat: no such thing')).toBeUndefined();
  });

  test('on this machine is a part of what there is', () => {
    const real = readMemory();
    const bytes = availableBytes(real) ?? 1;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(real.total);
  });
});
