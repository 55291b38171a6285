import { describe, expect, it } from 'vitest';
import { type Unread, createChatStore } from '../../../src/core/chat/store.ts';
import { writeThread } from '../../../src/core/chat/stored.ts';
import { type Thread, addQuestion, startThread } from '../../../src/core/chat/thread.ts';
import { createFolder, createStill } from './files.ts';
import { question } from './parts.ts';

const threadOf = (id: string, text = 'x', now = 1): Thread => addQuestion(startThread(id, 1), question(text), now);
const fileOf = (id: string) => writeThread(threadOf(id));

function open(begun: Readonly<Record<string, string>> = {}) {
  const folder = createFolder(begun);
  const still = createStill();
  const told: Unread[] = [];
  const failures: string[] = [];
  let mended = 0;
  const store = createChatStore({
    files: folder.files,
    clock: still.clock,
    log: { warn: () => undefined, error: () => undefined },
    unread: (unread) => told.push(unread),
    failed: (name, why) => failures.push(`${name}: ${why}`),
    mended: () => (mended += 1),
  });
  const ids = async () => (await store.list()).threads.map(({ id }) => id);
  return { ...folder, ...still, store, told, failures, mended: () => mended, ids };
}

describe('a chat that cannot be read', () => {
  it.each([
    ['no permission', 'EACCES', 'there is no permission'],
    ['a disk that fails', 'EIO', 'the disk reports an error'],
    ['a folder in its place', 'EISDIR', 'a folder stands in its place'],
  ])('keeps no other from being there, and is told once: %s', async (_of, code, why) => {
    const made = open({ 'good.json': fileOf('good') });
    made.broken.read.set('bad.json', code);
    expect(await made.store.read('bad')).toBeUndefined();
    expect(await made.ids()).toEqual(['good']);
    expect((await made.store.list()).unread).toBe(1);
    expect(made.told).toEqual([{ names: ['bad.json'], why, where: 'left' }]);
    expect(made.aside.size).toBe(0);
  });

  it('is told again when the user tries again, and is there when it can be read', async () => {
    const made = open({ 'bad.json': fileOf('bad') });
    made.broken.read.set('bad.json', 'EACCES');
    await made.store.read('bad');
    made.store.tellAgain(['bad.json']);
    await made.store.read('bad');
    expect(made.told).toHaveLength(2);
    made.broken.read.clear();
    expect((await made.store.read('bad'))?.id).toBe('bad');
  });

  it('is told together with the others', async () => {
    const made = open();
    for (const name of ['a.json', 'b.json', 'c.json']) made.broken.read.set(name, 'EACCES');
    await made.store.list();
    expect(made.told.map(({ names }) => names)).toEqual([['a.json', 'b.json', 'c.json']]);
  });

  it('is moved aside when it is damaged, and left where that cannot be', async () => {
    const made = open({ 'a.json': '{', 'b.json': fileOf('other'), 'c.json': '{', 'good.json': fileOf('good') });
    made.broken.write.set('c.json', 'EROFS');
    expect(await made.ids()).toEqual(['good']);
    expect([...made.aside.keys()]).toEqual(['a.json', 'b.json']);
    expect(made.texts.get('c.json')).toBe('{');
    expect(made.told.map(({ names, where }) => [where, names])).toEqual([
      ['left', ['c.json']],
      ['aside', ['a.json', 'b.json']],
    ]);
  });

  it('is told of its folder where not even that can be read', async () => {
    const made = open();
    made.broken.all = 'EACCES';
    expect(await made.store.readLeft()).toEqual({ draft: '' });
    expect(await made.ids()).toEqual([]);
    expect(made.told.map(({ names }) => names)).toEqual([['left.json'], ['']]);
  });

  it('is no trouble where there simply is none', async () => {
    const made = open();
    expect([await made.store.readLeft(), await made.store.read('a')]).toEqual([{ draft: '' }, undefined]);
    expect(made.told).toEqual([]);
  });
});

describe('a chat of a newer version', () => {
  it('stays where it is, to the byte, and is counted', async () => {
    const newer = JSON.stringify({ version: 99, id: 'newer', turns: [] });
    const made = open({ 'newer.json': newer, 'good.json': fileOf('good') });
    expect(await made.store.read('newer')).toBeUndefined();
    expect(await made.store.list()).toMatchObject({ newer: 1, unread: 0, threads: [{ id: 'good' }] });
    expect(made.texts.get('newer.json')).toBe(newer);
    expect([made.aside.size, made.told.length, made.attempts.length]).toEqual([0, 0, 0]);
  });
});

