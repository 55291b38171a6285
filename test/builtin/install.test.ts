import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { begunBytes, download, install, remove } from '../../src/builtin/install.ts';
import { MARK } from '../../src/builtin/installed.ts';
import type { Package } from '../../src/builtin/packages.ts';

let root: string;
let dir: string;
let server: Server;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-install-'));
  dir = join(root, 'engine');
});
afterEach(() => {
  server?.close();
  rmSync(root, { recursive: true, force: true });
});

const signal = new AbortController().signal;
const tell = () => undefined;
const WHOLE = Buffer.from('all of the package');
const WANTED: Package = {
  name: '@node-llama-cpp/some-machine',
  version: '1.0.0',
  words: 'the processor',
  bytes: WHOLE.length,
  integrity: `sha512-${createHash('sha512').update(WHOLE).digest('base64')}`,
  path: '/some-machine.tgz',
  addon: 'bins/some-machine/addon.node',
};

test('an answer that ends too early without an error is kept for the next try', async () => {
  let early = true;
  const ranges: (string | undefined)[] = [];
  server = createServer(({ headers: { range } }, response) => {
    ranges.push(range);
    // In chunks (RFC 9112, 7.1): nothing tells how much should come.
    response.writeHead(range === undefined ? 200 : 206);
    response.write(early ? WHOLE.subarray(0, 7) : WHOLE.subarray(7));
    response.end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}${WANTED.path}`;
  await expect(download(fetch, url, WANTED, { dir, signal, tell })).rejects.toMatchObject({
    kind: 'interrupted',
    facts: { detail: `7 of ${WHOLE.length} bytes came` },
  });
  expect(await begunBytes(dir, WANTED)).toBe(7);
  early = false;
  const path = await download(fetch, url, WANTED, { dir, signal, tell });
  expect(readFileSync(path)).toEqual(WHOLE);
  expect(ranges).toEqual([undefined, 'bytes=7-']);
});

/** A file of a tar archive (POSIX.1-1988 ustar). */
function tarFile(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${content.length.toString(8).padStart(11, '0')} `, 124);
  header.write('0', 156);
  header.write('ustar', 257);
  return Buffer.concat([header, Buffer.from(content.padEnd(512, '\0'))]);
}

test('an engine takes the place of another whole', async () => {
  mkdirSync(dir);
  writeFileSync(join(dir, MARK), 'old');
  writeFileSync(join(dir, 'old.node'), 'old');
  // What an earlier try could not remove.
  mkdirSync(`${dir}.old`);
  writeFileSync(join(`${dir}.old`, 'older.node'), 'older');
  const archive = join(root, 'archive.tgz');
  writeFileSync(archive, gzipSync(tarFile(`package/${WANTED.addon}`, 'new')));
  await install(archive, WANTED, { dir, signal, tell });
  expect(readdirSync(root).toSorted()).toEqual(['archive.tgz', 'engine']);
  expect(readdirSync(dir).toSorted()).toEqual(['bins', MARK].toSorted());
  expect(readFileSync(join(dir, WANTED.addon), 'utf8')).toBe('new');
});

test('one that is removed is gone, and removing none is no error', async () => {
  mkdirSync(dir);
  writeFileSync(join(dir, MARK), 'old');
  await remove(dir);
  await remove(dir);
  expect(readdirSync(root)).toEqual([]);
  expect(existsSync(dir)).toBe(false);
});
