import * as z from 'zod/mini';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** The editor, as a page sees it: the only way out of the page. */
export interface Host<To, From> {
  readonly send: (message: From) => void;
  readonly onMessage: (listener: (message: To) => void) => void;
  /** What the page kept when it was hidden; `undefined` the first time. */
  readonly kept: unknown;
  readonly keep: (state: unknown) => void;
}

/** Connects a page to the editor by the two schemas of its protocol. Call it once. */
export function connectHost<To, From>(to: z.ZodMiniType<To>, from: z.ZodMiniType<From>): Host<To, From> {
  // Zod would otherwise try to compile its checks, which the page's policy forbids and reports.
  z.config({ jitless: true });
  const api = acquireVsCodeApi();
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this goes to the editor, not to a window
    send: (message) => api.postMessage(from.parse(message)),
    onMessage(listener) {
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        const parsed = to.safeParse(event.data);
        if (parsed.success) listener(parsed.data);
      });
    },
    kept: api.getState(),
    keep: (state) => api.setState(state),
  };
}
