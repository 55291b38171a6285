import { describe, expect, it } from 'vitest';
import { type ChatParts, createChatSession } from '../../../src/core/chat/session.ts';
import { readThread, writeThread } from '../../../src/core/chat/stored.ts';
import { type Answer, startThread } from '../../../src/core/chat/thread.ts';
import { AppError, refusal } from '../../../src/core/outcome.ts';
import type { Piece } from '../../../src/core/provider.ts';
import { CLOUD, LOCAL, type Reply, createParts, passage, words } from './parts.ts';

function begin(reply: Reply, model = LOCAL) {
  const made = createParts(reply, model);
  const session = createChatSession(made.parts, startThread('t', 0));
  const answer = (): Answer => {
    const last = session.thread.messages.at(-1);
    if (last?.role !== 'assistant') throw new Error('no answer');
    return last;
  };
  return { ...made, session, answer };
}

describe('a chat session', () => {
  it('streams an answer into the thread, piece by piece', async () => {
    const { session, answer } = begin(words('Hel', 'lo'));
    const seen: string[] = [];
    session.onDidChange((change) => seen.push(change.kind === 'piece' ? change.text : change.kind));
    await session.ask('ask', 'Greet me', []);
    expect(seen).toEqual(['thread', 'Hel', 'lo', 'answer']);
    expect(answer()).toMatchObject({
      text: 'Hello',
      state: { kind: 'complete' },
      model: { label: 'tiny', zone: 'device' },
    });
    expect(session.thread.title).toBe('Greet me');
  });

  it('carries the earlier turns, and not the failed ones', async () => {
    let fail = true;
    const { session, sent } = begin(async function* reply(): AsyncIterable<Piece> {
      if (fail) throw new AppError('busy', {});
      yield await Promise.resolve({ kind: 'text', text: 'yes' });
      yield { kind: 'end', reason: 'stop' };
    });
    await session.ask('ask', 'one', []);
    fail = false;
    await session.ask('ask', 'two', []);
    await session.ask('ask', 'three', []);
    expect(
      sent
        .at(-1)
        ?.request.messages.map(({ role, text }) => [role, text])
        .slice(1),
    ).toEqual([
      ['user', 'two'],
      ['assistant', 'yes'],
      ['user', 'three'],
    ]);
  });

  it('keeps thoughts apart and times them', async () => {
    const made = begin(async function* reply(): AsyncIterable<Piece> {
      yield await Promise.resolve({ kind: 'thinking', text: 'hm' });
      made.tick(3000);
      yield { kind: 'text', text: 'ok' };
      yield { kind: 'end', reason: 'length' };
    });
    await made.session.ask('ask', 'q', []);
    expect(made.answer()).toMatchObject({ thinking: 'hm', thinkingMs: 3000, text: 'ok', state: { kind: 'cutOff' } });
    expect(made.sent[0]?.request.think).toBe(true);
  });

  it('stops at once, aborts the request, keeps the text so far and takes no more', async () => {
    let aborted = false;
    let go = () => {};
    const made = begin(async function* reply(_, signal): AsyncIterable<Piece> {
      signal.addEventListener('abort', () => (aborted = true));
      yield await Promise.resolve({ kind: 'text', text: 'half' });
      await new Promise<void>((resolve) => (go = resolve));
      yield { kind: 'text', text: ' more' };
      yield { kind: 'end', reason: 'cancelled' };
    });
    const asked = made.session.ask('ask', 'q', []);
    await new Promise<void>((resolve) => made.session.onDidChange(({ kind }) => kind === 'piece' && resolve()));
    made.session.stop();
    expect(made.answer()).toMatchObject({ text: 'half', state: { kind: 'stopped' } });
    expect(made.session.answering).toBe(false);
    expect(aborted).toBe(true);
    go();
    await asked;
    expect(made.answer().text).toBe('half');
  });

  it('asks nothing while an answer is on its way', async () => {
    const { session } = begin(words('a'));
    const first = session.ask('ask', 'one', []);
    await session.ask('ask', 'two', []);
    await first;
    expect(session.thread.messages).toHaveLength(2);
  });

  it.each([
    [new AppError('unreachable', { endpoint: LOCAL.endpoint }), 'unreachable', 'Start Ollama'],
    [new AppError('modelMissing', { endpoint: LOCAL.endpoint, model: 'tiny' }), 'modelMissing', 'Pull tiny'],
    [new AppError('outOfMemory', { endpoint: LOCAL.endpoint }), 'outOfMemory', 'Switch Model'],
    [new Error('a bug'), 'serverError', 'Show Log'],
  ])('keeps the text so far when it fails: %s', async (thrown, kind, title) => {
    const { session, answer } = begin(async function* reply(): AsyncIterable<Piece> {
      yield await Promise.resolve({ kind: 'text', text: 'half an ans' });
      throw thrown;
    });
    await session.ask('ask', 'q', []);
    expect(answer()).toMatchObject({
      text: 'half an ans',
      state: { kind: 'failed', failure: { kind, mends: [{ title }] } },
    });
    expect(session.answering).toBe(false);
  });

  it('counts a stream without an end as interrupted', async () => {
    const { session, answer } = begin(async function* reply(): AsyncIterable<Piece> {
      yield await Promise.resolve({ kind: 'text', text: 'x' });
    });
    await session.ask('ask', 'q', []);
    expect(answer().state).toMatchObject({ kind: 'failed', failure: { kind: 'interrupted' } });
  });

  it('says so when there is no model, and answers when asked again', async () => {
    const { session, answer, state } = begin(words('now'));
    const { model } = state;
    Object.assign(state, { model: undefined });
    await session.ask('ask', 'q', []);
    const mends = [{ title: 'Start Ollama' }, { title: 'Switch Model' }];
    expect(answer().state).toMatchObject({ kind: 'failed', failure: { kind: 'noModel', mends } });
    state.model = model;
    await session.regenerate(answer().id);
    expect(answer()).toMatchObject({ text: 'now', state: { kind: 'complete' } });
    expect(session.thread.messages).toHaveLength(2);
  });

  it('drops what follows an edited question', async () => {
    const { session, sent } = begin(words('a'));
    await session.ask('ask', 'one', []);
    await session.ask('ask', 'two', []);
    const first = session.thread.messages[0]?.id ?? '';
    await session.resend(first, 'uno');
    expect(session.thread.messages.map(({ text }) => text)).toEqual(['uno', 'a']);
    expect(session.thread.title).toBe('uno');
    expect(sent.at(-1)?.request.messages).toHaveLength(2);
  });

  it('asks once more with less when the server finds the request too long', async () => {
    const lengths: number[] = [];
    const { session, answer } = begin(async function* reply({ messages }): AsyncIterable<Piece> {
      const length = messages.reduce((sum, { text }) => sum + text.length, 0);
      lengths.push(length);
      if (length > 3000) throw new AppError('contextTooLong', { tokens: { prompt: length / 2, limit: 1500 } });
      yield await Promise.resolve({ kind: 'text', text: 'fits' });
      yield { kind: 'end', reason: 'stop' };
    });
    await session.ask('explain', 'Explain this code.', [passage('let a = 1;\n'.repeat(500))]);
    expect(lengths).toHaveLength(2);
    expect(answer()).toMatchObject({ text: 'fits', state: { kind: 'complete' } });
    expect(answer().omitted).toContain('a passage that was too long');
  });
});

