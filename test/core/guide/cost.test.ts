import { describe, expect, test } from 'vitest';
import { costText, readingCost } from '../../../src/core/guide/cost.ts';
import { INPUT_PRICES } from '../../../src/core/guide/inputPrices.ts';
import { OPENAI, model } from '../routing/fixtures.ts';

const GPT5 = model(OPENAI, 'gpt-5');

describe('what reading costs', () => {
  test('is tokens times the list price of the vendor', () => {
    expect(readingCost(GPT5, 1_000_000)).toEqual({ dollars: 1.25, pricedOn: '2026-11-10' });
    expect(readingCost(GPT5, 8_000)?.dollars).toBeCloseTo(0.01);
  });

  test('rises for long requests where the vendor says so, for all of the request', () => {
    const long = model(OPENAI, 'gpt-5.4');
    expect(readingCost(long, 272_000)?.dollars).toBeCloseTo(0.68);
    expect(readingCost(long, 272_001)?.dollars).toBeCloseTo(1.36, 4);
  });

  test.each([
    ['another name', model(OPENAI, 'gpt-5-of-tomorrow')],
    ['a name that objects have', model(OPENAI, 'constructor')],
    ['another server', model({ ...OPENAI, url: 'https://gateway.example/v1' }, 'gpt-5')],
    ['a host that objects have', model({ ...OPENAI, url: 'https://constructor/v1' }, 'name')],
    ['no address', model({ ...OPENAI, url: 'nowhere' }, 'gpt-5')],
  ])('is not known of %s', (_, which) => {
    expect(readingCost(which, 1000)).toBeUndefined();
  });

  test.each([
    [0.000_01, 'less than $0.0001'],
    [0.0123, 'about $0.0123'],
    [1.357, 'about $1.36'],
  ])('of %d dollars reads well', (dollars, words) => {
    const text = costText({ dollars, pricedOn: '2026-11-10' });
    expect(text).toBe(`${words} to read at the list price of 2026-11-10; the answer is not in it`);
  });
});

test('every price is a sane one: dollars per million tokens, and more where it rises', () => {
  const prices = Object.values(INPUT_PRICES).flatMap((models) => Object.values(models));
  expect(prices.length).toBeGreaterThan(100);
  for (const price of prices) {
    const [usual, limit, above] = typeof price === 'number' ? [price, Infinity, price] : price;
    expect(usual).toBeGreaterThan(0);
    expect(above).toBeLessThanOrEqual(200);
    expect(above).toBeGreaterThanOrEqual(usual);
    expect(limit).toBeGreaterThan(30_000);
  }
});
