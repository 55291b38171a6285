import * as vscode from 'vscode';
import { readThread, writeThread } from '../core/chat/stored.ts';
import type { Thread } from '../core/chat/thread.ts';
import type { Clock, Disposable } from '../core/event.ts';

/** What was open and what was typed when the editor closed. */
export interface Left {
  readonly threadId?: string;
  readonly draft: string;
}

/** Threads on the disk, one JSON file each. A file that cannot be read is kept aside, never overwritten. */
export interface ChatStore {
  /** All threads, the newest first. */
  list(): Promise<readonly Thread[]>;
  read(id: string): Promise<Thread | undefined>;
  /** Writes soon; the last call for a thread wins. */
  save(thread: Thread): void;
  remove(id: string): Promise<void>;
  readLeft(): Promise<Left>;
  saveLeft(left: Left): void;
  /** Writes everything that waits, now. */
  flush(): Promise<void>;
}

export interface StoreParts {
  readonly dir: vscode.Uri;
  readonly clock: Clock;
  readonly log: Pick<vscode.LogOutputChannel, 'warn' | 'error'>;
  /** Called when a write failed. */
  readonly failed: (error: unknown) => void;
}

/** Milliseconds between a change and its write, so that a streaming answer is written about once a second. */
const DELAY = 1000;
const MOST_THREADS = 200;
const LEFT = 'left.json';
const THREAD_FILE = /^([\w-]+)\.json$/u;

export function createChatStore({ dir, clock, log, failed }: StoreParts): ChatStore {
  const fs = vscode.workspace.fs;
  /** What to write, made into text only when it is written. */
  const waiting = new Map<string, () => string>();
  let timer: Disposable | undefined;
  /** Writes come one after another, so that an older one never lands on a newer one. */
  let writes: Promise<void> = Promise.resolve();

  const at = (name: string) => vscode.Uri.joinPath(dir, name);
  const readText = async (name: string) => new TextDecoder().decode(await fs.readFile(at(name)));
  const writeAll = async () => {
    await fs.createDirectory(dir);
    for (const [name, text] of waiting) {
      await fs.writeFile(at(`${name}.tmp`), new TextEncoder().encode(text()));
      await fs.rename(at(`${name}.tmp`), at(name), { overwrite: true });
      if (waiting.get(name) === text) waiting.delete(name);
    }
  };
  const flush = async () => {
    timer?.dispose();
    timer = undefined;
    writes = writes
      .then(async () => (waiting.size > 0 ? writeAll() : undefined))
      .catch((error: unknown) => {
        log.error(`Chats could not be written: ${String(error)}`);
        failed(error);
      });
    return writes;
  };
  const write = (name: string, text: () => string) => {
    waiting.set(name, text);
    timer ??= clock.after(DELAY, () => void flush());
  };
  const keepAside = async (name: string, why: string) => {
    log.warn(`The chat ${name} cannot be read (${why}). It was moved to the folder “unreadable” beside it.`);
    await fs.createDirectory(at('unreadable'));
    await fs.rename(at(name), at(`unreadable/${clock.now()}-${name}`), { overwrite: false });
  };
  const readFile = async (name: string): Promise<Thread | undefined> => {
    const id = THREAD_FILE.exec(name)?.[1];
    if (id === undefined || name === LEFT) return undefined;
    const thread = readThread(waiting.get(name)?.() ?? (await readText(name)));
    if ('unreadable' in thread) await keepAside(name, thread.unreadable);
    else if (thread.id === id) return thread;
    else await keepAside(name, 'it names another chat');
    return undefined;
  };
  const names = async () => {
    const entries = await fs.readDirectory(dir).then(undefined, () => []);
    return new Set([...entries.map(([name]) => name), ...waiting.keys()]);
  };
  const remove = async (id: string) => {
    waiting.delete(`${id}.json`);
    await writes;
    await fs.delete(at(`${id}.json`)).then(undefined, () => undefined);
  };
  return {
    async list() {
      const found: Thread[] = [];
      for (const name of await names()) {
        const thread = await readFile(name).catch((error: unknown) => log.warn(`${name}: ${String(error)}`));
        if (thread) found.push(thread);
      }
      const threads = found.toSorted((a, b) => b.updatedAt - a.updatedAt);
      for (const old of threads.slice(MOST_THREADS)) await remove(old.id);
      return threads.slice(0, MOST_THREADS);
    },
    read: async (id) => ((await names()).has(`${id}.json`) ? readFile(`${id}.json`) : undefined),
    save: (thread) => write(`${thread.id}.json`, () => writeThread(thread)),
    remove,
    async readLeft() {
      const text = await readText(LEFT).catch(() => '{}');
      return asLeft(text);
    },
    saveLeft: (left) => write(LEFT, () => JSON.stringify(left)),
    flush,
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
