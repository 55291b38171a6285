import { type FSWatcher, mkdirSync, promises as disk, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { type Clock, createEmitter, type Disposable, type Event } from '../core/event.ts';
import { type Mark, isMarkFile, readMark } from '../core/privacy/markFile.ts';
import type { SipKey } from '../core/privacy/sipHash.ts';

export interface MarkFile {
  readonly name: string;
  /** `undefined`: it cannot be read, or is odd. */
  readonly mark: Mark | undefined;
}

/** The folder of the user's marks, as it is on the disk; several windows write to it. */
export interface MarkFiles extends Disposable {
  /** Every mark, also one that another window made a moment ago. */
  readonly all: readonly MarkFile[] | 'unreadable';
  /** Writes or replaces files, then removes others. Rejects when the disk does not let it. */
  change(files: Readonly<Record<string, string>>, removed: readonly string[]): Promise<void>;
  /** Fires for changes of this window and of others. */
  readonly onDidChange: Event<void>;
}

/** How often the folder is looked at where the system reports no changes. */
const LOOK_MS = 1_000;
/** Within this time a second change may leave the folder's time as it was; FAT counts in steps of two seconds. */
const COARSEST_MS = 2_000;

interface Reading {
  readonly files: readonly MarkFile[] | 'unreadable';
  /** Of the folder, before it was read; `undefined` where that does not tell whether it changed since. */
  readonly stamp: string | undefined;
  /** To compare with. */
  readonly text: string;
}

export function createMarkFiles(dir: string, key: () => SipKey, clock: Clock): MarkFiles {
  const changed = createEmitter<void>();
  try {
    mkdirSync(dir, { recursive: true });
  } catch {
    // Reading it says so.
  }
  const read = (): Reading => {
    const stamp = stampOf(dir, clock.now());
    const files = readAll(dir, key());
    return { files, stamp, text: JSON.stringify(files) };
  };
  let known = read();
  /** Everything that is judged in one go sees the same marks. */
  let isLooked = false;
  const look = (isSure = false) => {
    const stamp = isSure ? undefined : stampOf(dir, clock.now());
    if (stamp !== undefined && stamp === known.stamp) return false;
    const before = known.text;
    known = read();
    return known.text !== before;
  };
  const tell = () => {
    if (look(true)) changed.fire();
  };

  let watcher: FSWatcher | undefined;
  let watched: string | undefined;
  /** Follows the folder, also when it was made anew. */
  const follow = () => {
    const inode = inodeOf(dir);
    if (watcher && inode === watched) return;
    watcher?.close();
    watcher = undefined;
    try {
      watcher = watch(dir, { persistent: false }, tell);
      watched = inode;
      watcher.on('error', () => {
        watcher?.close();
        watcher = undefined;
      });
    } catch {
      // Too many watches, or no folder: it is looked at from time to time.
    }
  };
  const again = () => {
    follow();
    if (look()) changed.fire();
    timer = clock.after(LOOK_MS, again);
  };
  follow();
  let timer = clock.after(LOOK_MS, again);

  return {
    get all() {
      if (!isLooked) {
        isLooked = true;
        queueMicrotask(() => {
          isLooked = false;
        });
        // Whoever judges is not to be told in the middle of it.
        if (look()) queueMicrotask(() => changed.fire());
      }
      return known.files;
    },
    async change(files, removed) {
      try {
        for (const [name, text] of Object.entries(files)) await replaceFile(dir, name, text);
        for (const name of removed) await disk.rm(`${dir}/${name}`, { force: true });
      } finally {
        look(true);
        changed.fire();
      }
    },
    onDidChange: changed.event,
    dispose() {
      timer.dispose();
      watcher?.close();
      changed.dispose();
    },
  };
}

/** Nobody ever sees half of it, also after a loss of power. */
export async function replaceFile(dir: string, name: string, text: string): Promise<void> {
  const draft = `${dir}/${crypto.randomUUID()}.tmp`;
  await disk.mkdir(dir, { recursive: true });
  try {
    await disk.writeFile(draft, text, { flag: 'wx', mode: 0o600, flush: true });
    await disk.rename(draft, `${dir}/${name}`);
  } catch (error) {
    await disk.rm(draft, { force: true });
    throw error;
  }
}

function readAll(dir: string, key: SipKey): readonly MarkFile[] | 'unreadable' {
  try {
    return readdirSync(dir)
      .filter(isMarkFile)
      .toSorted()
      .flatMap((name) => readOne(dir, name, key));
  } catch {
    return 'unreadable';
  }
}

function readOne(dir: string, name: string, key: SipKey): readonly MarkFile[] {
  try {
    return [{ name, mark: readMark(readFileSync(`${dir}/${name}`, 'utf8'), key) }];
  } catch (error) {
    // Another window took it away just now.
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isGone ? [] : [{ name, mark: undefined }];
  }
}

function stampOf(dir: string, now: number): string | undefined {
  try {
    const { ino, mtimeNs, mtimeMs } = statSync(dir, { bigint: true });
    const age = now - Number(mtimeMs);
    return age > COARSEST_MS ? `${ino}/${mtimeNs}` : undefined;
  } catch {
    return undefined;
  }
}

function inodeOf(dir: string): string | undefined {
  try {
    return String(statSync(dir, { bigint: true }).ino);
  } catch {
    return undefined;
  }
}
