import type { Disposable, Event } from '../event.ts';
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

/** `now` asks in any case; `gently` only where nobody is asking already and a new answer can be expected. */
export type Pace = 'now' | 'gently';

/** Every model of every server that the user configured, kept current. */
export interface Catalog {
  readonly endpoints: readonly EndpointState[];
  /** Models of servers that answer. Those of a server that the level forbids stay known for as long as the window lives, so
   * that they can be shown as forbidden; whoever uses a model asks the policy. */
  readonly models: readonly Model[];
  find(id: ModelId): Model | undefined;
  /** Fires when anything above changed; not when a refresh brought the same again. */
  readonly onDidChange: Event<void>;
  /**
   * Reads the configured servers and what the level forbids again, at once, and asks the servers for their models.
   * `now` asks every one; `gently` leaves out those that are being asked, and clouds that answered lately. Resolves when
   * all have answered or failed. Never rejects.
   */
  refresh(pace?: Pace): Promise<void>;
  /** Asks gently at once and then every so many milliseconds, until disposed. The shortest of several intervals counts. */
  poll(everyMs: number): Disposable;
  dispose(): void;
}
