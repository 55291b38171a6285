import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerEntry, Verification } from '../core/privacy/ledgerEntry.ts';
import { GENESIS, isIntact, ledgerFiles, readLine } from './ledgerLine.ts';

/** Bytes read at a time from the end of a file towards its beginning. */
const CHUNK = 65_536;

/** Yields the entries of all files, the newest first; lines that cannot be read are left out. */
export async function* readNewestFirst(dir: string): AsyncGenerator<LedgerEntry> {
  for (const name of (await filesIn(dir)).toReversed()) {
    const handle = await open(join(dir, name), 'r');
    try {
      for await (const line of linesBackwards(handle)) {
        const entry = readLine(line);
        if (entry) yield entry;
      }
    } finally {
      await handle.close();
    }
  }
}

/** Yields the lines of all files as they stand there, the oldest first; without their line feeds. */
export async function* readOldestFirst(dir: string): AsyncGenerator<string> {
  for (const name of await filesIn(dir)) yield* linesForwards(join(dir, name));
}

/**
 * Follows the chain from the first line of the oldest file that is there. It tells any line that was changed, taken out,
 * put in or moved. It cannot tell that the newest lines were cut off, nor that somebody computed the whole chain anew.
 */
export async function verifyChain(dir: string): Promise<Verification> {
  let before: { readonly seq: number; readonly hash: string } | undefined;
  let lines = 0;
  for (const file of await filesIn(dir)) {
    let number = 0;
    for await (const line of linesForwards(join(dir, file))) {
      number += 1;
      const entry = readLine(line);
      const broken = (problem: string): Verification => ({ intact: false, file, line: number, problem });
      if (!entry) return broken('It cannot be read.');
      if (!isIntact(line)) return broken('Its hash is not that of its text.');
      // Older months may have been deleted by the user: then the chain begins with what is left.
      before ??= { seq: entry.seq - 1, hash: entry.seq === 1 ? GENESIS : entry.prev };
      if (entry.prev !== before.hash) return broken('It does not follow from the line before.');
      if (entry.seq !== before.seq + 1) return broken('Its number is not the next.');
      before = entry;
      lines += 1;
    }
  }
  return { intact: true, lines };
}

async function filesIn(dir: string): Promise<string[]> {
  try {
    return ledgerFiles(await readdir(dir));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The lines of a file, split at line feeds only; also a torn one at the end. */
async function* linesForwards(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** The lines of a file from the last to the first, without a torn one at the end. */
async function* linesBackwards(handle: FileHandle): AsyncGenerator<string> {
  let position = (await handle.stat()).size;
  // What lies between the last line feed read and the chunk after it; cut as bytes, so that no character is.
  let rest = Buffer.alloc(0);
  let whole = false;
  while (position > 0) {
    const length = Math.min(CHUNK, position);
    position -= length;
    const chunk = Buffer.alloc(length);
    await handle.read(chunk, 0, length, position);
    let text = Buffer.concat([chunk, rest]);
    for (let at = text.lastIndexOf(0x0a); at >= 0; at = text.lastIndexOf(0x0a)) {
      if (whole) yield text.toString('utf8', at + 1);
      whole = true;
      text = text.subarray(0, at);
    }
    rest = text;
  }
  if (whole && rest.length > 0) yield rest.toString('utf8');
}
