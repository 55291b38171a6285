import { describe, expect, it } from 'vitest';
import { createEmitter } from '../../../src/core/event.ts';
import { type Level, stricter } from '../../../src/core/privacy/level.ts';
import { createPolicy } from '../../../src/core/privacy/policy.ts';
import type { Material } from '../../../src/core/privacy/screen.ts';
import type { ChatRequest, CompleteRequest, Piece } from '../../../src/core/provider.ts';
import { createRememberingRoad, isRecalled } from '../../../src/core/routing/rememberingRoad.ts';
import { type Sources, createRoad } from '../../../src/core/routing/road.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import type { Model } from '../../../src/core/model.ts';
import { CLOUD, LOCAL } from '../chat/parts.ts';
import { createPassageMemory } from '../privacy/passageMemory.ts';

const CODE = `function settle(account: Account, fees: readonly Fee[]): Statement {
  const due = fees.filter((fee) => fee.dueAt <= account.today).map((fee) => fee.amount);
  return { account: account.id, total: due.reduce((sum, amount) => sum + amount, account.balance) };
}`;
const ANSWER = `Here it is:\n\n    const overdue = fees.filter(({ dueAt }) => dueAt < account.today - account.graceDays);\n    notify(account.owner, overdue);`;
const QUESTION = 'Why does the ledger of the third quarter count the deferred interest of our Danish branch twice?';
const BANK = 'file:///bank';
const BLOG = 'file:///blog';
const signal = new AbortController().signal;
/** A server of the organisation, and a model of this machine that its server passes on. */
const TEAM: Model = { ...CLOUD, endpoint: { ...CLOUD.endpoint, id: 'team', zone: 'network' }, zone: 'network' };
const PROXIED: Model = { ...LOCAL, zone: 'cloud' };

function house(answer = ANSWER, thoughts = 'hm') {
  const folders = new Map<string, Level>([[BANK, 'private']]);
  const sent: string[] = [];
  const levelOf = (sources: Sources): Level =>
    sources
      .map((source): Level => {
        if (source.kind === 'taint') return source.level;
        if (source.kind === 'folder') return folders.get(source.uri) ?? 'private';
        return folders.size === 0 ? 'private' : [...folders.values()].reduce(stricter);
      })
      .reduce(stricter);
  const changed = createEmitter<void>();
  const levels = {
    onDidChange: changed.event,
    of: (sources: Sources) => ({ level: levelOf(sources), reasons: [] }),
    sourcesOf: (uri: string): Sources => {
      const folder = [...folders.keys()].find((each) => uri.startsWith(`${each}/`));
      return [folder === undefined ? { kind: 'window' } : { kind: 'folder', uri: folder }];
    },
  };
  const stream = async function* stream(text: string): AsyncGenerator<Piece> {
    sent.push(text);
    yield { kind: 'thinking', text: thoughts };
    for (const part of answer.match(/[^]{1,20}/gu) ?? [])
      yield await Promise.resolve({ kind: 'text' as const, text: part });
    yield { kind: 'end', reason: 'stop' };
  };
  const road = createRoad({
    policy: createPolicy(levels.of),
    screen: { inspect: async () => Promise.resolve(undefined) },
    open: async () =>
      Promise.resolve({ fetch, breach: (detail) => new Error(detail), used: () => undefined, failed: () => undefined }),
    provider: async () =>
      Promise.resolve({
        protocol: 'ollama',
        list: async () => Promise.resolve({ models: [] }),
        complete: (_line, request) => stream(request.prompt),
        chat: (_line, request) => stream(request.messages.map(({ text }) => text).join('\n')),
      }),
  });
  const memory = createPassageMemory();
  let [written, writtenAtEnd] = [0, 0];
  const passages: typeof memory = {
    ...memory,
    async remember(...all) {
      await memory.remember(...all);
      await new Promise((resolve) => setTimeout(resolve, 20));
      written += 1;
    },
  };
  const remembering = createRememberingRoad({ road, passages, levels, folders: () => [...folders.keys()] });
  const drain = async (outcome: Awaited<ReturnType<typeof remembering.chat>>) => {
    if (isRefusal(outcome)) return outcome;
    for await (const piece of outcome) {
      if (piece.kind !== 'end') continue;
      writtenAtEnd = written;
      return piece.reason;
    }
    return 'broken';
  };
  return {
    folders,
    mark: (folder: string, level: Level) => {
      folders.set(folder, level);
      changed.fire();
    },
    sent,
    passages,
    writtenAtEnd: () => writtenAtEnd,
    /** Asks for a completion, and never looks at the answer. */
    leave: async (text: string, folder: string) => {
      const material = [{ label: 'a file', uri: `${folder}/a.ts`, text }];
      const request = { model: LOCAL, prompt: text, stops: [], maxTokens: 9, temperature: 0, material };
      await remembering.complete(request, levels.sourcesOf(`${folder}/a.ts`), signal);
    },
    /** Asks for a completion, and has enough after the first text. */
    begin: async (text: string, folder: string) => {
      const material = [{ label: 'a file', uri: `${folder}/a.ts`, text }];
      const request = { model: LOCAL, prompt: text, stops: [], maxTokens: 9, temperature: 0, material };
      const pieces = await remembering.complete(request, levels.sourcesOf(`${folder}/a.ts`), signal);
      if (!isRefusal(pieces)) for await (const piece of pieces) if (piece.kind === 'text') return;
    },
    complete: async (text: string, folder: string, model = LOCAL) => {
      const request: CompleteRequest = {
        model,
        prompt: `<fim>${text}`,
        stops: [],
        maxTokens: 9,
        temperature: 0,
        material: [{ label: 'a file', uri: `${folder}/a.ts`, text }],
      };
      return drain(await remembering.complete(request, levels.sourcesOf(`${folder}/a.ts`), signal));
    },
    ask: async (
      text: string,
      model = CLOUD,
      material?: readonly Material[],
      sources: Sources = [{ kind: 'window' }],
    ) => {
      const messages = [{ role: 'user', text }] as const;
      const request: ChatRequest = { model, messages, think: false, ...(material && { material }) };
      return drain(await remembering.chat(request, sources, signal, material ? 'chat' : 'api'));
    },
  };
}

