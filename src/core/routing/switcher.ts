import type { Event } from '../event.ts';
import type { Model, ModelId, Role } from '../model.ts';
import type { AppError, Refusal } from '../outcome.ts';

/** A switch under way: the target loads while the old model keeps serving. */
export interface Switching {
  readonly role: Role;
  readonly target: Model;
  readonly startedAt: number;
}

export type SwitchOutcome =
  | { readonly outcome: 'switched'; readonly model: Model }
  | { readonly outcome: 'cancelled' }
  | { readonly outcome: 'failed'; readonly error: AppError }
  | Refusal;

/** Which model serves which role in this workspace: the user's choices, within what the policy allows. */
export interface Switcher {
  /** The model that serves a role now: never one that the policy forbids, never one of a less private zone than the
   * user's choice, and never one in the cloud that the user did not choose here. `undefined` when there is none. */
  current(role: Role): Model | undefined;
  /** Why `current` is `undefined`, or is not what the user chose, as a sentence for people. */
  why(role: Role): string | undefined;
  /** What the user chose, whether or not it can serve now. */
  chosen(role: Role): ModelId | undefined;
  readonly switching: Switching | undefined;
  readonly onDidChange: Event<void>;
  /** Loads the model (where its server can), then swaps and remembers. A newer call cancels an older one of the role. */
  choose(role: Role, id: ModelId, signal: AbortSignal): Promise<SwitchOutcome>;
  /** What going back means: the roles that were chosen last, with what served them before. */
  readonly previous: readonly { readonly role: Role; readonly id: ModelId }[];
  dispose(): void;
}
