import { constants, promises as fs } from 'node:fs';
import { type Entry, readRemembered, writeRemembered } from '../core/privacy/rememberedFile.ts';
import type { SipKey } from '../core/privacy/sipHash.ts';

/**
 * The files of what is remembered of private passages. Each window appends to one of its own and reads all others, so that
 * no window has to wait for another or can overwrite what it wrote.
 */
export interface PassageFiles {
  /** What other windows wrote since, in small parts. Throws when a file cannot be read. */
  news(): AsyncGenerator<readonly Entry[]>;
  append(entries: readonly Entry[]): Promise<void>;
  /** Whether there are many of them, or much in them. */
  crowded(): Promise<boolean>;
  /**
   * Takes all files, hands their parts to `merge`, and puts one with what `rest` tells in their place. Files that cannot be
   * read are left, or set aside where `anew`.
   */
  rewrite(merge: (entries: readonly Entry[]) => void, rest: () => Iterable<Entry>, anew: boolean): Promise<void>;
}

const NAME = /^passages(?:-[\w-]+)?\.bin$/u;
/** Entries that are read or written at once: some 2 ms of work. */
export const PART = 4096;
/** Files, and bytes, from which they are made one. */
const MANY = 24;
const MUCH = 6_000_000;

export function createPassageFiles(dir: string, key: SipKey, pause: () => Promise<void>): PassageFiles {
  /** Bytes of each file that were read. */
  const seen = new Map<string, number>();
  let own: { readonly name: string; size: number } | undefined;

  const path = (name: string) => `${dir}/${name}`;
  const newName = () => `passages-${Date.now().toString(36).padStart(9, '0')}-${crypto.randomUUID()}.bin`;
  /** Oldest first. */
  const list = async () => (await unlessGone(fs.readdir(dir)))?.filter((name) => NAME.test(name)).toSorted() ?? [];

  /** Another window may just be writing: its last words are then still on their way. */
  const partsFrom = async (name: string, from: number): Promise<readonly Entry[][] | undefined> => {
    for (let tries = 1; ; tries += 1) {
      const bytes = await unlessGone(readFrom(path(name), from));
      if (!bytes) return undefined;
      try {
        const parts: Entry[][] = [];
        if (bytes.length === 0 && from > 0) return parts;
        for (const entries of readRemembered(bytes, key)) {
          for (let at = 0; at < entries.length; at += PART) parts.push(entries.slice(at, at + PART));
          await pause();
        }
        seen.set(name, from + bytes.length);
        return parts;
      } catch (error) {
        if (tries === 4) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };
  const partsOf = async (entries: Iterable<Entry>) => {
    const all = Array.from(entries);
    const bytes: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += PART) {
      bytes.push(writeRemembered(all.slice(at, at + PART), key));
      await pause();
    }
    return bytes;
  };

  return {
    async *news() {
      let gone = true;
      for (let tries = 0; gone && tries < 9; tries += 1) {
        gone = false;
        for (const name of await list()) {
          if (name === own?.name) continue;
          const parts = await partsFrom(name, seen.get(name) ?? 0);
          // It was taken meanwhile: what was in it stands in another now.
          if (!parts) gone = true;
          yield* parts ?? [];
        }
      }
      if (gone) throw new Error('The files change faster than they can be read.');
    },
    async append(entries) {
      const bytes = Buffer.concat(await partsOf(entries));
      await fs.mkdir(dir, { recursive: true });
      for (let tries = 0; tries < 9; tries += 1) {
        own ??= { name: newName(), size: 0 };
        const { name, size } = own;
        const file = await unlessGone(fs.open(path(name), size === 0 ? 'ax' : APPEND, 0o600));
        if (file) await appendWhole(file, bytes, size);
        // A file that another window took while it was written to may have been read before.
        if (file && (await unlessGone(fs.stat(path(name))))) {
          own.size += bytes.length;
          return;
        }
        own = undefined;
      }
      throw new Error('The file is taken away again and again.');
    },
    async crowded() {
      const names = await list();
      const sizes = await Promise.all(names.map(async (name) => (await unlessGone(fs.stat(path(name))))?.size ?? 0));
      return names.length > MANY || sizes.reduce((sum, size) => sum + size, 0) > MUCH;
    },
    async rewrite(merge, rest, anew) {
      own = undefined;
      const taken: string[] = [];
      for (const name of await list()) {
        const next = name.replace(/(?:_\w*)?\.bin$/u, `-_${crypto.randomUUID().slice(0, 8)}.bin`);
        const renamed = await unlessGone(fs.rename(path(name), path(next)).then(() => true));
        if (renamed) taken.push(next);
      }
      const broken: string[] = [];
      for (const name of taken) {
        try {
          for (const entries of (await partsFrom(name, 0)) ?? []) {
            merge(entries);
            await pause();
          }
        } catch {
          broken.push(name);
        }
      }
      const whole = newName();
      const bytes = Buffer.concat(await partsOf(rest()));
      if (bytes.length > 0) {
        await fs.writeFile(path(`${whole}.tmp`), bytes, { mode: 0o600, flush: true });
        seen.set(whole, bytes.length);
        await fs.rename(path(`${whole}.tmp`), path(whole));
      }
      for (const name of taken) {
        if (!broken.includes(name)) await unlessGone(fs.unlink(path(name)));
        else if (anew) await fs.rename(path(name), path(`unreadable-${name}`));
      }
    },
  };
}

/** Without making the file anew. */
const APPEND = constants.O_WRONLY | constants.O_APPEND;

async function readFrom(path: string, from: number): Promise<Uint8Array> {
  const file = await fs.open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = size < from ? 0 : from;
    const { buffer, bytesRead } = await file.read(new Uint8Array(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** All of it or nothing: half of it would make the file unreadable. */
async function appendWhole(file: fs.FileHandle, bytes: Uint8Array, size: number): Promise<void> {
  try {
    await file.writeFile(bytes);
  } catch (error) {
    await file.truncate(size);
    throw error;
  } finally {
    await file.close();
  }
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
