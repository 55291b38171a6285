import { describe, expect, test } from 'vitest';
import { USUAL, fitContext, fitLayers } from '../../src/builtin/fit.ts';
import { createStopFilter } from '../../src/builtin/stops.ts';
import { createThreads } from '../../src/builtin/threads.ts';
import { createTokenText } from '../../src/builtin/tokenText.ts';
import { createTurns } from '../../src/builtin/turns.ts';

describe('stops', () => {
  const through = (stops: readonly string[], pieces: readonly string[]) => {
    const filter = createStopFilter(stops);
    let text = '';
    for (const piece of pieces) {
      const { text: sure, stopped } = filter.push(piece);
      text += sure;
      if (stopped) return { text, stopped };
    }
    return { text: text + filter.rest(), stopped: false };
  };
  test.each([
    [['END'], ['a E', 'N', 'D b'], 'a ', true],
    [['END'], ['a E', 'N', 'd'], 'a ENd', false],
    [['\n\n', '<|x|>'], ['one\n', '<|', 'x|>', 'two'], 'one\n', true],
    [['b', 'ab'], ['xab'], 'x', true],
    [[''], ['all'], 'all', false],
    [[], ['all', ' of it'], 'all of it', false],
  ])('%j in %j', (stops, pieces, text, stopped) => {
    expect(through(stops, pieces)).toEqual({ text, stopped });
  });
});

describe('text of tokens', () => {
  /** Tokens are bytes; as many vocabularies do, the space at the start of a text is dropped. */
  const model = {
    detokenize: (tokens: Uint32Array) => Buffer.from(tokens).toString('utf8').replace(/^ /, ''),
  };
  const spoken = (text: string, before: string) => {
    const out = createTokenText(model, Buffer.from(before).at(-1));
    const pieces = [...Buffer.from(text)].map((token) => out.push(token));
    return { pieces, text: pieces.join('') + out.rest() };
  };
  test('a character of several bytes comes whole', () => {
    const { pieces, text } = spoken('né 🙂!', 'x');
    expect(text).toBe('né 🙂!');
    expect(pieces.join('')).not.toContain('\uFFFD');
  });
  test.each([
    ['🙂', 1, ''],
    ['🙂', 3, ''],
    ['no 🙂', 6, 'no '],
    ['née', 2, 'n'],
  ])('of %s, %i bytes end with the last whole character', (text, bytes, expected) => {
    const out = createTokenText(model, Buffer.from('x').at(-1));
    const pieces = [...Buffer.from(text).subarray(0, bytes)].map((token) => out.push(token));
    expect(pieces.join('') + out.rest()).toBe(expected);
  });
  test('what was held back with half a character comes at the end', () => {
    // One token is a letter and the first byte of another character.
    const words = ['x', 'a\uFFFD'];
    const whole = { detokenize: (tokens: Uint32Array) => [...tokens].map((token) => words[token]).join('') };
    const out = createTokenText(whole, 0);
    expect(out.push(1)).toBe('');
    expect(out.rest()).toBe('a');
  });
  test('a space at the beginning of an answer stays', () => {
    expect(spoken(' word after word after word', 'x').text).toBe(' word after word after word');
  });
});

describe('context that fits', () => {
  const file = { sizeBytes: 4e9, tokenBytes: 131_072, trainedContext: 32_768 };
  test.each([
    ['what is usual', 16e9, 1, 4096],
    ['what is needed', 16e9, 9000, 9216],
    ['what the model was trained for', 64e9, 50_000, 32_768],
    ['what the memory takes', 4.95e9, 4096, 3051],
    ['nothing', 4e9, 1, 0],
  ])('%s', (_, free, needed, tokens) => {
    expect(fitContext({ file, free, inMemory: false, usual: USUAL.completion, needed })).toBe(tokens);
  });
});

test('context of a model whose file does not say what it was trained for is what is usual', () => {
  const wish = { free: 16e9, inMemory: false, usual: USUAL.chat };
  const file = { sizeBytes: 4e9, tokenBytes: 131_072, trainedContext: 0 };
  expect(fitContext({ ...wish, file, needed: 1 })).toBe(USUAL.chat);
  expect(fitContext({ ...wish, file, needed: 9000 })).toBe(USUAL.chat);
  expect(fitContext({ ...wish, file, free: 4e9, needed: 1 })).toBe(0);
});

describe('layers on a GPU', () => {
  const file = { sizeBytes: 8e9, layers: 32 };
  test.each([
    ['all where they fit', { total: 24e9, used: 1e9, unifiedSize: 0 }, 999],
    ['all where the memory is shared', { total: 6e9, used: 0, unifiedSize: 6e9 }, 999],
    ['as many as fit', { total: 6e9, used: 1e9, unifiedSize: 0 }, 16],
    ['none', { total: 1e9, used: 1e9, unifiedSize: 0 }, 0],
  ])('%s', (_, vram, layers) => {
    expect(fitLayers(file, vram)).toBe(layers);
  });
});

describe('threads', () => {
  const machine = () => {
    let at = 0;
    let busyMs = 0;
    const threads = createThreads(
      4,
      () => ({ busyMs, ownMs: 0 }),
      () => at,
    );
    const pass = (ms: number, others: number) => {
      at += ms;
      busyMs += ms * others;
    };
    return { threads, pass };
  };
  test('all cores when nobody else computes', () => {
    const { threads, pass } = machine();
    pass(1000, 0.1);
    expect(threads.now()).toBe(4);
  });
  test('less those that others use, and never none', () => {
    const { threads, pass } = machine();
    pass(1000, 1.1);
    expect(threads.now()).toBe(3);
    pass(1000, 6);
    expect(threads.now()).toBe(1);
    pass(1000, 0);
    expect(threads.now()).toBe(4);
  });
  test('one for a while after several were slower than one', () => {
    const { threads, pass } = machine();
    threads.took(1, 20, 1);
    threads.took(1, 300, 4);
    expect(threads.now()).toBe(1);
    pass(11_000, 0);
    expect(threads.now()).toBe(4);
    threads.took(1, 15, 4);
    expect(threads.now()).toBe(4);
  });
});

test('a completion does not wait for a chat, but for the batch at hand', async () => {
  const turns = createTurns();
  const order: string[] = [];
  const batch = (name: string, urgent: boolean) =>
    turns.take(urgent, async () => {
      await Promise.resolve();
      order.push(name);
    });
  await Promise.all([batch('chat 1', false), batch('chat 2', false), batch('completion', true)]);
  expect(order).toEqual(['chat 1', 'completion', 'chat 2']);
});
