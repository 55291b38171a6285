import type * as vscode from 'vscode';
import type { ChatChange } from '../core/chat/session.ts';
import type { Thread } from '../core/chat/thread.ts';
import type { Clock, Disposable } from '../core/event.ts';
import type { ToPage } from '../webview/protocol.ts';
import { pageAnswer, pageThread } from './chatMessages.ts';

/** The way to the page, whether there is one or not: a page that opens later asks for everything. */
export interface PageWire extends Disposable {
  attach(view: vscode.WebviewView, received: (data: unknown) => void): void;
  /** The page listens now; what it would not ask for by itself is delivered after `deliver`. */
  readonly opened: (deliver: () => void) => void;
  readonly post: (message: ToPage) => void;
  show(thread: Thread): void;
  /** Passes a change of a session on; text that comes in quick succession goes in one message. */
  change(change: ChatChange, thread: Thread): void;
  readonly notice: (text: string) => void;
}

/** Milliseconds for which text is gathered: about two frames, so that no token is felt to be late. */
const GATHER = 30;

export function createPageWire(clock: Clock): PageWire {
  let view: vscode.WebviewView | undefined;
  let gathered: { id: string; at: { text: number; thinking: number }; text: string; thinking: string } | undefined;
  let timer: Disposable | undefined;

  /** Whether the page listens. Until then it gets nothing: it asks for everything when it does. */
  let ready = false;
  let wanted: ToPage[] = [];

  const post = (message: ToPage) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this goes to the editor's webview, not to a window
    if (ready) void view?.webview.postMessage(message);
    else if (message.type === 'notice' || (message.type === 'input' && message.focus)) wanted.push(message);
  };
  const send = () => {
    timer?.dispose();
    timer = undefined;
    if (gathered) post({ type: 'piece', ...gathered });
    gathered = undefined;
  };
  const forget = () => {
    timer?.dispose();
    timer = undefined;
    gathered = undefined;
  };
  const show = (thread: Thread) => {
    forget();
    post(pageThread(thread));
  };
  return {
    attach(attached, received) {
      view = attached;
      attached.webview.onDidReceiveMessage(received);
      ready = false;
      attached.onDidChangeVisibility(() => {
        if (!attached.visible) ready = false;
      });
      attached.onDidDispose(() => {
        if (view !== attached) return;
        view = undefined;
        ready = false;
      });
    },
    opened(deliver) {
      ready = true;
      forget();
      deliver();
      for (const message of wanted) post(message);
      wanted = [];
    },
    post,
    show,
    change(change, thread) {
      if (change.kind === 'thread') show(thread);
      else if (change.kind === 'answer') {
        send();
        post({ type: 'answer', answer: pageAnswer(change.answer) });
      } else {
        const { id, text, thinking } = change;
        gathered ??= { id, at: lengthsBefore(thread, change), text: '', thinking: '' };
        gathered.text += text;
        gathered.thinking += thinking;
        timer ??= clock.after(GATHER, send);
      }
    },
    notice: (text) => post({ type: 'notice', text }),
    dispose: forget,
  };
}

function lengthsBefore(thread: Thread, piece: Extract<ChatChange, { kind: 'piece' }>) {
  const answer = thread.messages.find(({ id }) => id === piece.id);
  if (answer?.role !== 'assistant') return { text: 0, thinking: 0 };
  return { text: answer.text.length - piece.text.length, thinking: answer.thinking.length - piece.thinking.length };
}