describe('the taint of a thread', () => {
  const SHOP = 'file:///shop';
  const fromShop = passage('secret', { taint: [{ folder: SHOP, level: 'private' }] });

  it('goes to the road with every request, with the strictest level that a folder ever had', async () => {
    const { session, setLevel, strictestSent, sent } = begin(words('a'));
    setLevel('private', SHOP);
    await session.ask('explain', 'Explain this code.', [fromShop]);
    setLevel('open', SHOP);
    await session.ask('ask', 'and now?', []);
    expect(strictestSent()).toBe('private');
    expect(sent.at(-1)?.sources).toContainEqual({ kind: 'folder', uri: SHOP });
    expect(sent.at(-1)?.sources).toContainEqual({ kind: 'taint', level: 'private', of: SHOP });
  });

  it('keeps yesterday’s private text from a cloud model, in place and with a way out', async () => {
    const { session, state, setLevel, answer } = begin(words('a'));
    setLevel('private');
    await session.ask('ask', 'something private', []);
    setLevel('open');
    state.model = CLOUD;
    await session.ask('ask', 'continue', []);
    expect(answer().state).toMatchObject({
      kind: 'failed',
      failure: {
        kind: 'refused',
        mends: [
          { command: 'switchyard.pickModel' },
          { command: 'switchyard.newChat' },
          { command: 'switchyard.releaseChat' },
        ],
      },
    });
    const fresh = createChatSession(begin(words('b'), CLOUD).parts, startThread('t2', 0));
    await fresh.ask('ask', 'something open', []);
    expect(fresh.thread.messages.at(-1)?.text).toBe('b');
  });

  it('survives editing the private question away', async () => {
    const { session, setLevel, strictestSent } = begin(words('a'));
    setLevel('private', SHOP);
    await session.ask('explain', 'Explain this code.', [fromShop]);
    setLevel('open', SHOP);
    await session.resend(session.thread.messages[0]?.id ?? '', 'harmless');
    expect(strictestSent()).toBe('private');
  });

  it('survives asking for another answer', async () => {
    const { session, setLevel, strictestSent } = begin(words('a'));
    setLevel('private', SHOP);
    await session.ask('explain', 'Explain this code.', [fromShop]);
    setLevel('open', SHOP);
    await session.regenerate(session.thread.messages[1]?.id ?? '');
    expect(strictestSent()).toBe('private');
  });

  it('tightens with every question, too', async () => {
    const { session, setLevel, strictestSent } = begin(words('a'));
    await session.ask('explain', 'Explain this code.', [passage('x', { taint: [{ folder: SHOP, level: 'open' }] })]);
    setLevel('private', SHOP);
    await session.ask('ask', 'and now?', []);
    setLevel('open', SHOP);
    await session.ask('ask', 'and now?', []);
    expect(strictestSent()).toBe('private');
  });

  it('tightens while nothing is asked', async () => {
    const { session, setLevel } = begin(words('a'));
    session.retaint();
    expect(session.thread.taint).toEqual([]);
    await session.ask('ask', 'q', []);
    expect(session.thread.taint).toEqual([{ level: 'open' }]);
    setLevel('private');
    session.retaint();
    setLevel('open');
    session.retaint();
    expect(session.thread.taint).toEqual([{ level: 'private' }]);
  });
});

