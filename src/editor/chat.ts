import * as vscode from 'vscode';
import { INTENT_WORDS } from '../core/chat/prompt.ts';
import { type ChatSession, createChatSession } from '../core/chat/session.ts';
import { type Intent, type Passage, type Thread, levelOfThread, startThread } from '../core/chat/thread.ts';
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
import { createChatStore } from './chatStore.ts';
import { openLink, showPassage } from './chatTargets.ts';
import type { Chat, ChatDeps } from './chatView.ts';
import { releaseChat } from './releaseChat.ts';

/** Builds the chat and opens the conversation that was open last. */
export async function createChat(deps: ChatDeps): Promise<Chat> {
  const { context, clock, log, levels, switcher, catalog } = deps;
  const wire = createPageWire(clock);
  const edits = createChatEdits((uri) => deps.loose.add(uri, levelOfThread(session.thread) ?? 'open'));
  const store = createChatStore({
    dir: vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'chats'),
    clock,
    log,
    failed: () => wire.notice('This chat could not be saved. The log says why.'),
  });
  const parts = createChatParts(deps);
  const { local } = parts;
  const fresh = () => startThread(parts.newId(), clock.now());

  const left = await store.readLeft();
  let { draft } = left;
  let pending: readonly Passage[] = [];
  let setup: readonly Setup[] = [];
  let session: ChatSession;
  let listening: vscode.Disposable | undefined;

  const keep = (thread: Thread) => {
    if (thread.messages.length > 0) store.save(thread);
  };
  const remember = () => store.saveLeft({ threadId: session.thread.id, draft });
  const showHeading = () => {
    setup = setupOf(deps);
    wire.post({ type: 'heading', heading: pageHeading(deps, session.thread, setup) });
  };
  const showInput = (focus: boolean, text?: string) =>
    wire.post({ type: 'input', passages: pending.map(pagePassage), focus, ...(text !== undefined && { text }) });

  const open = (thread: Thread) => {
    listening?.dispose();
    const begun = createChatSession(parts, thread);
    session = begun;
    const subscription = begun.onDidChange((change) => {
      wire.change(change, begun.thread);
      keep(begun.thread);
      if (change.kind === 'thread') showHeading();
      // A question and the end of its answer at once: whatever happens next, they are on the disk.
      if (change.kind === 'thread' || !begun.answering) void store.flush();
    });
    listening = new vscode.Disposable(() => {
      begun.dispose();
      subscription.dispose();
    });
    wire.show(begun.thread);
    showHeading();
    remember();
  };

  const reveal = async () => vscode.commands.executeCommand('switchyard.chat.focus');
  const run = async (mend: Mend | undefined) => {
    // Mends come from files too: only our own commands are run.
    if (mend && mend.command in COMMANDS) await vscode.commands.executeCommand(mend.command, ...(mend.args ?? []));
  };
  const submit = async (intent: Intent, text: string, passages: readonly Passage[]) => {
    if (session.answering) {
      wire.notice('An answer is on its way. Stop it first, or wait for it.');
      return;
    }
    await session.ask(intent, text, passages);
  };
  const manifest = async () => {
    const passages = pending;
    const preview = session.preview(draft, passages);
    if (!preview) {
      wire.notice(switcher.why('chat') ?? 'No model is chosen for chat.');
      return;
    }
    const nothing = draft.trim() === '' && passages.length === 0;
    const next = await showManifest(preview, nothing || session.answering ? undefined : local());
    if (next === 'sendLocally') {
      const text = draft;
      pending = [];
      draft = '';
      remember();
      await reveal();
      wire.post({ type: 'input', passages: [], focus: true, clear: true });
      await session.askLocally(text, passages);
    } else if (next) await showPassage(next.show, wire.notice);
  };
  const decide = async (id: string, way: Extract<FromPage, { type: 'held' }>['way']) => {
    if (way === 'discard') session.discard(id);
    else if (way === 'redact') await session.redact(id);
    else if (local()) await session.sendLocally(id);
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
          wire.post(pageThread(session.thread));
          showHeading();
          showInput(false, draft);
        });
        break;
      case 'ask': {
        const passages = pending;
        pending = [];
        draft = '';
        remember();
        showInput(true);
        await submit('ask', message.text, passages);
        break;
      }
      case 'stop':
        session.stop();
        break;
      case 'regenerate':
        await session.regenerate(message.id);
        break;
      case 'resend':
        await session.resend(message.id, message.text);
        break;
      case 'mend': {
        const failed = session.thread.messages.find(({ id }) => id === message.id);
        if (failed?.role === 'assistant' && failed.state.kind === 'failed') {
          await run(failed.state.failure.mends[message.button]);
        }
        break;
      }
      case 'held':
        await decide(message.id, message.way);
        break;
      case 'manifest':
        draft = message.text;
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
        const answer = session.thread.messages.find(({ id }) => id === message.id);
        if (answer) await vscode.env.clipboard.writeText(answer.text);
        break;
      }
      case 'link':
        await openLink(message.href);
        break;
      case 'draft':
        draft = message.text;
        remember();
        break;
      case 'detach':
        pending = pending.filter((_, index) => index !== message.passage);
        showInput(false);
        break;
      case 'showPassage': {
        const question = session.thread.messages.find(({ id }) => id === message.id);
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

  open((left.threadId === undefined ? undefined : await store.read(left.threadId)) ?? fresh());
  const subscriptions = vscode.Disposable.from(
    switcher.onDidChange(showHeading),
    catalog.onDidChange(showHeading),
    levels.onDidChange(() => {
      session.retaint();
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
      if (session.thread.messages.length > 0) open(fresh());
      await reveal();
      showInput(true);
    },
    async showHistory() {
      await store.flush();
      const chosen = await pickThread(store, session.thread.id, clock.now(), (id) => {
        if (id === session.thread.id) open(fresh());
      });
      const thread = chosen === undefined || chosen === session.thread.id ? undefined : await store.read(chosen);
      if (thread) open(thread);
      if (chosen !== undefined) await reveal();
    },
    showManifest: manifest,
    release: async () =>
      releaseChat(session, { levels, passages: deps.passages, note: deps.note, now: clock.now, notice: wire.notice }),
    askHere,
    async flush() {
      session.stop();
      remember();
      await store.flush();
    },
    dispose() {
      subscriptions.dispose();
      listening?.dispose();
      edits.dispose();
      wire.dispose();
      void store.flush();
    },
  };
}
