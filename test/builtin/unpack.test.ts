import { mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { unpack } from '../../src/builtin/unpack.ts';

let dir: string;
let archive: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-unpack-'));
  archive = join(dir, 'archive.tgz');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const NEVER = new AbortController().signal;
const to = () => join(dir, 'to');

/** A file of a tar archive (POSIX.1-1988 ustar), with zeros in it. */
function tarFile(name: string, length: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${length.toString(8).padStart(11, '0')} `, 124);
  header.write('0', 156);
  header.write('ustar', 257);
  return Buffer.concat([header, Buffer.alloc(Math.ceil(length / 512) * 512)]);
}

test('has what the archive has', async () => {
  writeFileSync(archive, gzipSync(Buffer.concat([tarFile('package/bins/a', 700), tarFile('package/LICENSE', 3)])));
  await unpack(archive, to(), NEVER);
  expect(readdirSync(to()).toSorted()).toEqual(['LICENSE', 'bins']);
  expect(readFileSync(join(to(), 'bins/a'))).toHaveLength(700);
});

test('an archive that is not there, or cannot be read, is an error that arrives', async () => {
  await expect(unpack(archive, to(), NEVER)).rejects.toMatchObject({ code: 'ENOENT' });
  mkdirSync(archive);
  await expect(unpack(archive, to(), NEVER)).rejects.toMatchObject({ code: 'EISDIR' });
});

test('one that ends too early, or is none', async () => {
  const whole = gzipSync(tarFile('package/bins/a', 5000), { level: 0 });
  writeFileSync(archive, whole.subarray(0, 2000));
  await expect(unpack(archive, to(), NEVER)).rejects.toThrow('unexpected end of file');
  writeFileSync(archive, 'no archive');
  await expect(unpack(archive, to(), NEVER)).rejects.toThrow('incorrect header check');
});

test.runIf(process.platform === 'linux')('one that is cancelled is left closed', async () => {
  writeFileSync(archive, gzipSync(tarFile('package/bins/a', 8_000_000), { level: 0 }));
  const abort = new AbortController();
  abort.abort();
  await expect(unpack(archive, to(), abort.signal)).rejects.toThrow('aborted');
  const open = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === archive;
      } catch {
        return false;
      }
    });
  await vi.waitFor(() => expect(open()).toEqual([]));
});
