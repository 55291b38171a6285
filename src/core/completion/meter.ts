import type { ModelId } from '../model.ts';
import type { Usage } from '../provider.ts';

/** What the models of this window have shown of themselves: how fast they read, and how long their tokens are. */
export interface Meter {
  /** Characters that a token of a prompt stands for. */
  charactersPerToken(id: ModelId): number;
  /** Prompt tokens per second that are not in the server's cache; `undefined` until a long enough prompt was read. */
  prefillRate(id: ModelId): number | undefined;
  /** Learns from what the server counted. */
  counted(id: ModelId, promptCharacters: number, usage: Usage): void;
  /** Learns from the wait for the first text, where the server does not count: text that it had not read before. */
  waited(id: ModelId, newCharacters: number, ms: number): void;
}

/** Before anything was counted. Low on purpose: a prompt that is too long fails, a shorter one does not. */
const CHARACTERS_PER_TOKEN = 3;
const SANEST = { least: 1, most: 8 } as const;
/** Prompts that are shorter say little about characters, and the time for them is mostly overhead. */
const TELLING_CHARACTERS = 256;
const TELLING_TOKENS = 96;
/** Weight of the newest figure. */
const WEIGHT = 0.3;

interface Known {
  charactersPerToken?: number;
  rate?: number;
}

export function createMeter(): Meter {
  const known = new Map<ModelId, Known>();
  const of = (id: ModelId): Known => {
    const found = known.get(id) ?? {};
    known.set(id, found);
    return found;
  };
  const charactersPerToken = (id: ModelId) => known.get(id)?.charactersPerToken ?? CHARACTERS_PER_TOKEN;
  const read = (id: ModelId, tokens: number, ms: number) => {
    if (tokens < TELLING_TOKENS || ms <= 0) return;
    const own = of(id);
    own.rate = mixed(own.rate, (tokens / ms) * 1000);
  };
  return {
    charactersPerToken,
    prefillRate: (id) => known.get(id)?.rate,
    counted(id, promptCharacters, { promptTokens, cachedTokens = 0, promptMs }) {
      if (promptTokens === undefined || promptTokens <= 0) return;
      if (promptCharacters >= TELLING_CHARACTERS) {
        const own = of(id);
        const length = Math.min(SANEST.most, Math.max(SANEST.least, promptCharacters / promptTokens));
        own.charactersPerToken = mixed(own.charactersPerToken, length);
      }
      if (promptMs !== undefined) read(id, promptTokens - cachedTokens, promptMs);
    },
    waited: (id, newCharacters, ms) => read(id, newCharacters / charactersPerToken(id), ms),
  };
}

function mixed(old: number | undefined, now: number): number {
  return old === undefined ? now : old + WEIGHT * (now - old);
}
