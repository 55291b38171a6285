import type { Clock, Disposable } from '../../../src/core/event.ts';
import { type Model, modelId } from '../../../src/core/model.ts';
import { type Place, placeOf } from '../../../src/core/completion/place.ts';
import type { Snapshot, SuggestOptions } from '../../../src/core/completion/snapshot.ts';
import { type Cursor, textOf } from '../../../src/core/completion/text.ts';

const ENDPOINT = {
  id: 'ollama',
  label: 'Ollama',
  protocol: 'ollama',
  url: 'http://127.0.0.1:11434',
  zone: 'device',
  needsKey: false,
} as const;

/** A model in memory, on this machine. */
export function model(name: string, more: Partial<Model> = {}): Model {
  return {
    id: modelId(ENDPOINT, name),
    name,
    endpoint: ENDPOINT,
    zone: 'device',
    abilities: { insert: 'unknown', chat: true, tools: false, vision: false, thinking: false },
    loaded: {},
    ...more,
  };
}

export function unloaded({ loaded, ...rest }: Model): Model {
  return loaded ? rest : { ...rest };
}

/** Splits a text at the cursor: `‸`, or else the first `|`. */
export function at(marked: string): { text: string; cursor: Cursor } {
  const index = marked.includes('‸') ? marked.indexOf('‸') : marked.indexOf('|');
  if (index < 0) throw new Error('no cursor');
  const before = marked.slice(0, index).split('\n');
  return {
    text: marked.slice(0, index) + marked.slice(index + 1),
    cursor: { line: before.length - 1, character: (before.at(-1) ?? '').length },
  };
}

export function place(marked: string): Place {
  const { text, cursor } = at(marked);
  return placeOf(textOf(text), cursor);
}

export const SPACES = { insertSpaces: true, tabSize: 4 };

export function snapshot(marked: string, more: Partial<Snapshot> = {}): Snapshot {
  const { text, cursor } = at(marked);
  return {
    uri: 'file:///a.ts',
    fileName: 'a.ts',
    languageId: 'typescript',
    text: textOf(text),
    cursor,
    indentation: SPACES,
    eol: '\n',
    sources: [{ kind: 'window' }],
    ...more,
  };
}

export const AUTOMATIC: SuggestOptions = { trigger: 'automatic', delayMs: 100, maxTokens: 128, contextTokens: 1536 };
export const EXPLICIT: SuggestOptions = { ...AUTOMATIC, trigger: 'explicit', delayMs: 0 };

export interface FakeClock extends Clock {
  /** Lets `ms` pass, and everything that was due run, with the promises that hang on it. */
  pass(ms: number): Promise<void>;
}

export function fakeClock(): FakeClock {
  let now = 1_000_000;
  const due = new Set<{ readonly time: number; readonly run: () => void }>();
  return {
    now: () => now,
    after(ms, run): Disposable {
      const entry = { time: now + ms, run };
      due.add(entry);
      return { dispose: () => void due.delete(entry) };
    },
    async pass(ms) {
      const end = now + ms;
      await flush();
      for (;;) {
        const next = [...due].filter((e) => e.time <= end).toSorted((a, b) => a.time - b.time)[0];
        if (!next) break;
        due.delete(next);
        now = Math.max(now, next.time);
        next.run();
        await flush();
      }
      now = end;
    },
  };
}

/** Lets every promise that is ready run on. */
export async function flush(): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve));
}
