import type { Event } from '../event.ts';
import type { Endpoint, Model, ModelId } from '../model.ts';
import type { AppError, Refusal } from '../outcome.ts';

/** What is known of one server. */
export type EndpointState =
  | { readonly endpoint: Endpoint; readonly state: 'asking' } // first answer not there yet
  | { readonly endpoint: Endpoint; readonly state: 'slow' } // asked, and no answer for some seconds
  | { readonly endpoint: Endpoint; readonly state: 'ready'; readonly version?: string }
  | { readonly endpoint: Endpoint; readonly state: 'empty'; readonly version?: string } // answers, has no models
  | { readonly endpoint: Endpoint; readonly state: 'failed'; readonly error: AppError }
  | { readonly endpoint: Endpoint; readonly state: 'needsKey' }
  | { readonly endpoint: Endpoint; readonly state: 'forbidden'; readonly refusal: Refusal };

/** Every model of every server that the user configured, kept current. */
export interface Catalog {
  readonly endpoints: readonly EndpointState[];
  readonly models: readonly Model[];
  find(id: ModelId): Model | undefined;
  /** Fires when anything above changed; not when a refresh brought the same again. */
  readonly onDidChange: Event<void>;
  /** Asks every server again; resolves when all have answered or failed. Never rejects. */
  refresh(): Promise<void>;
  dispose(): void;
}
