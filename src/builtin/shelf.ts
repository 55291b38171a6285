import { rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Entry, LoadedFacts } from '../core/builtinWire.ts';
import { type GgufFacts, readGguf, wholeBytesOf } from './gguf.ts';
import type { File } from './messages.ts';
import { type Found, type Places, filesOf, findModels } from './places.ts';

/** Why a file cannot be used, as the end of a sentence. */
export interface Damaged {
  readonly problem: string;
  /** Nobody knows what is in it: the rights to read it are missing. */
  readonly unreadable?: true;
}

/** The models on this disk, with what their files tell; damaged ones, too. */
export interface Shelf {
  list(loaded: ReadonlyMap<string, LoadedFacts>): Promise<Entry[]>;
  /** `undefined` when there is no such model. */
  file(name: string): Promise<File | Damaged | undefined>;
  /** False for files that are not Switchyard's own. */
  remove(name: string): Promise<boolean>;
}

export function createShelf(places: () => Places, log: (text: string) => void): Shelf {
  /** By path and digest; what cannot be read is remembered, too. */
  const known = new Map<string, GgufFacts | Damaged>();
  let latest: readonly Found[] = [];

  const read = async ({ path }: Found): Promise<GgufFacts | Damaged> => {
    try {
      const facts = await readGguf(path);
      const [, ...later] = filesOf(path);
      // llama.cpp would map what is not there, and the process would die of it.
      if (await isShort(path, facts.wholeBytes)) return { problem: 'it ends too early' };
      for (const part of later) {
        if (await isShort(part, await wholeBytesOf(part))) return { problem: `${basename(part)} ends too early` };
      }
      return facts;
    } catch (error) {
      return problemOf(error);
    }
  };
  const factsOf = async (found: Found): Promise<GgufFacts | Damaged> => {
    const key = `${found.path}\n${found.digest}`;
    const before = known.get(key);
    if (before) return before;
    const facts = await read(found);
    if ('problem' in facts) log(`${found.path} cannot be used: ${facts.problem}`);
    // Rights are given without a change of the file.
    if (!('unreadable' in facts)) known.set(key, facts);
    return facts;
  };
  const find = async (name: string) => {
    latest = await findModels(places());
    return latest.find((found) => found.name === name);
  };
  return {
    async list(loaded) {
      latest = await findModels(places());
      const entries = await Promise.all(
        latest.map(async (found) => {
          const facts = await factsOf(found);
          if ('problem' in facts) return [damagedEntry(found, facts)];
          return facts.architecture === 'clip' ? [] : [entryOf(found, facts, loaded.get(found.path))];
        }),
      );
      return entries.flat();
    },
    async file(name) {
      const found = latest.find((each) => each.name === name) ?? (await find(name));
      if (!found) return undefined;
      const facts = await factsOf(found);
      if ('problem' in facts) return facts;
      const { path, sizeBytes } = found;
      const { architecture, template, tokenBytes, contextLength, layers } = facts;
      return {
        path,
        architecture,
        sizeBytes,
        tokenBytes,
        trainedContext: contextLength,
        layers,
        ...(template !== undefined && { template }),
      };
    },
    async remove(name) {
      const found = await find(name);
      if (found?.own !== true) return false;
      for (const path of filesOf(found.path)) await rm(path, { force: true });
      return true;
    },
  };
}

async function isShort(path: string, wholeBytes: number): Promise<boolean> {
  return (await stat(path)).size < wholeBytes;
}

function problemOf(error: unknown): Damaged {
  if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) {
    return { problem: 'permission is missing', unreadable: true };
  }
  return { problem: error instanceof Error ? error.message : String(error) };
}

function entryOf(found: Found, facts: GgufFacts, loaded: LoadedFacts | undefined): Entry {
  const { name, origin, own, digest, sizeBytes } = found;
  return {
    name,
    origin,
    own,
    digest,
    sizeBytes,
    family: facts.architecture,
    ...(facts.parameters > 0 && { parameters: `${(facts.parameters / 1e6).toFixed(2)}M` }),
    ...(facts.quantization !== undefined && { quantization: facts.quantization }),
    ...(facts.contextLength > 0 && { contextLength: facts.contextLength }),
    fillsIn: facts.fillsIn,
    chats: facts.template !== undefined,
    thinks: facts.template?.includes('enable_thinking') === true || facts.template?.includes('<think>') === true,
    ...(loaded && { loaded }),
  };
}

function damagedEntry({ name, origin, own, digest, sizeBytes }: Found, damaged: Damaged): Entry {
  return { name, origin, own, digest, sizeBytes, ...damaged, fillsIn: false, chats: false, thinks: false };
}
