import type { ChatParts } from '../../../src/core/chat/session.ts';
import type { Passage, Question } from '../../../src/core/chat/thread.ts';
import type { Model } from '../../../src/core/model.ts';
import type { Level } from '../../../src/core/privacy/level.ts';
import { LEVELS, stricter } from '../../../src/core/privacy/level.ts';
import { createPolicy } from '../../../src/core/privacy/policy.ts';
import type { ChatRequest, Piece } from '../../../src/core/provider.ts';
import { type Sources, createRoad } from '../../../src/core/routing/road.ts';
import { explain } from '../../../src/core/wording.ts';

export const LOCAL: Model = {
  id: 'ollama/tiny',
  name: 'tiny',
  endpoint: {
    id: 'ollama',
    label: 'Ollama',
    protocol: 'ollama',
    url: 'http://127.0.0.1:11434',
    zone: 'device',
    needsKey: false,
  },
  zone: 'device',
  abilities: { insert: false, chat: true, tools: false, vision: false, thinking: true },
};
export const CLOUD: Model = {
  ...LOCAL,
  id: 'openai/big',
  name: 'big',
  endpoint: {
    id: 'openai',
    label: 'OpenAI',
    protocol: 'openai',
    url: 'https://api.openai.com/v1',
    zone: 'cloud',
    needsKey: true,
  },
  zone: 'cloud',
};

export function passage(text: string, more: Partial<Passage> = {}): Passage {
  return {
    uri: 'file:///shop/src/cart.ts',
    name: 'src/cart.ts',
    language: 'typescript',
    lines: [9, 11],
    text,
    problems: [],
    taint: [],
    ...more,
  };
}

export function question(text: string, more: Partial<Question> = {}): Question {
  return { role: 'user', id: 'q', intent: 'ask', text, passages: [], ...more };
}

export type Reply = (request: ChatRequest, signal: AbortSignal) => AsyncIterable<Piece>;

/** A real policy and road over levels that can be changed, with a scripted provider behind them. */
export function createParts(reply: Reply, model: Model | undefined = LOCAL) {
  const folders = new Map<string, Level>([['file:///shop', 'open']]);
  let window: Level = 'open';
  const levels: ChatParts['levels'] = {
    of: (sources) => {
      const all = sources.map((source): Level => {
        if (source.kind === 'taint') return source.level;
        if (source.kind === 'window') return window;
        // Of a place nothing may be said.
        return folders.get(source.uri) ?? (source.kind === 'place' ? 'open' : 'private');
      });
      return { level: all.reduce(stricter), reasons: [] };
    },
  };
  const sent: { readonly request: ChatRequest; readonly sources: Sources }[] = [];
  const policy = createPolicy(levels.of);
  const road = createRoad({
    policy,
    screen: { inspect: async () => Promise.resolve(undefined) },
    open: async () =>
      Promise.resolve({ fetch, breach: (detail) => new Error(detail), used: () => undefined, failed: () => undefined }),
    provider: async () =>
      Promise.resolve({
        protocol: 'ollama',
        list: async () => Promise.resolve({ models: [] }),
        complete: () => {
          throw new Error('not here');
        },
        chat: (_line, request, signal) => reply(request, signal),
      }),
  });
  let now = 0;
  let ids = 0;
  const state: { model: Model | undefined } = { model };
  const parts: ChatParts = {
    road: {
      chat: async (request, sources, signal) => {
        sent.push({ request, sources });
        return road.chat(request, sources, signal);
      },
    },
    clock: { now: () => now },
    levels,
    model: () => state.model,
    why: () => undefined,
    mends: () => [{ command: 'switchyard.startOllama', title: 'Start Ollama', args: ['ollama'] }],
    local: () => LOCAL,
    redact: async (text) => Promise.resolve(text),
    settings: () => ({ contextTokens: 4096, think: true }),
    explain,
    newId: () => `m${(ids += 1)}`,
  };
  return {
    parts,
    sent,
    state,
    tick: (ms: number) => (now += ms),
    setLevel: (level: Level, folder?: string) => {
      if (folder === undefined) window = level;
      else folders.set(folder, level);
    },
    strictestSent: () => {
      const all = sent.at(-1)?.sources ?? [];
      return LEVELS.find((level) => all.some((s) => levels.of([s]).level === level));
    },
  };
}

/** A stream of words, ended as told. */
export function words(...texts: readonly string[]): Reply {
  return async function* stream() {
    for (const text of texts) yield await Promise.resolve({ kind: 'text' as const, text });
    yield { kind: 'end', reason: 'stop' };
  };
}
