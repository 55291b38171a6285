import type { Model } from '../model.ts';
import type { Room } from './assembler.ts';
import type { Meter } from './meter.ts';
import { profileOf } from './profiles.ts';
import type { SuggestOptions } from './snapshot.ts';

/** Seconds that a model may need to read the head of a document, and what is near the cursor. */
const SECONDS = { head: 0.6, near: 0.25 } as const;
/** Tokens of them: less is too little to go by, and more is of little use. */
const LEAST = { head: 512, near: 256 } as const;
const MOST = { head: 1024, near: 384 } as const;
/** While the speed is not known. */
const USUAL = { head: 1024, near: 320 } as const;
/** Kept free of the context that the model has. */
const MARGIN_TOKENS = 32;

/**
 * How much of the document a prompt may have: what the model reads quickly, and in all what the user and the model's context
 * allow. A model that has to read all of a prompt again and again gets no more than it reads quickly.
 */
export function promptRoom(model: Model, options: SuggestOptions, meter: Meter): Room {
  const { contextTokens, maxTokens } = options;
  const context = (model.loaded?.contextLength ?? model.contextLength ?? Infinity) - maxTokens - MARGIN_TOKENS;
  const most = Math.max(0, Math.min(contextTokens, context));
  const rate = meter.prefillRate(model.id);
  const sized = (part: 'head' | 'near') =>
    rate === undefined ? USUAL[part] : Math.min(MOST[part], Math.max(LEAST[part], rate * SECONDS[part]));
  const near = Math.min(most, sized('near'));
  const head = Math.min(most - near, sized('head'));
  const perToken = meter.charactersPerToken(model.id);
  const inCharacters = (tokens: number) => Math.floor(tokens * perToken);
  if (!canRollBack(model)) return { head: 0, near: inCharacters(near), most: inCharacters(near) };
  return { head: inCharacters(head), near: inCharacters(near), most: inCharacters(most) };
}

function canRollBack(model: Model): boolean {
  const profile = profileOf(model);
  return profile === 'holeFilling' || profile.quirks?.includes('noRollback') !== true;
}
