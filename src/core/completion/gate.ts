import type { Model } from '../model.ts';
import { profileOf } from './profiles.ts';
import type { OffReason } from './state.ts';

/** What the user said that decides whether to complete at all. */
export interface GateSettings {
  readonly enabled: boolean;
  readonly snoozed: boolean;
  /** By language identifier; `*` stands for all others. */
  readonly languages: Readonly<Record<string, boolean>>;
  readonly trigger: 'automatic' | 'manual';
  readonly holeFilling: 'automatic' | 'manual' | 'off';
}

/** How a completion came to be wanted: the user typed, asked the editor for suggestions, or asked this extension. */
export type Occasion = 'typing' | 'invoked' | 'command';

export type Gate = 'go' | 'notNow' | { readonly off: OffReason };

/** Whether to complete. Our own command is obeyed where completion is turned off: it is a clear wish. */
export function gate(
  settings: GateSettings,
  languageId: string,
  model: Pick<Model, 'name' | 'family'> | undefined,
  occasion: Occasion,
): Gate {
  if (!model) return { off: 'noModel' };
  if (occasion !== 'command') {
    if (!settings.enabled) return { off: 'disabled' };
    if (settings.snoozed) return { off: 'snoozed' };
    if (!isOnFor(settings.languages, languageId)) return { off: 'language' };
  }
  const fillsHoles = profileOf(model) === 'holeFilling';
  if (fillsHoles && settings.holeFilling === 'off') return { off: 'holeFilling' };
  if (occasion !== 'typing') return 'go';
  return (fillsHoles ? settings.holeFilling : settings.trigger) === 'automatic' ? 'go' : 'notNow';
}

export function isOnFor(languages: Readonly<Record<string, boolean>>, languageId: string): boolean {
  return languages[languageId] ?? languages['*'] ?? true;
}

/** Whether the cursor stands inside a word, where completions by surprise are in the way. */
export function isMidWord(lineAfter: string): boolean {
  return /^[\p{L}\p{N}_$]/u.test(lineAfter);
}
