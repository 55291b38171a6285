import * as z from 'zod/mini';
import { FromPage, ToPage } from '../../protocol.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const Kept = z.object({ draft: z.string() });

/** The editor, as the page sees it: the only way out of the page. */
export interface Host {
  readonly send: (message: FromPage) => void;
  readonly onMessage: (listener: (message: ToPage) => void) => void;
  /** What was typed and not sent, across reloads and hiding; `undefined` the first time. */
  readonly draft: string | undefined;
  readonly keepDraft: (text: string) => void;
}

/** Milliseconds without a keystroke before the editor keeps the draft too. */
const DRAFT_DELAY = 400;

export function connectHost(): Host {
  const api = acquireVsCodeApi();
  const kept = Kept.safeParse(api.getState());
  let timer: number | undefined;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this goes to the editor, not to a window
  const send = (message: FromPage) => api.postMessage(FromPage.parse(message));
  return {
    send,
    onMessage(listener) {
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        const parsed = ToPage.safeParse(event.data);
        if (parsed.success) listener(parsed.data);
      });
    },
    draft: kept.success ? kept.data.draft : undefined,
    keepDraft(text) {
      api.setState({ draft: text });
      window.clearTimeout(timer);
      timer = window.setTimeout(() => send({ type: 'draft', text }), DRAFT_DELAY);
    },
  };
}
