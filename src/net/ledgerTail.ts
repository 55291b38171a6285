import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { GENESIS, hashOf, ledgerFiles, readLine } from './ledgerLine.ts';

/** Where the chain stands. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

export interface Tail {
  /** Bytes up to the end of the last whole line. */
  readonly size: number;
  /** The last whole line; absent when the file has none. */
  readonly last?: Link;
  /** What follows the last whole line: a write that was cut off. */
  readonly torn?: string;
  /** The last whole line is no line of a ledger. */
  readonly unreadable?: true;
}

/** Finds the end of the chain in an open file; `fd` must be readable. */
export function readTail(fd: number): Tail {
  const { size } = fstatSync(fd);
  for (let span = 8192; ; span *= 4) {
    const start = Math.max(0, size - span);
    const bytes = Buffer.alloc(size - start);
    readSync(fd, bytes, 0, bytes.length, start);
    const end = bytes.lastIndexOf(0x0a);
    const begin = end <= 0 ? -1 : bytes.lastIndexOf(0x0a, end - 1);
    if (start > 0 && begin < 0) continue; // the last whole line begins further up
    const torn = end + 1 < bytes.length ? { torn: bytes.toString('utf8', end + 1) } : {};
    if (end < 0) return { size: 0, ...torn };
    const line = bytes.toString('utf8', begin + 1, end);
    const entry = readLine(line);
    const last = entry
      ? { last: { seq: entry.seq, hash: entry.hash } }
      : { last: { seq: 0, hash: hashOf(line) }, unreadable: true as const };
    return { size: start + end + 1, ...last, ...torn };
  }
}

/** The link that a new file begins with: the last line of the newest file before it. */
export function linkBefore(dir: string, file: string): Link {
  const files = ledgerFiles([...readdirSync(dir).filter((name) => name !== file), file]);
  for (const name of files.slice(0, files.indexOf(file)).toReversed()) {
    const fd = openSync(join(dir, name), 'r');
    try {
      const { last } = readTail(fd);
      if (last) return last;
    } finally {
      closeSync(fd);
    }
  }
  return { seq: 0, hash: GENESIS };
}
