import { beforeEach, describe, expect, test } from 'vitest';
import { type Meter, createMeter } from '../../../src/core/completion/meter.ts';
import { model } from './sample.ts';

const { id } = model('qwen2.5-coder:7b');
const OTHER = model('starcoder2:3b').id;

let meter: Meter;

beforeEach(() => {
  meter = createMeter();
});

describe('characters of a token', () => {
  test.each([
    ['at least 1', 1_000, 5_000, 1],
    ['at most 8', 50_000, 1_000, 8],
    ['as counted in between', 7_900, 1_000, 7.9],
  ])('are %s', (_, characters, promptTokens, expected) => {
    meter.counted(id, characters, { promptTokens });
    expect(meter.charactersPerToken(id)).toBe(expected);
  });

  test('are not learned from prompts of less than 256 characters', () => {
    meter.counted(id, 255, { promptTokens: 51 });
    expect(meter.charactersPerToken(id)).toBe(3);
    meter.counted(id, 256, { promptTokens: 64 });
    expect(meter.charactersPerToken(id)).toBe(4);
  });

  test.each([undefined, 0, -1])('are not learned from a count of %s', (count) => {
    meter.counted(id, 1_000, { ...(count !== undefined && { promptTokens: count }), promptMs: 100 });
    expect(meter.charactersPerToken(id)).toBe(3);
    expect(meter.prefillRate(id)).toBeUndefined();
  });

  test('follow the newest count by three tenths of the way', () => {
    meter.counted(id, 3_000, { promptTokens: 1_000 });
    meter.counted(id, 5_000, { promptTokens: 1_000 });
    expect(meter.charactersPerToken(id)).toBeCloseTo(3.6);
  });
});

describe('the speed of reading', () => {
  test('is not known before 96 tokens were read at once', () => {
    meter.counted(id, 400, { promptTokens: 95, promptMs: 100 });
    expect(meter.prefillRate(id)).toBeUndefined();
    meter.counted(id, 400, { promptTokens: 96, promptMs: 100 });
    expect(meter.prefillRate(id)).toBe(960);
  });

  test('is not learned from what was in the cache, even if the server counts more there than in the prompt', () => {
    meter.counted(id, 4_000, { promptTokens: 1_000, cachedTokens: 905, promptMs: 10 });
    meter.counted(id, 4_000, { promptTokens: 1_000, cachedTokens: 1_000, promptMs: 10 });
    meter.counted(id, 4_000, { promptTokens: 1_000, cachedTokens: 2_000, promptMs: 10 });
    expect(meter.prefillRate(id)).toBeUndefined();
  });

  test.each([0, -5, undefined])('is not learned from a time of %s', (ms) => {
    meter.counted(id, 4_000, { promptTokens: 1_000, ...(ms !== undefined && { promptMs: ms }) });
    expect(meter.prefillRate(id)).toBeUndefined();
    expect(meter.charactersPerToken(id), 'the length of tokens is').toBe(4);
  });

  test('is learned from short texts with many tokens', () => {
    meter.counted(id, 200, { promptTokens: 200, promptMs: 100 });
    expect(meter.prefillRate(id)).toBe(2_000);
    expect(meter.charactersPerToken(id)).toBe(3);
  });

  test('follows the newest figure by three tenths of the way, counted or waited for', () => {
    meter.counted(id, 3_000, { promptTokens: 1_000, promptMs: 1_000 });
    meter.counted(id, 3_000, { promptTokens: 1_000, promptMs: 500 });
    expect(meter.prefillRate(id)).toBeCloseTo(1_300);
    meter.waited(id, 3_000, 500);
    expect(meter.prefillRate(id)).toBeCloseTo(1_510);
  });
});

describe('a wait', () => {
  test('is for tokens of the length that was counted', () => {
    meter.counted(id, 2_000, { promptTokens: 500 });
    meter.waited(id, 2_000, 1_000);
    expect(meter.prefillRate(id)).toBe(500);
  });

  test('says nothing where little was new, or where there was none', () => {
    meter.waited(id, 287, 100);
    meter.waited(id, 3_000, 0);
    expect(meter.prefillRate(id)).toBeUndefined();
    meter.waited(id, 288, 100);
    expect(meter.prefillRate(id)).toBe(960);
  });
});

test('each model has figures of its own', () => {
  meter.counted(id, 4_000, { promptTokens: 1_000, promptMs: 500 });
  expect(meter.prefillRate(OTHER)).toBeUndefined();
  expect(meter.charactersPerToken(OTHER)).toBe(3);
  meter.counted(OTHER, 2_000, { promptTokens: 1_000, promptMs: 1_000 });
  expect(meter.prefillRate(id)).toBe(2_000);
  expect(meter.charactersPerToken(id)).toBe(4);
});
