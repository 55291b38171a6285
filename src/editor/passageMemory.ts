import type * as vscode from 'vscode';
import type { Clock } from '../core/event.ts';
import type { Passages } from '../core/privacy/passages.ts';
import { type Owned, createRemembered } from '../core/privacy/remembered.ts';
import type { Entry } from '../core/privacy/rememberedFile.ts';
import type { SipKey } from '../core/privacy/sipHash.ts';
import { createPassageFiles } from './passageFiles.ts';

export interface PassageMemoryParts {
  /** Folder of the files; shared by all windows. */
  readonly dir: string;
  readonly key: SipKey;
  readonly clock: Clock;
  readonly log: Pick<vscode.LogOutputChannel, 'error'>;
}

export interface PassageMemory extends Passages {
  /** Resolves when everything is on the disk, or cannot be written. */
  flush(): Promise<void>;
}

/** Milliseconds of work after which others get their turn. */
const WORK_MS = 3;

/**
 * The memory of private passages with its files. What is to be remembered is written at once, and before it looks, each
 * window takes over what the others wrote.
 */
export function createPassageMemory({ dir, key, clock, log }: PassageMemoryParts): PassageMemory {
  const remembered = createRemembered(key);
  const pause = async () => new Promise<void>((resolve) => void clock.after(0, resolve));
  const files = createPassageFiles(dir, key, pause);
  const waiting: { readonly texts: readonly Owned[]; readonly documents: readonly Owned[] }[] = [];
  let unwritten: readonly Entry[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;

  /** One after another: what was to be remembered before, is. */
  const queue = async <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  };
  const gently = async <T>(steps: Generator<void, T>): Promise<T> => {
    let since = clock.now();
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      if (clock.now() - since < WORK_MS) continue;
      await pause();
      since = clock.now();
    }
  };
  const take = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      await gently(remembered.remembering(one.texts, one.documents));
    }
    unwritten = [...unwritten, ...remembered.news()];
  };
  const write = async () => {
    try {
      const now = unwritten;
      if (now.length > 0) await files.append(now);
      unwritten = unwritten.slice(now.length);
    } catch (error) {
      log.error(`The memory of private passages could not be written: ${String(error)}`);
    }
  };
  const read = async () => {
    for await (const entries of files.news()) {
      remembered.merge(entries);
      await pause();
    }
  };
  const rewrite = async (anew: boolean) =>
    files.rewrite(
      (entries) => remembered.merge(entries),
      () => remembered.entries(),
      anew,
    );

  void queue(async () => {
    if (!(await files.crowded())) return;
    await read();
    await rewrite(false);
  }).catch((error: unknown) => log.error(`The memory of private passages could not be tidied: ${String(error)}`));

  return {
    async remember(texts, documents) {
      waiting.push({ texts, documents });
      // Whatever comes until it begins is written with it.
      next ??= queue(async () => {
        next = undefined;
        // The request itself goes first.
        await pause();
        await take();
        await write();
      });
      return next;
    },
    async recall(texts, documents) {
      return queue(async () => {
        await read();
        return gently(remembered.recalling(texts, documents));
      });
    },
    async release(origins, texts) {
      return queue(async () => {
        let any = false;
        await files.rewrite(
          (entries) => remembered.merge(entries),
          () => {
            any = remembered.release(origins, texts);
            return remembered.entries();
          },
          // Nobody knows any more what it was: a fresh start is what is asked for.
          texts === undefined,
        );
        unwritten = [];
        return any;
      });
    },
    async flush() {
      await queue(write);
    },
  };
}
