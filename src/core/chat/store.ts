import type { Clock, Disposable } from '../event.ts';
import { fileProblem, isMissing } from '../fileProblem.ts';
import { type Failed, createSaver } from './saver.ts';
import { readThread, writeThread } from './stored.ts';
import type { Thread } from './thread.ts';

/** What was open and what was typed when the editor closed. */
export interface Left {
  readonly threadId?: string;
  readonly draft: string;
}

/** The files of one folder. Everything rejects with the error of the file system. */
export interface Files {
  /** Empty where there is no such folder. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
  /** Writes a file whole or not at all, and makes the folder first. */
  write(name: string, text: string): Promise<void>;
  /** Also where there is none. */
  remove(name: string): Promise<void>;
  /** Moves a file to where it is not read again, and where it overwrites none. */
  setAside(name: string): Promise<void>;
}

/** Files that were found and give no chat: left where they are, or moved aside because they are damaged. */
export interface Unread {
  /** An empty name stands for the folder of chats itself. */
  readonly names: readonly string[];
  /** Why the first of them cannot be read, without a full stop. */
  readonly why: string;
  readonly where: 'left' | 'aside';
}

export interface Listing {
  /** The newest first. */
  readonly threads: readonly Thread[];
  /** How many files a newer version of the extension wrote; they are left alone. */
  readonly newer: number;
  /** How many files could not be read and are still there. */
  readonly unread: number;
}

/** Threads on the disk, one JSON file each. A file that cannot be read is never overwritten. */
export interface ChatStore extends Disposable {
  /** Never rejects: what cannot be read is told once. */
  list(): Promise<Listing>;
  /** Never rejects. `undefined` where there is no such thread or it cannot be read. */
  read(id: string): Promise<Thread | undefined>;
  /** Writes soon; the last call for a thread wins. A removed thread is not written. */
  save(thread: Thread): void;
  /** Removes a thread for good: what is saved of it later is not written. Rejects where its file cannot be deleted. */
  remove(id: string): Promise<void>;
  /** Takes a removal back. */
  restore(thread: Thread): void;
  /** Tells of these files once more where they still cannot be read. */
  tellAgain(names: readonly string[]): void;
  /** Never rejects. */
  readLeft(): Promise<Left>;
  saveLeft(left: Left): void;
  /** Tries now to write everything that waits. Never rejects. */
  flush(): Promise<void>;
}

export interface StoreParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly log: { warn(text: string): void; error(text: string): void };
  /** Called once for each file that cannot be read. */
  readonly unread: (unread: Unread) => void;
  /** Called once when writes begin to fail; they are tried again. */
  readonly failed: (name: string, why: string) => void;
  /** Called when everything could be written after that. */
  readonly mended: () => void;
}

interface UnreadFile extends Pick<Unread, 'why' | 'where'> {
  readonly name: string;
}
type Read =
  | { readonly kind: 'thread'; readonly thread: Thread }
  | { readonly kind: 'newer' | 'missing' }
  | ({ readonly kind: 'unread' } & UnreadFile);

const MOST_THREADS = 200;
const LEFT = 'left.json';
const THREAD_FILE = /^([\w-]+)\.json$/u;
/** Stands for the folder where its list cannot be read. */
const FOLDER = '';

