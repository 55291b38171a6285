import type { Model } from '../model.ts';
import type { AppError, Refusal } from '../outcome.ts';

/** What completion is doing; the status bar shows it. Completion never speaks in any other way. */
export type CompletionState =
  | { readonly state: 'idle' }
  /** Asked, and no text yet. */
  | { readonly state: 'waiting'; readonly model: Model }
  | { readonly state: 'generating'; readonly model: Model }
  | { readonly state: 'off'; readonly why: OffReason }
  | { readonly state: 'refused'; readonly model: Model; readonly refusal: Refusal }
  | { readonly state: 'failed'; readonly model: Model; readonly error: AppError };

export const OFF_REASONS = ['disabled', 'snoozed', 'language', 'noModel', 'holeFilling', 'ignored'] as const;
export type OffReason = (typeof OFF_REASONS)[number];

/** For people. */
export const OFF_WORDS: Readonly<Record<OffReason, string>> = {
  disabled: 'Inline completion is turned off.',
  snoozed: 'Inline completion is snoozed.',
  language: 'Inline completion is turned off for this language.',
  noModel: 'No model is chosen for inline completion.',
  holeFilling: 'This model was not trained to fill in the middle, and filling holes by chat is turned off.',
  ignored: 'An ignore rule keeps this file on this machine. Models that run here complete it.',
};