describe('a question that is held', () => {
  const held = {
    ...refusal('secret', 'Not sent.'),
    findings: [{ kind: 'secret', what: 'GitHub token', where: 'src/cart.ts, line 10', excerpt: 't = ••••••••' }],
  } as const;

  /** Holds while a text of the request has `SECRET` in it and the model is not of this machine. */
  function beginHeld() {
    const made = createParts(words('Fine'), CLOUD);
    const { road } = made.parts;
    const parts: ChatParts = {
      ...made.parts,
      redact: async (text) => Promise.resolve(text.replaceAll('SECRET', '[redacted]')),
      road: {
        chat: async (request, sources, signal) => {
          const found = JSON.stringify([request.messages, request.material]).includes('SECRET');
          return found && request.model.zone !== 'device' ? held : road.chat(request, sources, signal);
        },
      },
    };
    const session = createChatSession(parts, startThread('t', 0));
    const last = () => session.thread.messages.at(-1);
    return { ...made, session, last, id: () => last()?.id ?? '' };
  }

  it('shows what was found, and sends nothing', async () => {
    const { session, last, sent } = beginHeld();
    await session.ask('ask', 'Why SECRET?', []);
    expect(last()).toMatchObject({ state: { kind: 'held', findings: held.findings } });
    expect(sent).toEqual([]);
    expect(readThread(writeThread(session.thread))).toEqual(session.thread);
  });

  it('goes to a model on this machine, whole, when the user says so', async () => {
    const { session, last, id, sent } = beginHeld();
    await session.ask('ask', 'Why SECRET?', []);
    await session.sendLocally(id());
    expect(last()).toMatchObject({ text: 'Fine', model: { zone: 'device' }, state: { kind: 'complete' } });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.request.messages.at(-1)?.text).toBe('Why SECRET?');
    // The next one goes to the chosen model again, which is held again: the secret is in the conversation.
    await session.ask('ask', 'Thanks', []);
    expect(last()).toMatchObject({ model: { zone: 'cloud' }, state: { kind: 'held' } });
  });

  it('is redacted in the thread, its title and its passages, and then sent', async () => {
    const { session, last, id, sent } = beginHeld();
    await session.ask('fix', 'Why SECRET?', [passage('t = SECRET', { problems: ['SECRET is bad'] })]);
    await session.redact(id());
    expect(last()).toMatchObject({ text: 'Fine', model: { zone: 'cloud' } });
    expect(JSON.stringify(session.thread)).not.toContain('SECRET');
    expect(session.thread.title).toContain('[redacted]');
    expect(JSON.stringify(sent)).not.toContain('SECRET');
    expect(session.thread.messages).toHaveLength(2);
  });

  it('is given up', async () => {
    const { session, last, id, sent } = beginHeld();
    await session.ask('ask', 'Why SECRET?', []);
    session.discard(id());
    expect(last()).toMatchObject({ state: { kind: 'stopped' } });
    await session.ask('ask', 'Something else', []);
    expect(last()).toMatchObject({ text: 'Fine' });
    expect(sent).toHaveLength(1);
    expect(JSON.stringify(sent)).not.toContain('SECRET');
  });

  it('stays held where it cannot be redacted or sent locally', async () => {
    const made = beginHeld();
    await made.session.ask('ask', 'Why SECRET?', []);
    const id = made.id();
    const session = createChatSession(
      { ...made.parts, local: () => undefined, redact: async () => Promise.reject(new Error('broken')) },
      made.session.thread,
    );
    await session.sendLocally(id);
    expect(session.thread.messages.at(-1)).toMatchObject({ id, state: { kind: 'held' } });
    await session.redact(id);
    expect(session.thread.messages.at(-1)).toMatchObject({ id, state: { kind: 'failed' } });
    expect(made.sent).toEqual([]);
  });
});

