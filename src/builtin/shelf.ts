import { rm } from 'node:fs/promises';
import type { Entry, LoadedFacts } from '../core/builtinWire.ts';
import { type GgufFacts, readGguf } from './gguf.ts';
import type { File } from './messages.ts';
import { type Found, type Places, findModels } from './places.ts';

/** The models on this disk, with what their files tell. */
export interface Shelf {
  list(loaded: ReadonlyMap<string, LoadedFacts>): Promise<Entry[]>;
  /** `undefined` when there is no such model; `'damaged'` when its file is shorter than its own header says. */
  file(name: string): Promise<File | 'damaged' | undefined>;
  /** False for files that are not Switchyard's own. */
  remove(name: string): Promise<boolean>;
}

export function createShelf(places: () => Places, log: (text: string) => void): Shelf {
  /** By path and digest; what cannot be read is remembered, too. */
  const known = new Map<string, GgufFacts | undefined>();
  let latest: readonly Found[] = [];

  const factsOf = async ({ path, digest }: Found) => {
    const key = `${path}\n${digest}`;
    if (!known.has(key)) {
      const facts = await readGguf(path).catch((error: unknown) => {
        log(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      });
      known.set(key, facts);
    }
    return known.get(key);
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
          return facts && facts.architecture !== 'clip' ? [entryOf(found, facts, loaded.get(found.path))] : [];
        }),
      );
      return entries.flat();
    },
    async file(name) {
      const found = latest.find((each) => each.name === name) ?? (await find(name));
      const facts = found && (await factsOf(found));
      if (!found || !facts) return undefined;
      const { path, sizeBytes } = found;
      // llama.cpp would map what is not there, and the process would die of it.
      if (sizeBytes < facts.wholeBytes) return 'damaged';
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
      await rm(found.path);
      return true;
    },
  };
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