const TAINT = { taint: [{ folder: BANK, level: 'private' }], rule: 'level:private' };

describe('a private request', () => {
  it('ends when its text and its answer are written down for other windows', async () => {
    const { complete, writtenAtEnd } = house();
    expect(await complete(CODE, BANK)).toBe('stop');
    expect(writtenAtEnd()).toBe(2);
  });
});

describe('a request that leaves this machine', () => {
  it('is refused for a piece of text that a private completion had in its prompt, also after the folder was opened', async () => {
    const { folders, complete, ask, sent } = house();
    await complete(CODE, BANK);
    folders.set(BANK, 'open');
    expect(await ask('What is a monad?')).toBe('stop');
    const before = sent.length;
    const refused = await ask(`Explain:\n${CODE.split('\n')[1]?.trim()}`);
    expect(refused).toMatchObject(TAINT);
    expect(refused).toMatchObject({ reason: 'The cloud is not allowed here: the workspace is private-only.' });
    expect(sent.length).toBe(before);
    expect(await ask(`Explain:\n${CODE}`, LOCAL)).toBe('stop');
  });

  it('is refused for a piece of text of a private place in an open folder', async () => {
    const { folders, ask } = house();
    folders.set(BANK, 'open');
    folders.set(BLOG, 'private');
    const place = `${BLOG}/secret/a.ts`;
    const folder = { kind: 'folder', uri: BANK } as const;
    await ask(CODE, LOCAL, undefined, [folder, { kind: 'place', uri: place }]);
    await ask(QUESTION, LOCAL, undefined, [folder, { kind: 'taint', level: 'private', of: place, isPlace: true }]);
    folders.set(BLOG, 'open');
    const taint = [{ place, level: 'private' }];
    expect(await ask(CODE)).toMatchObject({ taint });
    expect(await ask(QUESTION)).toMatchObject({ taint });
  });

  it('is refused for a piece of text whose completion nobody waited for', async () => {
    const { folders, leave, ask } = house();
    await leave(CODE, BANK);
    folders.set(BANK, 'open');
    expect(await ask(CODE)).toMatchObject(TAINT);
  });

  it('is refused for what was heard of an answer that nobody heard to its end', async () => {
    const { folders, begin, ask } = house(ANSWER, CODE);
    await begin('const a = 1;', BANK);
    folders.set(BANK, 'open');
    expect(await ask(CODE)).toMatchObject(TAINT);
  });

  it.each([undefined, [{ label: 'your question', text: CODE }]])(
    'is refused for what was typed while the window was private',
    async (material) => {
      const { folders, ask } = house();
      await ask(CODE, LOCAL, material);
      folders.set(BANK, 'open');
      expect(await ask(CODE)).toMatchObject(TAINT);
    },
  );

  it('is refused for what a model thought of a private question', async () => {
    const { folders, ask } = house('No.', CODE);
    await ask('Is it so?', LOCAL);
    folders.set(BANK, 'open');
    expect(await ask(CODE)).toMatchObject(TAINT);
  });

  it.each([
    ['a server of the network', TEAM],
    ['a model that its server passes on', PROXIED],
  ])('is refused wherever it goes beyond this machine: %s', async (_, model) => {
    const { folders, complete, ask } = house();
    await complete(CODE, BANK);
    folders.set(BANK, 'open');
    expect(await ask('What is a monad?', model)).toBe('stop');
    expect(await ask(CODE, model)).toMatchObject(TAINT);
  });

  it('is refused in the name of the folder that a chat has its text from, not of the one beside it', async () => {
    const { folders, ask } = house();
    folders.delete(BANK);
    folders.set(BLOG, 'open');
    await ask(CODE, LOCAL, undefined, [{ kind: 'window' }, { kind: 'taint', level: 'private', of: BANK }]);
    expect(await ask(CODE)).toMatchObject(TAINT);
  });

  it('is refused for an answer to a private question', async () => {
    const { folders, ask } = house();
    await ask('Write a reminder.', LOCAL);
    folders.set(BANK, 'open');
    expect(await ask(`Review this:\n${ANSWER}`)).toMatchObject(TAINT);
  });

  it('may have documents of its own folder in it, once that is open', async () => {
    const { folders, complete, ask } = house();
    await complete(CODE, BANK);
    folders.set(BANK, 'open');
    expect(await complete(CODE, BANK, CLOUD)).toBe('stop');
    const material = [
      { label: 'your question', text: 'Explain this code.' },
      { label: 'a.ts', uri: `${BANK}/a.ts`, text: CODE },
    ];
    expect(
      await ask(`From a.ts:\n${CODE}\n\nExplain this code.`, CLOUD, material, [{ kind: 'folder', uri: BANK }]),
    ).toBe('stop');
    const pasted = [{ label: 'your question', text: CODE }];
    expect(await ask(CODE, CLOUD, pasted)).toMatchObject(TAINT);
  });

  it('may not have a document of another folder in it into which the text was pasted', async () => {
    const { folders, complete } = house();
    folders.set(BLOG, 'open');
    await complete(CODE, BANK);
    expect(
      await complete(
        'export const posts = await load(folderOfPosts, { drafts: false, order: "newest" });',
        BLOG,
        CLOUD,
      ),
    ).toBe('stop');
    expect(await complete(`// pasted\n${CODE}`, BLOG, CLOUD)).toMatchObject(TAINT);
  });

  it('leaves the text of an open folder alone that was in a private chat beside others', async () => {
    const { folders, ask, complete } = house(`Like this:\n${CODE}`);
    folders.set(BLOG, 'open');
    const material = [
      { label: 'your question', text: 'Make it shorter.' },
      { label: 'a.ts', uri: `${BLOG}/a.ts`, text: CODE },
    ];
    await ask(`From a.ts:\n${CODE}\n\nMake it shorter.`, LOCAL, material, [
      { kind: 'window' },
      { kind: 'folder', uri: BLOG },
    ]);
    expect(await complete(CODE, BLOG, CLOUD)).toBe('stop');
  });

  it('is judged under the level that it was asked under, also when that is loosened before it goes', async () => {
    const { folders, complete, sent } = house();
    const asked = complete(CODE, BANK, CLOUD);
    folders.set(BANK, 'open');
    expect(await asked).toMatchObject({ rule: 'level:private' });
    expect(sent).toEqual([]);
    expect(await complete(CODE, BANK, CLOUD)).toBe('stop');
  });

  it('is judged under the strictest level since it was asked, also when that held for a moment only', async () => {
    const { mark, complete, sent } = house();
    mark(BANK, 'open');
    const asked = complete(CODE, BANK, CLOUD);
    mark(BANK, 'private');
    mark(BANK, 'open');
    expect(await asked).toMatchObject({ rule: 'level:private' });
    expect(sent).toEqual([]);
    expect(await complete(CODE, BANK, CLOUD)).toBe('stop');
  });

  it('is refused in a window without folders, whatever it says', async () => {
    const { folders, ask } = house();
    folders.clear();
    expect(await ask('hello')).toMatchObject({ rule: 'level:private' });
  });

  it('carries no list of passages when there were none', async () => {
    const { ask } = house();
    const refused = await ask('hello');
    expect(isRefusal(refused) && isRecalled(refused)).toBe(false);
  });
});
