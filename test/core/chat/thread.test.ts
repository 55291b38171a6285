import { describe, expect, it } from 'vitest';
import { readThread, writeThread } from '../../../src/core/chat/stored.ts';
import { addTaint, taintOf, tighten } from '../../../src/core/chat/taint.ts';
import { type Thread, addAnswer, addQuestion, editQuestion, startThread } from '../../../src/core/chat/thread.ts';
import { createParts, passage, question, words } from './parts.ts';

const FULL = [
  { folder: 'file:///a', level: 'internal' },
  { place: 'file:///shop/src/cart.ts', level: 'internal' },
] as const;

function full(): Thread {
  const asked = addQuestion(
    startThread('t', 1),
    question('Why?', {
      intent: 'fix',
      passages: [passage('x', { problems: ['p'], taint: FULL })],
    }),
    2,
  );
  const model = { id: 'ollama/x', label: 'x', zone: 'device' } as const;
  const failure = {
    kind: 'unreachable',
    text: 'no',
    mends: [{ command: 'switchyard.startOllama', title: 'Start', args: ['ollama'] }],
  } as const;
  return addAnswer(
    addAnswer(
      asked,
      {
        role: 'assistant',
        id: 'a',
        text: 't',
        thinking: 'h',
        thinkingMs: 5,
        omitted: 'o',
        model,
        state: { kind: 'complete' },
      },
      3,
    ),
    { role: 'assistant', id: 'b', text: '', thinking: '', state: { kind: 'failed', failure } },
    4,
  );
}

describe('a thread', () => {
  it('takes its title from the first question, without a model', () => {
    const titled = (text: string, name?: string) =>
      addQuestion(startThread('t', 0), question(text, { passages: name ? [passage('', { name })] : [] }), 0).title;
    expect(titled('  How do I?\nMore')).toBe('How do I?');
    expect(titled('Explain this code.', 'src/deep/cart.ts')).toBe('Explain this code (cart.ts)');
    expect(titled('👍'.repeat(100))).toBe(`${'👍'.repeat(59)}…`);
    expect(addQuestion(full(), question('Another'), 9).title).toBe('Why (cart.ts)');
  });

  it('is never changed in place', () => {
    const before = full();
    const copy = structuredClone(before);
    addQuestion(before, question('x'), 9);
    editQuestion(before, 'q', 'y', 9);
    expect(before).toEqual(copy);
    expect(editQuestion(before, 'a', 'not a question', 9)).toBeUndefined();
  });
});

describe('the stored form of before there were places', () => {
  const earlier = (uri?: string) =>
    addQuestion(
      { ...startThread('t', 0), taint: [{ level: 'internal' }] },
      question('Why?', {
        passages: [
          passage('x', { taint: [{ folder: 'file:///a', level: 'internal' }], ...(uri !== undefined && { uri }) }),
        ],
      }),
      1,
    );

  it('is as strict as before, and answers to the places of its passages, too', () => {
    const place = { place: 'file:///shop/src/cart.ts', level: 'open' };
    const read = readThread(writeThread(earlier()));
    expect(read).toMatchObject({
      taint: [{ level: 'internal' }, { folder: 'file:///a', level: 'internal' }, place],
      messages: [{ passages: [{ taint: [{ folder: 'file:///a', level: 'internal' }, place] }] }],
    });
  });

  it('leaves a document without a file as it is', () => {
    const thread = earlier('untitled:Untitled-1');
    expect(readThread(writeThread(thread))).toEqual(thread);
  });
});

describe('the stored form', () => {
  it('gives back the same thread', () => {
    expect(readThread(writeThread(full()))).toEqual(full());
  });

  it('stops what was on its way when the editor ended', () => {
    const answering = addAnswer(
      full(),
      { role: 'assistant', id: 'c', text: 'ha', thinking: '', state: { kind: 'streaming' } },
      5,
    );
    const read = readThread(writeThread(answering));
    expect('messages' in read && read.messages.at(-1)).toMatchObject({ text: 'ha', state: { kind: 'stopped' } });
  });

  it.each([
    ['a newer version', JSON.stringify({ ...JSON.parse(writeThread(full())), version: 2 }), /version/u],
    ['half a file', writeThread(full()).slice(0, 50), /not JSON/u],
    ['another shape', '{"version":1,"id":"x"}', /title/u],
    ['a level that is none', writeThread(full()).replace('"internal"', '"public"'), /level/u],
    ['a chat that lost its taint', writeThread(full()).replace(/,"taint":\[[^\]]*\]\}$/u, '}'), /taint/u],
    ['an empty file', '', /not JSON/u],
  ])('says why it cannot read %s', (_, text, why) => {
    const read = readThread(text);
    expect('unreadable' in read ? read.unreadable : 'it was read').toMatch(why);
  });
});

describe('taint', () => {
  it('keeps the strictest level for each source', () => {
    expect(
      addTaint(
        [{ folder: 'a', level: 'open' }, { level: 'open' }],
        [
          { folder: 'a', level: 'private' },
          { folder: 'b', level: 'internal' },
        ],
      ),
    ).toEqual([{ folder: 'a', level: 'private' }, { level: 'open' }, { folder: 'b', level: 'internal' }]);
    expect(addTaint([{ level: 'private' }], [{ level: 'open' }])).toEqual([{ level: 'private' }]);
  });

  it('counts a folder that left the window as private', () => {
    const { levels } = createParts(words()).parts;
    expect(tighten([{ folder: 'file:///gone', level: 'open' }], levels)).toEqual([
      { folder: 'file:///gone', level: 'private' },
    ]);
    const known = [{ folder: 'file:///shop', level: 'open' }] as const;
    expect(tighten(known, levels)).toBe(known);
    expect(taintOf([{ kind: 'folder', uri: 'file:///shop' }, { kind: 'window' }], levels)).toEqual([
      ...known,
      { level: 'open' },
    ]);
    expect(taintOf([{ kind: 'folder', uri: 'file:///gone' }], levels)).toEqual([
      { folder: 'file:///gone', level: 'private' },
    ]);
  });
});
