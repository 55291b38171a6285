import type { Model } from '../model.ts';
import type { SuggestOptions } from './snapshot.ts';
import type { Meter } from './meter.ts';

/** Seconds that a model may need to read a prompt of which it knows nothing yet. */
const READ_SECONDS = 0.8;
/** Tokens that a prompt may have whatever the speed: less is too little to go by. */
const LEAST = 512;
const MOST = 4096;
/** Kept free of the context that the model has. */
const MARGIN_TOKENS = 32;

/** Characters for a prompt: what the model reads quickly, within the user's limit and the model's context. */
export function promptRoom(model: Model, options: SuggestOptions, meter: Meter): number {
  const { contextTokens, maxTokens } = options;
  const rate = meter.prefillRate(model.id);
  const quick = rate === undefined ? contextTokens : Math.min(MOST, Math.max(LEAST, rate * READ_SECONDS));
  const context = (model.loaded?.contextLength ?? model.contextLength ?? Infinity) - maxTokens - MARGIN_TOKENS;
  const tokens = Math.max(0, Math.min(contextTokens, quick, context));
  return Math.floor(tokens * meter.charactersPerToken(model.id));
}
