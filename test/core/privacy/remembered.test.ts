import { describe, expect, it } from 'vitest';
import { createRemembered } from '../../../src/core/privacy/remembered.ts';
import { readRemembered, writeRemembered } from '../../../src/core/privacy/rememberedFile.ts';
import type { SipKey } from '../../../src/core/privacy/sipHash.ts';

const KEY: SipKey = [1, 2, 3, 4];
const CART = `export function totalOf(cart: Cart, rates: ReadonlyMap<string, number>): Money {
  const lines = cart.entries.map(({ article, amount }) => article.price * amount);
  const net = lines.reduce((sum, line) => sum + line, 0);
  return { net, gross: net * (1 + (rates.get(cart.country) ?? 0.19)), currency: cart.currency };
}`;
const QUIZ = `function askNext(quiz, player) {
  const open = quiz.questions.filter((question) => !player.answered.has(question.id));
  return open[Math.floor(quiz.dice() * open.length)] ?? finish(quiz, player);
}`;
const SHOP = [{ folder: 'file:///shop', level: 'private' }] as const;
const GAME = [{ folder: 'file:///game', level: 'internal' }] as const;

describe('what is remembered of private text', () => {
  it('tells whose a copied piece is, and nothing of other text', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([{ text: CART, taint: SHOP }]);
    remembered.remember([{ text: QUIZ, taint: GAME }]);
    expect(remembered.recall([`What does this do?\n${CART.split('\n').slice(1, 3).join('\n')}`])).toEqual(SHOP);
    expect(remembered.recall([QUIZ])).toEqual(GAME);
    expect(remembered.recall([`${CART}\n${QUIZ}`])).toEqual([...SHOP, ...GAME]);
    expect(remembered.recall(['How do I sort an array of objects by two of their properties in TypeScript?'])).toEqual(
      [],
    );
  });

  it('keeps the strictest level that a text had in each folder', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([{ text: CART, taint: [{ folder: 'file:///shop', level: 'internal' }] }]);
    remembered.remember([{ text: CART, taint: SHOP }]);
    remembered.remember([{ text: CART, taint: [{ folder: 'file:///shop', level: 'internal' }] }]);
    expect(remembered.recall([CART])).toEqual(SHOP);
  });

  it('remembers nothing of open text', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([{ text: CART, taint: [{ folder: 'file:///shop', level: 'open' }] }]);
    expect(remembered.size).toBe(0);
  });

  it('leaves text of a document to its folder, also where a private prompt or an answer quotes it', () => {
    const remembered = createRemembered(KEY);
    const prompt = `From quiz.js:\n\n${QUIZ}\n\nRewrite it in the style of the cart that I described: ${'sums over maps of prices '.repeat(3)}`;
    remembered.remember(
      [{ text: prompt, taint: SHOP }],
      [{ text: QUIZ, taint: [{ folder: 'file:///game', level: 'open' }] }],
    );
    expect(remembered.recall([QUIZ])).toEqual([]);
    expect(remembered.recall([prompt])).toEqual(SHOP);
  });

  it('knows a private document again that was in a prompt', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([], [{ text: CART, taint: SHOP }]);
    expect(remembered.recall([`pasted:\n${CART}`])).toEqual(SHOP);
  });

  it('forgets the oldest when it is full', () => {
    const remembered = createRemembered(KEY, 24);
    remembered.remember([{ text: CART, taint: SHOP }]);
    remembered.remember([{ text: QUIZ.repeat(3), taint: GAME }]);
    expect(remembered.size).toBeLessThanOrEqual(24);
    expect(remembered.recall([CART])).toEqual([]);
    expect(remembered.recall([QUIZ])).toEqual(GAME);
  });

  it('still knows the older half', () => {
    const all = createRemembered(KEY);
    all.remember([{ text: CART, taint: SHOP }]);
    const remembered = createRemembered(KEY, 2 * all.size);
    remembered.remember([{ text: CART, taint: SHOP }]);
    remembered.remember([{ text: 'too short', taint: GAME }]);
    expect(remembered.recall([CART])).toEqual(SHOP);
  });

  it('releases no text of the window, which is no folder’s', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([{ text: CART, taint: [{ level: 'private' }] }]);
    expect(remembered.release(new Set(['file:///shop', '']))).toBe(false);
    expect(remembered.recall([CART])).toEqual([{ level: 'private' }]);
  });

  it('releases what came from some folders, and keeps the others’ claim', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([{ text: CART, taint: [...SHOP, ...GAME] }]);
    remembered.remember([{ text: QUIZ, taint: SHOP }]);
    expect(remembered.release(new Set(['file:///shop']))).toBe(true);
    expect(remembered.recall([QUIZ])).toEqual([]);
    expect(remembered.recall([CART])).toEqual(GAME);
  });

  it('releases some texts alone', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([
      { text: CART, taint: SHOP },
      { text: QUIZ, taint: SHOP },
    ]);
    expect(remembered.release(new Set(['file:///shop']), [CART])).toBe(true);
    expect(remembered.release(new Set(['file:///shop']), [CART])).toBe(false);
    expect(remembered.recall([CART])).toEqual([]);
    expect(remembered.recall([QUIZ])).toEqual(SHOP);
  });

  it('leaves a document to its own folder when it looks, and to nobody else’s', () => {
    const remembered = createRemembered(KEY);
    remembered.remember([{ text: CART, taint: SHOP }]);
    const opened = { text: CART, taint: [{ folder: 'file:///shop', level: 'open' }] } as const;
    expect(remembered.recall([`From cart.ts:\n${CART}`], [opened])).toEqual([]);
    expect(remembered.recall([CART], [{ text: QUIZ, taint: opened.taint }])).toEqual(SHOP);
    const pasted = { text: CART, taint: [{ folder: 'file:///elsewhere', level: 'open' }] } as const;
    expect(remembered.recall([], [pasted])).toEqual(SHOP);
  });

  describe('of a place inside a folder', () => {
    const RATES = { place: 'file:///shop/secret/rates.ts', level: 'private' } as const;
    const taint = [{ folder: 'file:///shop', level: 'open' }, RATES] as const;

    it('is known again in a file beside it, and in a question', () => {
      const remembered = createRemembered(KEY);
      remembered.remember([], [{ text: CART, taint }]);
      const beside = [taint[0], { place: 'file:///shop/a.ts', level: 'open' }] as const;
      expect(remembered.recall([CART])).toEqual([RATES]);
      expect(remembered.recall([], [{ text: CART, taint: beside }])).toEqual([RATES]);
      expect(remembered.recall([], [{ text: CART, taint }])).toEqual([]);
      expect(remembered.recall([CART], [{ text: QUIZ, taint: [{ level: 'open' }] }])).toEqual([RATES]);
    });

    it('is released with its own name alone, also after it was on the disk', () => {
      const remembered = createRemembered(KEY);
      const before = createRemembered(KEY);
      before.remember([], [{ text: CART, taint }]);
      for (const read of readRemembered(writeRemembered(before.entries(), KEY), KEY)) remembered.merge(read);
      expect(remembered.release(new Set(['file:///shop']), [CART])).toBe(false);
      expect(remembered.recall([CART])).toEqual([RATES]);
      expect(remembered.release(new Set([RATES.place]))).toBe(true);
      expect(remembered.recall([CART])).toEqual([]);
    });
  });
});