describe('a save that fails', () => {
  it('is tried again with a pause that grows, told once, and on the disk when it works', async () => {
    const made = open();
    made.broken.write.set('a.json', 'ENOSPC');
    made.store.save(threadOf('a', 'the text'));
    await made.pass(1000);
    const pauses: (number | undefined)[] = [];
    for (let n = 0; n < 8; n += 1) {
      const [pause] = made.timers();
      pauses.push(pause);
      await made.pass(pause ?? 0);
    }
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(made.failures).toEqual(['a.json: the disk is full']);
    made.broken.write.clear();
    await made.pass(60_000);
    expect(made.texts.get('a.json')).toContain('the text');
    expect([made.mended(), made.timers()]).toEqual([1, []]);
    // Another outage is another thing to tell, and begins with a short pause.
    made.broken.write.set('a.json', 'EACCES');
    made.store.save(threadOf('a'));
    await made.pass(1000);
    expect(made.failures).toHaveLength(2);
    expect(made.timers()).toEqual([2000]);
  });

  it('is tried again at the next change, without waiting for the end of the pause', async () => {
    const made = open();
    made.broken.write.set('a.json', 'ENOSPC');
    made.store.save(threadOf('a'));
    await made.pass(1000 + 2000 + 4000 + 8000);
    made.broken.write.clear();
    made.store.save(threadOf('a', 'newer text'));
    expect(made.timers()).toEqual([1000]);
    await made.pass(1000);
    expect(made.texts.get('a.json')).toContain('newer text');
  });

  it('keeps no other file from being written', async () => {
    const made = open();
    made.broken.write.set('a.json', 'EISDIR');
    made.store.save(threadOf('a'));
    made.store.save(threadOf('b'));
    made.store.saveLeft({ draft: 'half a thou' });
    await made.store.flush();
    expect([...made.texts.keys()]).toEqual(['b.json', 'left.json']);
    expect(made.failures).toEqual(['a.json: a folder stands in its place']);
  });

  it('is read from memory meanwhile', async () => {
    const made = open();
    made.broken.write.set('a.json', 'ENOSPC');
    made.store.save(threadOf('a', 'only here'));
    await made.store.flush();
    expect((await made.store.read('a'))?.messages[0]?.text).toBe('only here');
    expect(await made.ids()).toEqual(['a']);
  });

  it('ends with the window', async () => {
    const made = open();
    made.broken.write.set('a.json', 'ENOSPC');
    made.store.save(threadOf('a'));
    const last = made.store.flush();
    made.store.dispose();
    await last;
    expect(made.timers()).toEqual([]);
  });
});

describe('a deleted chat', () => {
  it('is not written again, whatever is saved of it later', async () => {
    const made = open({ 'a.json': fileOf('a') });
    made.store.save(threadOf('a', 'waits'));
    await made.store.remove('a');
    made.store.save(threadOf('a', 'late'));
    await made.store.flush();
    await made.pass(10_000);
    expect([...made.texts.keys()]).toEqual([]);
    expect([await made.ids(), await made.store.read('a')]).toEqual([[], undefined]);
  });

  it('is not left behind by a write that is under way', async () => {
    const made = open();
    const go = made.hold();
    made.store.save(threadOf('a'));
    const flushed = made.store.flush();
    await Promise.resolve();
    const removed = made.store.remove('a');
    // Time enough to delete too early.
    await new Promise((resolve) => setImmediate(resolve));
    go();
    await Promise.all([flushed, removed]);
    expect([...made.texts.keys()]).toEqual([]);
    expect(made.attempts).toEqual(['a.json']);
  });

  it('comes back, whole, when the user takes it back', async () => {
    const made = open({ 'a.json': fileOf('a') });
    const thread = await made.store.read('a');
    await made.store.remove('a');
    if (thread) made.store.restore(thread);
    await made.store.flush();
    expect(made.texts.get('a.json')).toBe(fileOf('a'));
    made.store.save(threadOf('a', 'goes on'));
    await made.store.flush();
    expect(made.texts.get('a.json')).toContain('goes on');
  });

  it('stays, with what waited to be saved, where it cannot be deleted', async () => {
    const made = open({ 'a.json': fileOf('a') });
    made.broken.write.set('a.json', 'EACCES');
    made.store.save(threadOf('a', 'waits'));
    await expect(made.store.remove('a')).rejects.toThrow('EACCES');
    made.broken.write.clear();
    await made.store.flush();
    expect(made.texts.get('a.json')).toContain('waits');
  });

  it('is not one that was only the oldest of too many', async () => {
    const many = Array.from({ length: 201 }, (_, n) => [`c${n}.json`, writeThread(threadOf(`c${n}`, 'x', n))] as const);
    const made = open(Object.fromEntries(many));
    expect(await made.ids()).toHaveLength(200);
    expect(made.texts.has('c0.json')).toBe(false);
    // It was open all the time, and goes on.
    made.store.save(threadOf('c0', 'goes on', 999));
    await made.store.flush();
    expect(made.texts.has('c0.json')).toBe(true);
  });
});
