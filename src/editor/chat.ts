import * as vscode from 'vscode';
import { createOpenChat } from '../core/chat/openChat.ts';
import { INTENT_WORDS } from '../core/chat/prompt.ts';
import { createChatStore } from '../core/chat/store.ts';
import { type Intent, type Passage, type Thread, levelOfThread } from '../core/chat/thread.ts';
import type { Mend } from '../core/routing/problem.ts';
import { COMMANDS } from '../manifest.ts';
import { FromPage } from '../webview/protocol.ts';
import { createChatEdits } from './chatEdits.ts';
import { pickThread } from './chatHistory.ts';
import { showManifest } from './chatManifest.ts';
import { type Setup, pageHeading, pagePassage, pageThread, setupOf } from './chatMessages.ts';
import { prepareChatPage } from './chatPage.ts';
import { createChatParts } from './chatParts.ts';
import { passageHere } from './chatPassage.ts';
import { createPageWire } from './chatPageWire.ts';
import { chatFiles } from './chatStore.ts';
import { offerUndo, tellUnread, tellUnsaved } from './chatStoreNotices.ts';
import { openLink, showPassage } from './chatTargets.ts';
import type { Chat, ChatDeps } from './chatView.ts';
import { releaseChat } from './releaseChat.ts';

/** Builds the chat and opens the conversation that was open last. */
export async function createChat(deps: ChatDeps): Promise<Chat> {
  const { context, clock, log, levels, switcher, catalog } = deps;
  const wire = createPageWire(clock);
  const edits = createChatEdits((uri) => deps.loose.add(uri, levelOfThread(chat.session.thread) ?? 'open'));
  const store = createChatStore({
    files: chatFiles(vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'chats'), clock),
    clock,
    log,
    // Called before there is an open chat, too: what follows a button comes later.
    unread: (unread) => void tellUnread(unread, async (names) => tryAgain(names)),
    failed: (name, why) => void tellUnsaved(name, why, store.flush),
    mended: () => wire.notice('Your chats are saved again.'),
  });
  const parts = createChatParts(deps);
  const { local } = parts;
  let pending: readonly Passage[] = [];
  let setup: readonly Setup[] = [];

  const left = await store.readLeft();
  const begun = left.threadId === undefined ? undefined : await store.read(left.threadId);
  const showHeading = () => {
    setup = setupOf(deps);
    wire.post({ type: 'heading', heading: pageHeading(deps, chat.session.thread, setup) });
  };
  const showInput = (focus: boolean, text?: string) =>
    wire.post({ type: 'input', passages: pending.map(pagePassage), focus, ...(text !== undefined && { text }) });
  const chat = createOpenChat(
    {
      parts,
      store,
      draft: left.draft,
      opened(thread) {
        wire.show(thread);
        showHeading();
      },
      changed(change, thread) {
        wire.change(change, thread);
        if (change.kind === 'thread') showHeading();
      },
    },
    begun,
  );

  const tryAgain = async (names: readonly string[]) => {
    store.tellAgain(names);
    const thread = names.length === 1 && names[0] ? await store.read(names[0].replace(/\.json$/u, '')) : undefined;
    if (!thread) {
      await vscode.commands.executeCommand('switchyard.chatHistory');
      return;
    }
    if (chat.session.answering) wire.notice('The chat can be read again. It is in the history.');
    else chat.open(thread);
    await reveal();
  };
  const remove = async (thread: Thread) => {
    const undo = await chat.remove(thread);
    void offerUndo(thread.title, undo);
  };
  const reveal = async () => vscode.commands.executeCommand('switchyard.chat.focus');
  const run = async (mend: Mend | undefined) => {
    // Mends come from files too: only our own commands are run.
    if (mend && mend.command in COMMANDS) await vscode.commands.executeCommand(mend.command, ...(mend.args ?? []));
  };
  const submit = async (intent: Intent, text: string, passages: readonly Passage[]) => {
    if (chat.session.answering) {
      wire.notice('An answer is on its way. Stop it first, or wait for it.');
      return;
    }
    await chat.session.ask(intent, text, passages);
  };
  const manifest = async () => {
    const passages = pending;
    const preview = chat.session.preview(chat.draft, passages);
    if (!preview) {
      wire.notice(switcher.why('chat') ?? 'No model is chosen for chat.');
      return;
    }
    const nothing = chat.draft.trim() === '' && passages.length === 0;
    const next = await showManifest(preview, nothing || chat.session.answering ? undefined : local());
    if (next === 'sendLocally') {
      const text = chat.draft;
      pending = [];
      chat.draft = '';
      await reveal();
      wire.post({ type: 'input', passages: [], focus: true, clear: true });
      await chat.session.askLocally(text, passages);
    } else if (next) await showPassage(next.show, wire.notice);
  };
  const decide = async (id: string, way: Extract<FromPage, { type: 'held' }>['way']) => {
    if (way === 'discard') chat.session.discard(id);
    else if (way === 'redact') await chat.session.redact(id);
    else if (local()) await chat.session.sendLocally(id);
    else wire.notice('No model on this machine can chat.');
  };
  const askHere = async (intent: Intent) => {
    const editor = edits.editor() ?? vscode.window.activeTextEditor;
    const found = editor && (await passageHere(editor, levels, clock));
    await reveal();
    if (intent === 'ask') {
      if (found) pending = [found.passage];
      showInput(true);
      return;
    }
    if (!editor || !found) {
      wire.notice('There is no code at the cursor. Open a file and place the cursor in it, or select some code.');
      return;
    }
    // So that Replace Selection puts the answer in the passage's place.
    if (intent !== 'explain' && intent !== 'writeTests') {
      editor.selection = new vscode.Selection(found.range.start, found.range.end);
    }
    await submit(intent, INTENT_WORDS[intent], [found.passage]);
  };

  const receive = async (message: FromPage): Promise<void> => {
    switch (message.type) {
      case 'ready':
        wire.opened(() => {
          wire.post(pageThread(chat.session.thread));
          showHeading();
          showInput(false, chat.draft);
        });
        break;
      case 'ask': {
        const passages = pending;
        pending = [];
        chat.draft = '';
        showInput(true);
        await submit('ask', message.text, passages);
        break;
      }
      case 'stop':
        chat.session.stop();
        break;
      case 'regenerate':
        await chat.session.regenerate(message.id);
        break;
      case 'resend':
        await chat.session.resend(message.id, message.text);
        break;
      case 'mend': {
        const failed = chat.session.thread.messages.find(({ id }) => id === message.id);
        if (failed?.role === 'assistant' && failed.state.kind === 'failed') {
          await run(failed.state.failure.mends[message.button]);
        }
        break;
      }
      case 'held':
        await decide(message.id, message.way);
        break;
      case 'manifest':
        chat.draft = message.text;
        await manifest();
        break;
      case 'setUp':
        await run(setup[message.entry]?.mend);
        break;
      case 'code': {
        const { action, code, language } = message;
        const problem = await (action === 'newFile' ? edits.newFile(code, language) : edits[action](code));
        if (problem) wire.notice(problem);
        break;
      }
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        break;
      case 'copyAnswer': {
        const answer = chat.session.thread.messages.find(({ id }) => id === message.id);
        if (answer) await vscode.env.clipboard.writeText(answer.text);
        break;
      }
      case 'link':
        await openLink(message.href);
        break;
      case 'draft':
        chat.draft = message.text;
        break;
      case 'detach':
        pending = pending.filter((_, index) => index !== message.passage);
        showInput(false);
        break;
      case 'showPassage': {
        const question = chat.session.thread.messages.find(({ id }) => id === message.id);
        if (question?.role === 'user') await showPassage(question.passages[message.passage], wire.notice);
        break;
      }
      case 'example':
        await askHere(message.action);
        break;
      case 'pickModel':
        await vscode.commands.executeCommand('switchyard.pickModel', { role: 'chat' });
        break;
      case 'showLevel':
        await vscode.commands.executeCommand('switchyard.setLevel');
        break;
    }
  };

  const subscriptions = vscode.Disposable.from(
    switcher.onDidChange(showHeading),
    catalog.onDidChange(showHeading),
    levels.onDidChange(() => {
      chat.session.retaint();
      showHeading();
    }),
  );
  return {
    attach(view) {
      wire.attach(view, (data) => {
        const parsed = FromPage.safeParse(data);
        if (!parsed.success) {
          log.warn(`The chat page sent something unknown: ${parsed.error.message}`);
          return;
        }
        void receive(parsed.data).catch((error: unknown) => {
          log.error(`Chat: ${String(error)}`);
          wire.notice('That did not work. The log says why.');
        });
      });
      prepareChatPage(view.webview, context.extensionUri);
    },
    async focus() {
      await reveal();
      showInput(true);
    },
    async startNew() {
      if (chat.session.thread.messages.length > 0) chat.open();
      await reveal();
      showInput(true);
    },
    async showHistory() {
      await store.flush();
      const chosen = await pickThread(store, chat.session.thread.id, clock.now(), remove);
      const thread = chosen === undefined || chosen === chat.session.thread.id ? undefined : await store.read(chosen);
      if (thread) chat.open(thread);
      if (chosen !== undefined) await reveal();
    },
    showManifest: manifest,
    release: async () =>
      releaseChat(chat.session, {
        levels,
        passages: deps.passages,
        note: deps.note,
        now: clock.now,
        notice: wire.notice,
      }),
    askHere,
    async flush() {
      chat.session.stop();
      await store.flush();
    },
    dispose() {
      subscriptions.dispose();
      chat.dispose();
      edits.dispose();
      wire.dispose();
      void store.flush();
      store.dispose();
    },
  };
}