describe('the file of what is remembered', () => {
  const remembered = createRemembered(KEY);
  remembered.remember([{ text: CART, taint: SHOP }]);
  remembered.remember([{ text: QUIZ, taint: GAME }]);
  const bytes = writeRemembered(remembered.entries(), KEY);

  it('gives back what was written, and holds no text', () => {
    const other = createRemembered(KEY);
    const read = [...readRemembered(bytes, KEY)];
    expect(read).toEqual([[...remembered.entries()]]);
    for (const entries of read) other.merge(entries);
    expect(other.recall([CART])).toEqual(SHOP);
    const text = new TextDecoder('latin1').decode(bytes);
    for (const word of CART.split(/\W+/u).filter((each) => each.length > 4)) expect(text).not.toContain(word);
  });

  it('adds the claims of another window to its own, and takes none of its own back', () => {
    const mine = createRemembered(KEY);
    mine.remember([
      { text: CART, taint: [{ folder: 'file:///shop', level: 'internal' }] },
      { text: QUIZ, taint: SHOP },
    ]);
    const theirs = createRemembered(KEY);
    theirs.remember([{ text: CART, taint: SHOP }]);
    theirs.remember([{ text: QUIZ, taint: GAME }]);
    mine.merge(theirs.entries());
    expect(mine.recall([CART])).toEqual(SHOP);
    expect(mine.recall([QUIZ])).toEqual(expect.arrayContaining([...SHOP, ...GAME]));
    const looser = createRemembered(KEY);
    looser.remember([{ text: CART, taint: [{ folder: 'file:///shop', level: 'internal' }] }]);
    mine.merge(looser.entries());
    expect(mine.recall([CART])).toEqual(SHOP);
  });

  it('is of no use with another key, and broken ones are not taken for empty', () => {
    const read = (some: Uint8Array, key = KEY) => [...readRemembered(some, key)];
    expect(() => read(bytes, [9, 9, 9, 9])).toThrow('another key');
    expect(() => read(bytes.subarray(0, -5))).toThrow('cut off');
    const twice = Buffer.concat([bytes, bytes]);
    expect(read(twice)).toHaveLength(2);
    expect(() => read(twice.subarray(0, -5))).toThrow('cut off');
    const strange = bytes.slice();
    strange.fill(0xff, -4);
    expect(() => read(strange)).toThrow('names a taint');
    expect(() => read(new Uint8Array(0))).toThrow('JSON');
    expect(() => read(new TextEncoder().encode('{"version":2}\n'))).toThrow('version');
  });

  it('tells as news what it did not know, once', () => {
    const one = createRemembered(KEY);
    one.remember([{ text: CART, taint: SHOP }]);
    expect(one.news()).toEqual([...one.entries()]);
    one.remember([{ text: CART, taint: SHOP }]);
    expect(one.news()).toEqual([]);
    one.remember([{ text: CART, taint: GAME }]);
    expect(one.news()).toEqual([...one.entries()]);
  });
});