export function createChatStore({ files, clock, log, unread, failed, mended }: StoreParts): ChatStore {
  let failing = false;
  const removed = new Set<string>();
  const told = new Set<string>();

  const tried = (failures: readonly Failed[]) => {
    for (const { name, error } of failures) log.error(`${name} could not be written: ${String(error)}`);
    const [first] = failures;
    if (first && !failing) failed(first.name, fileProblem(first.error));
    else if (!first && failing) mended();
    failing = first !== undefined;
  };
  const saver = createSaver({ write: async (name, text) => files.write(name, text), clock, tried });

  /** Tells of files that were not told of yet, all in one. */
  const tell = (found: readonly UnreadFile[]) => {
    const fresh = found.filter(({ name }) => !told.has(name));
    for (const { name, why, where } of fresh) {
      told.add(name);
      log.warn(`${name || 'The folder of chats'} cannot be read: ${why}.${where === 'aside' ? ' It was moved.' : ''}`);
    }
    for (const where of ['left', 'aside'] as const) {
      const these = fresh.filter((each) => each.where === where);
      if (these[0]) unread({ names: these.map(({ name }) => name), why: these[0].why, where });
    }
  };
  const readFile = async (name: string, id: string): Promise<Read> => {
    let read: ReturnType<typeof readThread>;
    try {
      read = readThread(saver.waiting(name) ?? (await files.read(name)));
    } catch (error) {
      return isMissing(error) ? { kind: 'missing' } : { kind: 'unread', name, why: fileProblem(error), where: 'left' };
    }
    if ('unreadable' in read && read.newer) return { kind: 'newer' };
    const why = 'unreadable' in read ? read.unreadable : 'it names another chat';
    if (!('unreadable' in read) && read.id === id) {
      told.delete(name);
      return { kind: 'thread', thread: read };
    }
    try {
      await files.setAside(name);
      return { kind: 'unread', name, why, where: 'aside' };
    } catch {
      return { kind: 'unread', name, why, where: 'left' };
    }
  };
  const names = async () => {
    try {
      const found = await files.names();
      told.delete(FOLDER);
      return new Set([...found, ...saver.names()]);
    } catch (error) {
      tell([{ name: FOLDER, why: fileProblem(error), where: 'left' }]);
      return new Set(saver.names());
    }
  };
  const save = (thread: Thread) => {
    if (!removed.has(thread.id)) saver.save(`${thread.id}.json`, () => writeThread(thread));
  };
  const discard = async (id: string) => {
    const undo = await saver.forget(`${id}.json`);
    try {
      await files.remove(`${id}.json`);
    } catch (error) {
      undo();
      throw error;
    }
  };
  return {
    async list() {
      const found: Thread[] = [];
      const bad: UnreadFile[] = [];
      let newer = 0;
      for (const name of await names()) {
        const id = THREAD_FILE.exec(name)?.[1];
        if (id === undefined || name === LEFT || removed.has(id)) continue;
        const read = await readFile(name, id);
        if (read.kind === 'thread') found.push(read.thread);
        else if (read.kind === 'newer') newer += 1;
        else if (read.kind === 'unread') bad.push(read);
      }
      tell(bad);
      const threads = found.toSorted((a, b) => b.updatedAt - a.updatedAt);
      for (const { id } of threads.slice(MOST_THREADS)) {
        await discard(id).catch((error: unknown) => log.warn(`${id}.json could not be deleted: ${String(error)}`));
      }
      const left = bad.filter(({ where }) => where === 'left').length;
      return { threads: threads.slice(0, MOST_THREADS), newer, unread: left };
    },
    async read(id) {
      if (removed.has(id)) return undefined;
      const read = await readFile(`${id}.json`, id);
      if (read.kind === 'unread') tell([read]);
      return read.kind === 'thread' ? read.thread : undefined;
    },
    save,
    async remove(id) {
      removed.add(id);
      try {
        await discard(id);
      } catch (error) {
        removed.delete(id);
        throw error;
      }
    },
    restore(thread) {
      removed.delete(thread.id);
      save(thread);
      void saver.flush();
    },
    tellAgain(names) {
      for (const name of names) told.delete(name);
    },
    async readLeft() {
      try {
        return asLeft(await files.read(LEFT));
      } catch (error) {
        if (!isMissing(error)) tell([{ name: LEFT, why: fileProblem(error), where: 'left' }]);
        return { draft: '' };
      }
    },
    saveLeft: (left) => saver.save(LEFT, () => JSON.stringify(left)),
    flush: saver.flush,
    dispose: () => saver.dispose(),
  };
}

/** A broken file costs a draft at most, so it is simply ignored. */
function asLeft(text: string): Left {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return { draft: '' };
    const draft = 'draft' in json && typeof json.draft === 'string' ? json.draft : '';
    return 'threadId' in json && typeof json.threadId === 'string' ? { threadId: json.threadId, draft } : { draft };
  } catch {
    return { draft: '' };
  }
}
