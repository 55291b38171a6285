import { describe, expect, it } from 'vitest';
import { createOpenChat } from '../../../src/core/chat/openChat.ts';
import { createChatStore } from '../../../src/core/chat/store.ts';
import type { Piece } from '../../../src/core/provider.ts';
import { createFolder, createStill } from './files.ts';
import { createParts, words } from './parts.ts';

const settled = async () => new Promise((resolve) => setImmediate(resolve));

function open(reply: Parameters<typeof createParts>[0]) {
  const folder = createFolder();
  const still = createStill();
  const store = createChatStore({
    files: folder.files,
    clock: still.clock,
    log: { warn: () => undefined, error: () => undefined },
    unread: () => undefined,
    failed: () => undefined,
    mended: () => undefined,
  });
  const { parts } = createParts(reply);
  const opened: string[] = [];
  const chat = createOpenChat({
    parts,
    store,
    draft: '',
    opened: ({ id }) => opened.push(id),
    changed: () => undefined,
  });
  const chats = () => [...folder.texts.keys()].filter((name) => name !== 'left.json');
  return { ...folder, ...still, store, parts, chat, opened, chats };
}

/** Says something and then nothing more. */
function hanging() {
  const made = { aborted: false, go: () => {} };
  const reply = async function* stream(_: unknown, signal: AbortSignal): AsyncIterable<Piece> {
    signal.addEventListener('abort', () => (made.aborted = true));
    yield await Promise.resolve({ kind: 'text', text: 'half an answer' });
    await new Promise<void>((resolve) => (made.go = resolve));
    yield { kind: 'text', text: ' and more' };
  };
  return { made, reply };
}

describe('deleting the open chat', () => {
  it('while it answers stops the answer first, and it never comes back', async () => {
    const { made, reply } = hanging();
    const { chat, store, pass, chats, opened } = open(reply);
    const asked = chat.session.ask('ask', 'q', []);
    await settled();
    await store.flush();
    const deleted = chat.session;
    expect(chats()).toEqual([`${deleted.thread.id}.json`]);
    await chat.remove(deleted.thread);
    expect([made.aborted, deleted.answering, chats()]).toEqual([true, false, []]);
    made.go();
    await asked;
    await pass(10_000);
    await store.flush();
    expect(chats()).toEqual([]);
    expect((await store.list()).threads).toEqual([]);
    expect(chat.session.thread.messages).toEqual([]);
    expect(opened).toEqual([chat.session.thread.id]);
  });

  it('can be undone: it is back where it was, with the answer as far as it came', async () => {
    const { reply } = hanging();
    const { chat, store, chats, texts } = open(reply);
    void chat.session.ask('ask', 'q', []);
    await settled();
    const { thread } = chat.session;
    const undo = await chat.remove(thread);
    undo();
    await store.flush();
    expect(chats()).toEqual([`${thread.id}.json`]);
    expect(texts.get(`${thread.id}.json`)).toContain('"kind":"stopped"');
    expect(chat.session.thread.id).toBe(thread.id);
    expect((await store.read(thread.id))?.messages.at(-1)).toMatchObject({
      text: 'half an answer',
      state: { kind: 'stopped' },
    });
  });

  it('can be undone without taking away what was begun since', async () => {
    const { chat, store, chats } = open(words('yes'));
    await chat.session.ask('ask', 'first', []);
    const first = chat.session.thread;
    const undo = await chat.remove(first);
    await chat.session.ask('ask', 'second', []);
    const second = chat.session.thread.id;
    undo();
    await store.flush();
    expect(chat.session.thread.id).toBe(second);
    expect(chats().toSorted()).toEqual([`${first.id}.json`, `${second}.json`].toSorted());
  });

  it('asks nothing any more, not even what was to be redacted first', async () => {
    const { chat, parts, sent } = openHeld();
    await chat.session.ask('ask', 'q', []);
    const held = chat.session.thread.messages.at(-1);
    const deleted = chat.session;
    const redacting = deleted.redact(held?.id ?? '');
    await chat.remove(deleted.thread);
    parts.go();
    await redacting;
    expect([sent.length, deleted.answering]).toEqual([1, false]);
  });

  it('of which the file cannot be deleted leaves it in the history', async () => {
    const { chat, store, broken } = open(words('yes'));
    await chat.session.ask('ask', 'first', []);
    await store.flush();
    const { thread } = chat.session;
    broken.write.set(`${thread.id}.json`, 'EACCES');
    await expect(chat.remove(thread)).rejects.toThrow('EACCES');
    expect((await store.list()).threads.map(({ id }) => id)).toEqual([thread.id]);
  });
});

describe('opening another chat', () => {
  it('ends the answer of the one before, and saves it as far as it came', async () => {
    const { made, reply } = hanging();
    const { chat, store, texts } = open(reply);
    void chat.session.ask('ask', 'q', []);
    await settled();
    const { id } = chat.session.thread;
    chat.open();
    await store.flush();
    expect(made.aborted).toBe(true);
    expect(texts.get(`${id}.json`)).toContain('"kind":"stopped"');
    expect((await store.read(id))?.messages.at(-1)).toMatchObject({
      text: 'half an answer',
      state: { kind: 'stopped' },
    });
  });

  it('is remembered, with what was typed', async () => {
    const { chat, store } = open(words('yes'));
    chat.draft = 'half a thou';
    chat.open();
    await store.flush();
    expect(await store.readLeft()).toEqual({ threadId: chat.session.thread.id, draft: 'half a thou' });
  });
});

/** A chat whose redaction ends when it is told to. */
function openHeld() {
  const folder = createFolder();
  const made = createParts(words('yes'));
  let go = () => {};
  const redact = async (text: string) => new Promise<string>((resolve) => (go = () => resolve(text)));
  const store = createChatStore({
    files: folder.files,
    clock: createStill().clock,
    log: { warn: () => undefined, error: () => undefined },
    unread: () => undefined,
    failed: () => undefined,
    mended: () => undefined,
  });
  const chat = createOpenChat({
    parts: { ...made.parts, redact },
    store,
    draft: '',
    opened: () => undefined,
    changed: () => undefined,
  });
  return { chat, sent: made.sent, parts: { go: () => go() } };
}
