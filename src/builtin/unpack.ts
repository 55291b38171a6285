import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';

/** Bytes of a block of a tar archive. */
const BLOCK = 512;
/** Of what npm packs, the folder that everything lies in. */
const ROOT = 'package/';

/**
 * Unpacks the files of an npm package (a gzipped tar archive, POSIX.1-1988 ustar) into a folder: the binaries and the licence.
 * Only plain files with plain names: whatever else the archive has is left out, and a name that leads out of the folder is
 * an error.
 */
export async function unpack(archive: string, dir: string, signal: AbortSignal): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let file: FileHandle | undefined;
  /** Bytes that the file at hand still wants, and those that fill its last block. */
  let left = 0;
  let padding = 0;
  const packed = createReadStream(archive);
  const unzipped = createGunzip();
  // A pipe hands no error on: it arrives in the loop below.
  packed.on('error', (error) => unzipped.destroy(error)).pipe(unzipped);
  try {
    for await (const chunk of unzipped) {
      signal.throwIfAborted();
      if (!Buffer.isBuffer(chunk)) continue;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length > 0) {
        if (left > 0) {
          const part = rest.subarray(0, left);
          await file?.write(part);
          left -= part.length;
          rest = rest.subarray(part.length);
          if (left > 0) break;
          await file?.close();
          file = undefined;
        }
        if (padding > 0) {
          const skipped = Math.min(padding, rest.length);
          padding -= skipped;
          rest = rest.subarray(skipped);
          if (padding > 0) break;
        }
        if (rest.length < BLOCK) break;
        const header = rest.subarray(0, BLOCK);
        rest = rest.subarray(BLOCK);
        if (header.every((byte) => byte === 0)) continue;
        left = Number.parseInt(text(header, 124, 12), 8) || 0;
        padding = (BLOCK - (left % BLOCK)) % BLOCK;
        const name = fullName(header);
        const plain = ['0', ''].includes(text(header, 156, 1));
        if (plain && (name.startsWith(`${ROOT}bins/`) || name === `${ROOT}LICENSE`)) file = await create(dir, name);
      }
    }
    if (left > 0) throw new Error('The archive is not whole.');
  } finally {
    packed.destroy();
    await file?.close();
  }
}

async function create(dir: string, name: string): Promise<FileHandle> {
  const parts = name.slice(ROOT.length).split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\\:\0]/.test(part))) {
    throw new Error(`The archive has a file with the name ${JSON.stringify(name)}.`);
  }
  const path = join(dir, ...parts);
  await mkdir(dirname(path), { recursive: true });
  return open(path, 'w');
}

function fullName(header: Buffer): string {
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(header: Buffer, from: number, length: number): string {
  const part = header.subarray(from, from + length);
  const end = part.indexOf(0);
  return part
    .subarray(0, end < 0 ? length : end)
    .toString('utf8')
    .trim();
}
