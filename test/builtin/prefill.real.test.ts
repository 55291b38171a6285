import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Model, ROLES, type Role } from '../../src/core/model.ts';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { type Heard, NEVER, hear } from '../providers/support.ts';
import { ENDPOINT, SMALL, type TestEngine, startEngine } from './engine.ts';

/** Cancelling while a long prompt is read, told by the batches that the child counts, not by a clock. */
let engine: TestEngine;
let model: Model;
const provider = createBuiltin();
/** Called with each line of the child's. */
let heard: (line: string) => void = () => undefined;

beforeAll(async () => {
  engine = await startEngine({ counted: true, heard: (line) => heard(line) });
  await engine.add(SMALL);
  const [only] = (await provider.list(engine.line(), ENDPOINT, NEVER)).models;
  if (!only) throw new Error('no model');
  model = only;
}, 600_000);
afterAll(() => engine.stop());

const SENTENCE = 'The sky over the harbour was blue, and nobody who stood there thought of rain. ';

function ask(role: Role, text: string, signal: AbortSignal, line = engine.line()): Promise<Heard> {
  const wish = { maxTokens: 1, temperature: 0 };
  return role === 'completion'
    ? hear(provider.complete(line, { model, prompt: text, stops: [], ...wish }, signal))
    : hear(provider.chat(line, { model, messages: [{ role: 'user', text }], think: false, ...wish }, signal));
}

/** Tokens of each batch that some lines of the child's tell of. */
function batches(lines: readonly string[]): number[] {
  return lines.flatMap((line) => {
    const [, size] = /^batch (\d+)$/.exec(line) ?? [];
    return size === undefined ? [] : [Number(size)];
  });
}
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

test.each(ROLES)(
  'a %s that is cancelled in its prompt ends with the batch at hand; the next goes on from it',
  async (role) => {
    // Tokens that a prompt has in common with every other: the head of the chat's template.
    const warm = engine.line();
    for (const text of ['Another beginning.', 'Yet another.']) {
      expect((await ask(role, text, NEVER, warm)).error).toBeUndefined();
    }
    const shared = warm.usages.at(-1)?.cachedTokens ?? 0;

    const abort = new AbortController();
    /** What the child said from the first batch on. */
    const said: string[] = [];
    heard = (line) => {
      if (said.length === 0 && !line.startsWith('batch ')) return;
      said.push(line);
      abort.abort();
    };
    const cancelled = await ask(role, SENTENCE.repeat(150), abort.signal);
    expect(cancelled.end).toMatchObject({ reason: 'cancelled' });
    expect(cancelled.text).toBe('');
    // The same beginning, and longer than what can have been read of it.
    const line = engine.line();
    const next = await ask(role, SENTENCE.repeat(16), NEVER, line);
    heard = () => undefined;
    expect(next.error).toBeUndefined();

    const arrived = said.indexOf('cancel');
    const { promptTokens = 0, cachedTokens = 0 } = line.usages.at(-1) ?? {};
    // Most often only the one that had begun; each that began before the child knew is counted by its own order.
    const read = batches(said.slice(0, arrived));
    expect(read.length).toBeGreaterThan(0);
    expect(sum(read)).toBeLessThan(promptTokens);
    // Not one batch more of what nobody wants: all that followed is the next request's, which was not read again.
    expect(cachedTokens).toBe(shared + sum(read));
    expect(sum(batches(said.slice(arrived)))).toBe(promptTokens - cachedTokens);
  },
);