describe('what the next question would send', () => {
  it('is listed: every text with its size, the host, and what is left out', async () => {
    const { session } = begin(words('It adds.'), CLOUD);
    await session.ask('explain', 'Explain', [passage('add(a, b)')]);
    const manifest = session.preview('And this?', [passage('sub(a, b)', { name: 'src/sub.ts' })]);
    expect(manifest).toMatchObject({ host: 'api.openai.com', model: { id: CLOUD.id } });
    expect(manifest?.entries.map(({ label, characters, passage: of }) => [label, characters, of?.lines])).toEqual([
      ['src/cart.ts', 9, [9, 11]],
      ['An earlier question', 7, undefined],
      ['An earlier answer', 8, undefined],
      ['src/sub.ts', 9, [9, 11]],
      ['Your question', 9, undefined],
    ]);
    const listed = manifest?.entries.reduce((sum, { characters }) => sum + characters, 0) ?? 0;
    expect(manifest?.characters).toBeGreaterThan(listed);
    expect(manifest?.omitted).toBeUndefined();
    expect(session.preview('x', [passage('line\n'.repeat(20_000))])?.omitted).toContain('passage');
  });

  it('is exactly what is then sent', async () => {
    const { session, sent } = begin(words('It adds.'), CLOUD);
    await session.ask('ask', 'First', []);
    const manifest = session.preview('Second', [passage('sub(a, b)')]);
    await session.ask('ask', 'Second', [passage('sub(a, b)')]);
    const characters = sent.at(-1)?.request.messages.reduce((sum, { text }) => sum + text.length, 0);
    expect(characters).toBe(manifest?.characters);
  });

  it('is nothing without a model', () => {
    const { session, state } = begin(words('x'));
    state.model = undefined;
    expect(session.preview('x', [])).toBeUndefined();
  });
});
