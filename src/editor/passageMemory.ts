import * as vscode from 'vscode';
import type { Clock, Disposable } from '../core/event.ts';
import type { Passages } from '../core/privacy/passages.ts';
import { type Owned, type Remembered, createRemembered } from '../core/privacy/remembered.ts';
import { readRemembered, writeRemembered } from '../core/privacy/rememberedFile.ts';
import type { SipKey } from '../core/privacy/sipHash.ts';

export interface PassageMemoryParts {
  /** Folder of the file; shared by all windows. */
  readonly dir: vscode.Uri;
  readonly key: SipKey;
  readonly clock: Clock;
  readonly log: Pick<vscode.LogOutputChannel, 'warn' | 'error'>;
}

export interface PassageMemory extends Passages, Disposable {
  /** Resolves when everything is on the disk. */
  flush(): Promise<void>;
}

/** Milliseconds until what was sent is looked at: the request itself goes first. */
const QUIET_MS = 500;
/** Milliseconds between what is remembered and its writing. */
const WRITE_MS = 30_000;

/**
 * The memory of private passages with its file. Windows share the file: each takes over what another wrote before it looks,
 * and adds to it what it knows itself.
 */
export function createPassageMemory({ dir, key, clock, log }: PassageMemoryParts): PassageMemory {
  const { fs } = vscode.workspace;
  const file = vscode.Uri.joinPath(dir, 'passages.bin');
  const remembered: Remembered = createRemembered(key);
  let waiting: { readonly texts: readonly Owned[]; readonly documents: readonly Owned[] }[] = [];
  let quiet: Disposable | undefined;
  let writing: Disposable | undefined;
  let last: Promise<unknown> = Promise.resolve();
  /** Of the file as it was last read or written. */
  let seen = '';
  let dirty = false;

  /** One after another. */
  const queue = async <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  const stampOf = async () => {
    try {
      const { mtime, size } = await fs.stat(file);
      return `${mtime}/${size}`;
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return '';
      throw error;
    }
  };
  /** Takes over what other windows wrote since. Throws when the file cannot be read. */
  const read = async () => {
    const stamp = await stampOf();
    if (stamp === seen) return;
    if (stamp !== '') {
      const entries = readRemembered(await fs.readFile(file), key);
      if (entries === 'otherKey') log.warn('What was remembered of private text was of another installation.');
      else remembered.merge(entries);
    }
    seen = stamp;
  };
  const write = async () => {
    writing?.dispose();
    writing = undefined;
    if (!dirty) return;
    await read();
    const own = vscode.Uri.joinPath(dir, `passages-${crypto.randomUUID()}.tmp`);
    await fs.createDirectory(dir);
    await fs.writeFile(own, writeRemembered(remembered.entries(), key));
    await fs.rename(own, file, { overwrite: true });
    dirty = false;
    seen = await stampOf();
  };
  const writeSoon = () => {
    dirty = true;
    writing ??= clock.after(WRITE_MS, () => void queue(write).catch(failed));
  };
  const failed = (error: unknown) => log.error(`The memory of private passages could not be written: ${String(error)}`);
  const take = () => {
    quiet?.dispose();
    quiet = undefined;
    for (const { texts, documents } of waiting) remembered.remember(texts, documents);
    if (waiting.length > 0) writeSoon();
    waiting = [];
  };

  return {
    remember(texts, documents) {
      waiting.push({ texts, documents });
      quiet ??= clock.after(QUIET_MS, take);
    },
    async recall(texts, documents) {
      await queue(read);
      take();
      return remembered.recall(texts, documents);
    },
    async release(folders, texts) {
      take();
      await queue(read).catch(() => {
        // Nobody knows any more what it was: a fresh start is what is asked for.
        if (!texts) dirty = true;
      });
      const any = remembered.release(folders, texts);
      if (any || dirty) {
        dirty = true;
        await queue(async () => {
          // What another window wrote meanwhile would bring the released ones back.
          seen = await stampOf();
          await write();
        });
      }
      return any;
    },
    async flush() {
      take();
      await queue(write).catch(failed);
    },
    dispose() {
      quiet?.dispose();
      writing?.dispose();
    },
  };
}

const KEY = 'switchyard.passages.key';

/**
 * The salt of this installation, made once. In user storage and not in the secret storage: where no keyring is unlocked that
 * one forgets at every start, and hashes with a forgotten salt know nothing again.
 */
export async function passageKey(memory: vscode.Memento): Promise<SipKey> {
  const known = asKey(memory.get<unknown>(KEY));
  if (known) return known;
  const [a = 0, b = 0, c = 0, d = 0] = crypto.getRandomValues(new Int32Array(4));
  await memory.update(KEY, [a, b, c, d]);
  return [a, b, c, d];
}

function asKey(value: unknown): SipKey | undefined {
  const words: readonly unknown[] = Array.isArray(value) ? value : [];
  const [a, b, c, d] = words;
  return words.length === 4 && isWord(a) && isWord(b) && isWord(c) && isWord(d) ? [a, b, c, d] : undefined;
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}
