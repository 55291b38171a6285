import type { Measured } from './builtinWire.ts';
import type { Endpoint, Model, Protocol } from './model.ts';
import type { ErrorKind } from './outcome.ts';
import type { Material } from './privacy/screen.ts';

/**
 * One cleared connection: what the door hands out for one request. A provider sends everything through `fetch` and has
 * no other way out.
 */
export interface Line {
  readonly fetch: typeof globalThis.fetch;
  /** Called when an answer shows that the request went further than it was cleared for: closes the line for good,
   * writes it into the ledger, and returns the error to throw. */
  breach(detail: string): Error;
  /** Tells the ledger what the server counted. */
  used(usage: Usage): void;
  /** Tells the ledger that the request has failed, which the door cannot know where the exchange itself went well: an
   * error in the answer, an answer that is none. */
  failed(kind: ErrorKind): void;
}

/** Token counts and times as the server reports them; absent when it does not. */
export interface Usage {
  readonly promptTokens?: number;
  /** Prompt tokens that came from the server's cache (part of `promptTokens`). */
  readonly cachedTokens?: number;
  readonly outputTokens?: number;
  /** Milliseconds spent on loading the model, on the prompt and on the output. */
  readonly loadMs?: number;
  readonly promptMs?: number;
  readonly outputMs?: number;
}

/**
 * A streamed answer. The last piece is always an `end`; failures are thrown as `AppError`. Aborting the signal closes the
 * socket and ends the stream with `reason: 'cancelled'`.
 */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'end'; readonly reason: 'stop' | 'length' | 'cancelled'; readonly usage?: Usage };

/** A request for a completion. */
export interface CompleteRequest {
  readonly model: Model;
  /**
   * Without `suffix`: in the model's own fill-in-the-middle form, and sent raw, so that no template of the server is
   * applied. With it: the plain text before the cursor.
   */
  readonly prompt: string;
  /** The plain text after the cursor, for servers that put the model's markers around both sides themselves. */
  readonly suffix?: string;
  readonly stops: readonly string[];
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** What the prompt was made from. For the screen and the memory of private passages: providers never see it. */
  readonly material?: readonly Material[];
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

export interface ChatRequest {
  readonly model: Model;
  readonly messages: readonly ChatMessage[];
  /** `undefined`: the server's own limit. */
  readonly maxTokens?: number;
  readonly temperature?: number;
  /** Whether a thinking model should think. Ignored by models that cannot. */
  readonly think: boolean;
  readonly stops?: readonly string[];
  /** What the messages were made from. For the screen and the memory of private passages: providers never see it. */
  readonly material?: readonly Material[];
}

export interface Listing {
  readonly models: readonly Model[];
  /** Version of the server, where it tells. */
  readonly version?: string;
}

export interface PullProgress {
  /** The server's own words, for example `pulling manifest`. */
  readonly status: string;
  readonly completedBytes?: number;
  readonly totalBytes?: number;
}

/** Servers that keep models on a disk and in memory of their own. All throw `AppError`. */
export interface ModelKeeper {
  load(line: Line, model: Model, signal: AbortSignal): Promise<void>;
  unload(line: Line, model: Model, signal: AbortSignal): Promise<void>;
  pull(line: Line, endpoint: Endpoint, name: string, signal: AbortSignal): AsyncIterable<PullProgress>;
  remove(line: Line, model: Model, signal: AbortSignal): Promise<void>;
}

/** One wire protocol. Turns requests into bytes and bytes into pieces; does no I/O of its own. */
export interface Provider {
  readonly protocol: Protocol;
  list(line: Line, endpoint: Endpoint, signal: AbortSignal): Promise<Listing>;
  complete(line: Line, request: CompleteRequest, signal: AbortSignal): AsyncIterable<Piece>;
  chat(line: Line, request: ChatRequest, signal: AbortSignal): AsyncIterable<Piece>;
  readonly keeper?: ModelKeeper;
  /** How fast a model is, for what runs in a process of our own. */
  measure?(line: Line, model: Model, signal: AbortSignal): Promise<Measured>;
}
