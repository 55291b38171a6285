import { closeSync, mkdirSync, openSync, readdirSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Disposable, createEmitter } from '../core/event.ts';
import type { LedgerEntry, LedgerFacts, LedgerReader } from '../core/privacy/ledgerEntry.ts';
import { fileOfMonth, ledgerFiles, nextPart, sealLine } from './ledgerLine.ts';
import { type Held, createLock } from './ledgerLock.ts';
import { readNewestFirst, readOldestFirst, verifyChain } from './ledgerReader.ts';
import { type Link, linkBefore, readTail } from './ledgerTail.ts';

/**
 * The record of all requests: lines of JSON, one file a month (more for a month with very many), each line with the hash of
 * the one before.
 */
export interface Ledger extends LedgerReader, Disposable {
  /**
   * Resolves when the line has been handed to the operating system: a crash of the editor does not lose it (a power cut
   * may). Rejects when it cannot be written; then the file is as it was.
   */
  append(facts: LedgerFacts): Promise<LedgerEntry>;
}

interface Waiting {
  readonly facts: LedgerFacts;
  readonly since: number;
  readonly resolve: (entry: LedgerEntry) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenFile {
  readonly path: string;
  readonly fd: number;
  readonly inode: number;
  /** What this process last saw; when the file's size differs, somebody else wrote. */
  end: Link & { readonly size: number };
}

/** Milliseconds to wait for other windows before giving up. */
const PATIENCE_MS = 5000;
/** Bytes after which a month gets another file, some 100,000 lines: still quick to open, to copy and to send. */
const LARGEST_FILE = 50_000_000;

/**
 * Opens the ledger in a folder, which is made when the first line is. Writing is synchronous and takes about 0.1 ms, so
 * that a line is out before the caller goes on; only waiting for another window's lock is not.
 */
export function createLedger(dir: string, now: () => number = Date.now, largestFile = LARGEST_FILE): Ledger {
  const appended = createEmitter<LedgerEntry>();
  const waiting: Waiting[] = [];
  const lock = createLock(join(dir, 'ledger.lock'));
  let timer: NodeJS.Timeout | undefined;
  let file: OpenFile | undefined;

  const close = () => {
    if (file) closeSync(file.fd);
    file = undefined;
  };

  const writeLine = (open: OpenFile, facts: LedgerFacts, held: Held): LedgerEntry => {
    const time = new Date(now()).toISOString();
    const { size, seq, hash } = open.end;
    const { entry, line } = sealLine(facts, { time, seq: seq + 1, prev: hash });
    const bytes = Buffer.from(line);
    held.assertHeld();
    try {
      if (writeSync(open.fd, bytes) !== bytes.length) throw new Error('The disk took only a part of the line.');
    } catch (error) {
      close();
      cutQuietly(open.path, size);
      throw error;
    }
    open.end = { size: size + bytes.length, seq: entry.seq, hash: entry.hash };
    return entry;
  };

  const openAtEnd = (held: Held): OpenFile => {
    // A clock that was set back must not put lines into a file before the newest.
    const month = fileOfMonth(new Date(now()).toISOString());
    let name = ledgerFiles([month, ...readdirSync(dir)]).at(-1) ?? month;
    let path = join(dir, name);
    let found = statSync(path, { throwIfNoEntry: false });
    if (found && found.size >= largestFile) {
      name = nextPart(name);
      path = join(dir, name);
      found = undefined;
    }
    if (file?.path === path && found?.ino === file.inode && found.size === file.end.size) return file;
    close();
    const fd = openSync(path, 'a+', 0o600);
    const { size, last = linkBefore(dir, name), torn, unreadable } = readTail(fd);
    file = { path, fd, inode: statSync(path).ino, end: { size, ...last } };
    if (torn !== undefined) {
      truncateSync(path, size);
      const reason = 'A line was cut off in writing, here, and was taken out.';
      writeLine(file, { phase: 'note', id: '', reason, torn }, held);
    }
    if (unreadable) writeLine(file, { phase: 'note', id: '', reason: 'The line before cannot be read.' }, held);
    return file;
  };

  const takeLock = (): Held | undefined => {
    try {
      return lock.take();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      return lock.take();
    }
  };

  /** `undefined` when another process holds the lock. */
  const write = (facts: LedgerFacts): LedgerEntry | undefined => {
    const held = takeLock();
    if (!held) return undefined;
    try {
      return writeLine(openAtEnd(held), facts, held);
    } finally {
      held.release();
    }
  };

  const pump = () => {
    timer = undefined;
    for (let first = waiting[0]; first; first = waiting[0]) {
      let entry: LedgerEntry | undefined;
      try {
        entry = write(first.facts);
        if (!entry && performance.now() - first.since > PATIENCE_MS) {
          throw new Error('Another window keeps the ledger locked.');
        }
      } catch (error) {
        waiting.shift();
        first.reject(error);
        continue;
      }
      if (!entry) {
        timer = setTimeout(pump, 1 + Math.random() * 2);
        return;
      }
      waiting.shift();
      first.resolve(entry);
      appended.fire(entry);
    }
  };

  return {
    append(facts) {
      return new Promise((resolve, reject) => {
        waiting.push({ facts, since: performance.now(), resolve, reject });
        if (timer === undefined) pump();
      });
    },
    read: () => readNewestFirst(dir),
    lines: () => readOldestFirst(dir),
    verify: () => verifyChain(dir),
    onDidAppend: appended.event,
    dispose() {
      clearTimeout(timer);
      for (const one of waiting.splice(0)) one.reject(new Error('The ledger was closed.'));
      appended.dispose();
      close();
      lock.dispose();
    },
  };
}

/** After a write that failed; should this fail too, the next opening takes the torn line out. */
function cutQuietly(path: string, size: number): void {
  try {
    truncateSync(path, size);
  } catch {
    // The disk is in trouble, and the caller already knows.
  }
}
