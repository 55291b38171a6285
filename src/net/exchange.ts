/** One request as it leaves. */
export interface Sending {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly duplex?: 'half';
  readonly signal: AbortSignal;
  readonly redirect: 'manual';
  readonly credentials: 'omit';
  readonly referrerPolicy: 'no-referrer';
  readonly cache: 'no-store';
}

/** What the door reads of an answer. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly type: string;
  readonly redirected: boolean;
  readonly url: string;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: ReadableStream<Uint8Array> | null;
}
