import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, createEngine } from '../../../src/core/completion/engine.ts';
import type { SuggestOptions } from '../../../src/core/completion/snapshot.ts';
import type { CompletionState } from '../../../src/core/completion/state.ts';
import type { Model } from '../../../src/core/model.ts';
import type { Piece, Provider } from '../../../src/core/provider.ts';
import { createOllama } from '../../../src/providers/ollama.ts';
import { freeingRoadOf, realClock } from '../../providers/realRoad.ts';
import { NEVER, type TestLine, endpointAt, testLine } from '../../providers/support.ts';
import { type OllamaServer, startOllama } from '../../setup/ollama.ts';
import { CHAT_MODEL, FIM_MODELS } from '../../setup/ollamaModels.ts';
import { snapshot } from './sample.ts';

/** The engine on a real Ollama, in real time. What the small model writes is of no worth: it was not trained for this. */
let own: OllamaServer | undefined;
let url: string;
beforeAll(async () => {
  const shared = process.env['SWITCHYARD_TEST_OLLAMA'];
  if (shared === undefined) own = await startOllama({ models: [CHAT_MODEL, FIM_MODELS[0]] });
  url = own?.url ?? shared ?? '';
}, 1_800_000);
afterAll(() => own?.stop());

const SLOW = { timeout: 300_000 };
const OPTIONS: SuggestOptions = { trigger: 'automatic', delayMs: 'automatic', maxTokens: 24, contextTokens: 1024 };

interface Typing {
  readonly engine: Engine;
  readonly model: Model;
  readonly line: TestLine;
  readonly states: CompletionState[];
  /** Requests that the server has not answered to the end, and that were not given up. */
  readonly open: () => number;
  readonly sent: () => number;
}

/** The rest is heard too, whether or not anybody wants it. */
async function* toItsEnd(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  const source = pieces[Symbol.asyncIterator]();
  let next = await source.next();
  try {
    for (; next.done !== true; next = await source.next()) yield next.value;
  } finally {
    while (next.done !== true) next = await source.next();
  }
}

/** `givesUp: false`: what the engine does not want any more, the server writes to its end all the same. */
async function typing({ givesUp = true } = {}): Promise<Typing> {
  let sent = 0;
  let open = 0;
  const line = testLine();
  const provider = createOllama();
  const { models } = await provider.list(line, endpointAt(url, 'ollama'), NEVER);
  const model = models.find(({ name }) => name === FIM_MODELS[0]);
  if (!model) throw new Error(`${FIM_MODELS[0]} is not there`);
  async function* counted(pieces: AsyncIterable<Piece>) {
    sent += 1;
    open += 1;
    try {
      yield* pieces;
    } finally {
      open -= 1;
    }
  }
  const counting: Provider = {
    ...provider,
    complete: (to, request, signal) =>
      counted(givesUp ? provider.complete(to, request, signal) : toItsEnd(provider.complete(to, request, NEVER))),
  };
  const states: CompletionState[] = [];
  const engine = createEngine({
    clock: realClock,
    onState: (state) => void states.push(state),
    send: freeingRoadOf(counting, line),
  });
  return { engine, model, line, states, open: () => open, sent: () => sent };
}

/** A file of some length, with the cursor where a function is being written. */
const ABOVE = Array.from(
  { length: 24 },
  (_, n) =>
    `export function shelf${n}(books: Book[]): number {\n  return books.filter((b) => b.shelf === ${n}).length;\n}\n`,
).join('\n');
const BELOW = '\n}\n\nexport interface Book {\n  shelf: number;\n  pages: number;\n}\n';
const at = (typed: string) => snapshot(`${ABOVE}\nexport function pages(books: Book[]): number {\n${typed}‸${BELOW}`);

test('nine tenths of what it sends while a line is typed are in the cache of the server', SLOW, async () => {
  // The server counts only what it writes to its end; and where answers are given up, it may lose the model with its cache.
  const { engine, model, line, open, sent } = await typing({ givesUp: false });
  const options = { ...OPTIONS, maxTokens: 3 };
  await engine.suggest(at(''), model, options, NEVER);
  const text = '  let sum = 0;\n  for (const book of books) sum += book.pages;\n  return sum;';
  for (let length = 1; length <= text.length; length += 3) {
    const now = at(text.slice(0, length));
    engine.prepare(now, model, options);
    await engine.suggest(now, model, options, NEVER);
  }
  await expect.poll(open).toBe(0);
  engine.dispose();
  const prompt = line.usages.reduce((sum, { promptTokens = 0 }) => sum + promptTokens, 0);
  const cached = line.usages.reduce((sum, { cachedTokens = 0 }) => sum + cachedTokens, 0);
  console.log(
    `${line.usages.length} requests, ${prompt} prompt tokens, ${(cached / prompt).toFixed(3)} of them cached`,
  );
  expect(line.usages.length).toBe(sent());
  expect(sent()).toBeGreaterThan(8);
  expect(cached / prompt).toBeGreaterThanOrEqual(0.9);
});

test('what it shows stays while it is typed, without another request', SLOW, async () => {
  const { engine, model, sent } = await typing();
  // Some of what the small model writes would break the file, and is not shown.
  let [start, text] = ['', ''];
  for (const place of ['  const total = books.', '  return books.', '  let sum = ', '  // Adds up the']) {
    const suggestion = await engine.suggest(at(place), model, { ...OPTIONS, trigger: 'explicit' }, NEVER);
    if (!suggestion) continue;
    [start, text] = [place, suggestion.text];
    break;
  }
  expect(text.trim()).not.toBe('');
  const before = sent();
  for (let length = 1; length < text.trimEnd().length; length++) {
    const now = at(start + text.slice(0, length));
    engine.prepare(now, model, OPTIONS);
    const next = await engine.suggest(now, model, OPTIONS, NEVER);
    expect(next?.text).toBe(text.slice(length));
  }
  expect(sent()).toBe(before);
  engine.dispose();
});

test('a burst of a hundred keys leaves no request and no error', SLOW, async () => {
  const { engine, model, states, open } = await typing();
  const text =
    '  const everything = books.map((book) => book.pages * 2).filter((pages) => pages > 40).reduce((a, b) => a + b);';
  for (let length = 1; length <= 100; length++) {
    const stop = new AbortController();
    const now = at(text.slice(0, length));
    engine.prepare(now, model, OPTIONS);
    const wish = engine.suggest(now, model, OPTIONS, stop.signal);
    await sleep(8);
    if (length < 100) stop.abort();
    else await wish;
  }
  engine.cancel();
  await expect.poll(open).toBe(0);
  expect(engine.busy).toBe(false);
  expect(states.filter(({ state }) => state === 'failed' || state === 'refused')).toEqual([]);
  engine.dispose();
});
