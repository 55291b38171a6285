import type { Disposable } from '../event.ts';
import { type ChatChange, type ChatParts, type ChatSession, createChatSession } from './session.ts';
import type { ChatStore } from './store.ts';
import { type Thread, startThread } from './thread.ts';

export interface OpenChatParts {
  readonly parts: ChatParts;
  readonly store: Pick<ChatStore, 'save' | 'saveLeft' | 'flush' | 'remove' | 'restore'>;
  /** What was typed and not sent. */
  readonly draft: string;
  /** Another thread is open. */
  readonly opened: (thread: Thread) => void;
  readonly changed: (change: ChatChange, thread: Thread) => void;
}

/** The one chat that is open, saved with every change. */
export interface OpenChat extends Disposable {
  readonly session: ChatSession;
  draft: string;
  /** Opens a thread, or an empty one. An answer on its way in the one before ends, and is saved as far as it came. */
  open(thread?: Thread): void;
  /**
   * Deletes a chat, also the open one: its answer is stopped first. Returns what brings it back.
   * Rejects where its file cannot be deleted.
   */
  remove(thread: Thread): Promise<() => void>;
}

export function createOpenChat(deps: OpenChatParts, begun?: Thread): OpenChat {
  const { parts, store } = deps;
  let { draft } = deps;
  let session: ChatSession;
  let close: () => void = () => undefined;

  const remember = () => store.saveLeft({ threadId: session.thread.id, draft });
  const keep = (thread: Thread) => {
    if (thread.messages.length > 0) store.save(thread);
  };
  const listen = (to: ChatSession) => {
    const subscription = to.onDidChange((change) => {
      deps.changed(change, to.thread);
      keep(to.thread);
      // A question and the end of its answer at once: whatever happens next, they are on the disk.
      if (change.kind === 'thread' || !to.answering) void store.flush();
    });
    return () => {
      // The end of its answer is heard and saved, and nothing after it.
      to.stop();
      subscription.dispose();
      to.dispose();
    };
  };
  const start = (thread: Thread) => {
    session = createChatSession(parts, thread);
    close = listen(session);
    return session;
  };
  const open = (thread: Thread = startThread(parts.newId(), parts.clock.now())) => {
    close();
    start(thread);
    deps.opened(session.thread);
    remember();
  };

  session = start(begun ?? startThread(parts.newId(), parts.clock.now()));
  remember();
  return {
    get session() {
      return session;
    },
    get draft() {
      return draft;
    },
    set draft(text) {
      draft = text;
      remember();
    },
    open,
    async remove(thread) {
      const wasOpen = thread.id === session.thread.id;
      if (wasOpen) session.stop();
      const last = wasOpen ? session.thread : thread;
      if (wasOpen) open();
      await store.remove(thread.id);
      return () => {
        store.restore(last);
        // Back to where it was, unless something else was begun meanwhile.
        if (wasOpen && session.thread.messages.length === 0) open(last);
      };
    },
    dispose: () => close(),
  };
}
