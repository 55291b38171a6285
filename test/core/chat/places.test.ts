import { describe, expect, it } from 'vitest';
import { contentsOf, heldBy } from '../../../src/core/chat/release.ts';
import { createChatSession } from '../../../src/core/chat/session.ts';
import { readThread, writeThread } from '../../../src/core/chat/stored.ts';
import { sourcesOfTaint, taintOf, tighten } from '../../../src/core/chat/taint.ts';
import { type Thread, startThread } from '../../../src/core/chat/thread.ts';
import { keptOf, threadOfTurns } from '../../../src/core/chat/turns.ts';
import { createEmitter } from '../../../src/core/event.ts';
import type { Level, Reason } from '../../../src/core/privacy/level.ts';
import { Clearance, createPolicy } from '../../../src/core/privacy/policy.ts';
import type { Sources } from '../../../src/core/routing/road.ts';
import { CLOUD, createParts, passage, words } from './parts.ts';

const SHOP = 'file:///shop';
const FILE = 'file:///shop/secret/rates.ts';
const SOURCES: Sources = [
  { kind: 'folder', uri: SHOP },
  { kind: 'place', uri: FILE },
];

/** A chat about a file in a folder of an open workspace that is said to be so strict by itself. */
async function chatAbout(level: Level) {
  const made = createParts(words('It looks the rate up.'));
  made.setLevel('open', SHOP);
  made.setLevel(level, FILE);
  const session = createChatSession(made.parts, startThread('t', 0));
  const taken = passage('const rate = 3;', { uri: FILE, taint: taintOf(SOURCES, made.parts.levels) });
  await session.ask('explain', 'Explain this code.', [taken]);
  made.state.model = CLOUD;
  return { ...made, session };
}
const lastOf = ({ messages }: Thread) => messages.at(-1);
const reload = (thread: Thread): Thread => {
  const read = readThread(writeThread(thread));
  if ('unreadable' in read) throw new Error(read.unreadable);
  return read;
};
const clear = (policy: ReturnType<typeof createPolicy>, sources: Sources) => {
  const cleared = policy.clear({ task: 'chat', endpoint: CLOUD.endpoint, model: CLOUD, sources });
  if (!Clearance.isGenuine(cleared)) throw new Error(cleared.reason);
  return cleared;
};

describe('text of a folder inside a workspace folder', () => {
  it('is not sent any more from the moment at which that folder becomes private', async () => {
    const { parts, setLevel, session } = await chatAbout('open');
    const changed = createEmitter<void>();
    const policy = createPolicy(parts.levels.of, changed.event);
    const [chat, completion] = [clear(policy, sourcesOfTaint(session.thread.taint)), clear(policy, SOURCES)];
    expect(policy.recheck(chat)).toBeUndefined();
    setLevel('private', FILE);
    for (const clearance of [chat, completion]) {
      expect(policy.recheck(clearance)).toMatchObject({ rule: 'level:private' });
    }
    changed.fire();
    setLevel('open', FILE);
    expect(policy.recheck(chat)).toMatchObject({ rule: 'level:private' });
  });

  it('tightens its chat while nothing is asked, for good', async () => {
    const { setLevel, session } = await chatAbout('open');
    setLevel('private', FILE);
    session.retaint();
    setLevel('open', FILE);
    await session.ask('ask', 'Shorter?', []);
    expect(lastOf(session.thread)).toMatchObject({ state: { kind: 'failed', failure: { kind: 'refused' } } });
  });

  it('tightens a chat that comes back from the disk', async () => {
    const { setLevel, session, parts } = await chatAbout('open');
    const stored = reload(session.thread);
    setLevel('private', FILE);
    const again = createChatSession(parts, stored);
    await again.ask('ask', 'Shorter?', []);
    expect(lastOf(again.thread)).toMatchObject({ state: { kind: 'failed', failure: { kind: 'refused' } } });
    const kept = threadOfTurns([{ role: 'assistant', text: 'x', kept: keptOf(session.thread) }], () => 'n', 0);
    expect(sourcesOfTaint(kept.taint)).toContainEqual({ kind: 'place', uri: FILE });
  });

  it('cannot be released while that folder is private, and is named', async () => {
    const { setLevel, session, parts } = await chatAbout('private');
    expect(session.thread.taint).toContainEqual({ place: FILE, level: 'private' });
    for (const thread of [session.thread, reload(session.thread)]) {
      const one = createChatSession(parts, thread);
      expect(one.release()).toMatchObject({ outcome: 'refused', rule: 'release' });
      expect(heldBy(one.thread, parts.levels)).toEqual([{ place: FILE, level: 'private' }]);
      expect(sourcesOfTaint(one.thread.taint)).toContainEqual({
        kind: 'taint',
        level: 'private',
        of: FILE,
        isPlace: true,
      });
      expect(contentsOf(one.thread)).toMatchObject([{ place: FILE, level: 'private', passages: [{ uri: FILE }] }]);
    }
    setLevel('open', FILE);
    expect(session.release()).toBeUndefined();
    expect(session.thread.released?.at(-1)).toMatchObject({ before: 'private', after: 'open', folders: [FILE] });
    await session.ask('ask', 'Shorter?', []);
    expect(lastOf(session.thread)).toMatchObject({ state: { kind: 'complete' } });
  });

  it('cannot be released from a chat of before places were kept, either', async () => {
    const { session, parts } = await chatAbout('private');
    const earlier = JSON.stringify({ version: 1, ...session.thread }).replaceAll(`"place":"${FILE}",`, '');
    expect(earlier).not.toContain('"place"');
    const read = readThread(earlier);
    const one = createChatSession(parts, 'unreadable' in read ? startThread('x', 0) : read);
    expect(one.release()).toMatchObject({ outcome: 'refused', rule: 'release' });
  });
});

describe('a place of which something is still being read', () => {
  const reading: Reason = { source: 'unread', level: 'private', what: 'pattern' };
  const of = (more: readonly Reason[]) => ({
    of: () => ({ level: 'private' as const, reasons: [reading, ...more] }),
  });

  it('keeps a chat from no model for ever', () => {
    expect(taintOf([{ kind: 'place', uri: FILE }], of([]))).toEqual([{ place: FILE, level: 'open' }]);
    const known = [{ place: FILE, level: 'open' }] as const;
    expect(tighten(known, of([]))).toBe(known);
    expect(tighten(known, of([{ source: 'taint', level: 'internal' }]))).toEqual([{ place: FILE, level: 'internal' }]);
  });

  it('is private for every request until then', () => {
    const cleared = createPolicy(of([]).of).clear({
      task: 'chat',
      endpoint: CLOUD.endpoint,
      model: CLOUD,
      sources: sourcesOfTaint([{ place: FILE, level: 'open' }]),
    });
    expect(cleared).toMatchObject({ rule: 'level:private' });
  });

  it('counts a folder as private for ever', () => {
    expect(taintOf([{ kind: 'folder', uri: SHOP }], of([]))).toEqual([{ folder: SHOP, level: 'private' }]);
  });
});
