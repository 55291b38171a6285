import { createEmitter } from '../../../src/core/event.ts';
import { describe, expect, it } from 'vitest';
import { contentsOf, heldBy, releaseThread, textsOf } from '../../../src/core/chat/release.ts';
import { createChatSession } from '../../../src/core/chat/session.ts';
import { readThread, writeThread } from '../../../src/core/chat/stored.ts';
import { startThread } from '../../../src/core/chat/thread.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import { createRememberingRoad } from '../../../src/core/routing/rememberingRoad.ts';
import type { Road } from '../../../src/core/routing/road.ts';
import { createPassageMemory } from '../privacy/passageMemory.ts';
import { CLOUD, createParts, passage, words } from './parts.ts';

const SHOP = 'file:///shop';
const CODE = 'export const rateOf = (country: string) => rates.get(country.toUpperCase()) ?? fallbackRateOf(country);';
const SECRET = passage(CODE, { taint: [{ folder: SHOP, level: 'private' }] });

async function privateChat() {
  const made = createParts(words('It looks the rate up.'));
  made.setLevel('private');
  made.setLevel('private', SHOP);
  const session = createChatSession(made.parts, startThread('t', 0));
  await session.ask('explain', 'Explain this code.', [SECRET]);
  made.setLevel('open');
  made.setLevel('open', SHOP);
  made.state.model = CLOUD;
  return { ...made, session };
}
const failureIn = (session: { thread: { messages: readonly unknown[] } }) => session.thread.messages.at(-1);

const QUIET = createEmitter<void>().event;

describe('a chat with a private past', () => {
  it('is refused to the cloud, with three ways out', async () => {
    const { session, sent } = await privateChat();
    await session.ask('ask', 'Shorter?', []);
    expect(failureIn(session)).toMatchObject({
      state: {
        kind: 'failed',
        failure: {
          kind: 'refused',
          mends: [
            { title: 'Switch Model' },
            { title: 'New Chat' },
            { title: 'Show What Is in It…', command: 'switchyard.releaseChat' },
          ],
        },
      },
    });
    expect(sent.at(-1)?.sources).toContainEqual({ kind: 'taint', level: 'private', of: SHOP });
  });

  it('shows the folders and passages that made it so', async () => {
    const { session } = await privateChat();
    expect(contentsOf(session.thread)).toEqual([
      { folder: SHOP, level: 'private', passages: [SECRET] },
      { level: 'private', passages: [] },
    ]);
    expect(textsOf(session.thread)).toEqual(['Explain this code.', CODE, '\nIt looks the rate up.']);
  });

  it('goes on under the window’s level after the release, which stays written in it', async () => {
    const { session, parts, tick } = await privateChat();
    tick(5000);
    expect(session.release()).toBeUndefined();
    await session.ask('ask', 'Shorter?', []);
    expect(failureIn(session)).toMatchObject({ text: 'It looks the rate up.', state: { kind: 'complete' } });
    const stored = readThread(writeThread(session.thread));
    const again = createChatSession(parts, 'unreadable' in stored ? startThread('x', 0) : stored);
    expect(again.thread.released).toEqual([
      { at: 5000, by: 'user', before: 'private', after: 'open', folders: [SHOP] },
    ]);
  });

  it('cannot be released while a folder of it is still private, or not there to be asked', async () => {
    const { session, parts, setLevel } = await privateChat();
    const before = session.thread;
    setLevel('private', SHOP);
    expect(session.release()).toMatchObject({ outcome: 'refused', rule: 'release' });
    expect(session.thread).toBe(before);
    expect(heldBy(session.thread, parts.levels)).toEqual([{ folder: SHOP, level: 'private' }]);
    const elsewhere = { ...before, taint: [{ folder: 'file:///gone', level: 'private' } as const] };
    expect(isRefusal(releaseThread(elsewhere, parts.levels, 0))).toBe(true);
  });

  it('is released as far as its folders allow', async () => {
    const { session, setLevel } = await privateChat();
    setLevel('internal', SHOP);
    expect(session.release()).toBeUndefined();
    expect(session.thread.released?.[0]).toMatchObject({ before: 'private', after: 'internal' });
    await session.ask('ask', 'Shorter?', []);
    expect(failureIn(session)).toMatchObject({ state: { kind: 'failed' } });
  });

  it('is private again when a folder of it becomes private again', async () => {
    const { session, setLevel } = await privateChat();
    session.release();
    setLevel('private', SHOP);
    session.retaint();
    setLevel('open', SHOP);
    await session.ask('ask', 'Shorter?', []);
    expect(failureIn(session)).toMatchObject({ state: { kind: 'failed' } });
  });

  it('has nothing to release when nothing in it is strict', () => {
    const { parts } = createParts(words('x'));
    expect(isRefusal(releaseThread(startThread('t', 0), parts.levels, 0))).toBe(true);
  });
});

describe('private text that is pasted into another chat', () => {
  it('makes that chat private, until it is released', async () => {
    const made = await privateChat();
    const { parts } = made;
    const passages = createPassageMemory();
    const none = async () => Promise.reject(new Error('not here'));
    const way: Road = {
      ...parts.road,
      complete: none,
      list: none,
      load: none,
      unload: none,
      remove: none,
      pull: none,
      measure: none,
      install: none,
    };
    const road = createRememberingRoad({
      road: way,
      passages,
      levels: { ...parts.levels, onDidChange: QUIET, sourcesOf: () => [{ kind: 'folder', uri: SHOP }] },
      folders: () => [SHOP],
    });
    await passages.remember([{ text: CODE, taint: [{ folder: SHOP, level: 'private' }] }], []);
    const session = createChatSession({ ...parts, road }, startThread('u', 0));
    await session.ask('ask', `What does this do?\n\n${CODE}`, []);
    expect(session.thread.taint).toContainEqual({ folder: SHOP, level: 'private' });
    expect(failureIn(session)).toMatchObject({ state: { kind: 'failed', failure: { kind: 'refused' } } });
    expect(session.release()).toBeUndefined();
    await passages.release(new Set([SHOP]), textsOf(session.thread));
    await session.ask('ask', 'So?', []);
    expect(failureIn(session)).toMatchObject({ state: { kind: 'complete' } });
  });

  it('does not make a chat private that has the document itself attached, once that is open', async () => {
    const made = await privateChat();
    const { parts } = made;
    const passages = createPassageMemory();
    const none = async () => Promise.reject(new Error('not here'));
    const way: Road = {
      ...parts.road,
      complete: none,
      list: none,
      load: none,
      unload: none,
      remove: none,
      pull: none,
      measure: none,
      install: none,
    };
    const levels = { ...parts.levels, onDidChange: QUIET, sourcesOf: () => [{ kind: 'folder', uri: SHOP }] as const };
    const road = createRememberingRoad({ road: way, passages, levels, folders: () => [SHOP] });
    await passages.remember([{ text: CODE, taint: [{ folder: SHOP, level: 'private' }] }], []);
    const session = createChatSession({ ...parts, road }, startThread('u', 0));
    await session.ask('explain', 'Explain this code.', [passage(CODE, { taint: [{ folder: SHOP, level: 'open' }] })]);
    expect(failureIn(session)).toMatchObject({ state: { kind: 'complete' } });
  });
});
