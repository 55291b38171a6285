import { beforeEach, describe, expect, test } from 'vitest';
import { type Pace, createPace, delayOf } from '../../../src/core/completion/pace.ts';
import type { Zone } from '../../../src/core/model.ts';
import { AUTOMATIC, model } from './sample.ts';

const START = 1_000_000;

let pace: Pace;

beforeEach(() => {
  pace = createPace();
});

/** Strikes keys at these distances, in ms. */
function type(...gaps: number[]): void {
  let now = Math.max(START, pace.last);
  if (pace.last === 0) pace.key(now);
  for (const gap of gaps) pace.key((now += gap));
}

const often = (gap: number) => Array.from({ length: 60 }, () => gap);

describe('the last key', () => {
  test('is none at first', () => {
    expect(pace.last).toBe(0);
  });

  test('is remembered after a pause too', () => {
    type(100, 60_000);
    expect(pace.last).toBe(START + 60_100);
  });

  test('is no matter of answers', () => {
    type();
    pace.answered(500);
    expect(pace.last).toBe(START);
  });
});

describe('the delay', () => {
  test('is one and a half of the gap between keys, and of a usual one before any', () => {
    expect(pace.delay).toBe(225);
    type();
    expect(pace.delay, 'one key has no gap').toBe(225);
    type(...often(100));
    expect(pace.delay).toBeCloseTo(150, 3);
  });

  test('moves by a fifth of the way with each key', () => {
    type(100);
    expect(pace.delay).toBeCloseTo((150 - 10) * 1.5);
    type(100);
    expect(pace.delay).toBeCloseTo((140 - 8) * 1.5);
  });

  test('is between 75 and 300 ms', () => {
    type(...often(10));
    expect(pace.delay).toBe(75);
    type(...often(500));
    expect(pace.delay).toBe(300);
  });

  test('is not longer for a pause of a second', () => {
    type(...often(40));
    type(1_000);
    expect(pace.delay).toBe(75);
    type(999);
    expect(pace.delay, 'a slow key').toBe(300);
  });

  test('is not shorter for keys that come at once, nor for a clock that was set back', () => {
    type(0, 0, 0, -5_000);
    expect(pace.delay).toBe(225);
  });

  test('is shorter by a quarter of what answers take', () => {
    pace.answered(400);
    expect(pace.delay, 'one answer counts a fifth').toBeCloseTo(225 - 80 / 4);
    pace.answered(400);
    expect(pace.delay).toBeCloseTo(225 - 144 / 4);
    for (let n = 0; n < 60; n++) pace.answered(400);
    expect(pace.delay).toBeCloseTo(125, 3);
  });

  test('is 75 ms still where answers take long', () => {
    for (let n = 0; n < 60; n++) pace.answered(5_000);
    expect(pace.delay).toBe(75);
  });

  test('is as long as before when answers are quick again', () => {
    for (let n = 0; n < 60; n++) pace.answered(400);
    for (let n = 0; n < 60; n++) pace.answered(0);
    expect(pace.delay).toBeCloseTo(225, 3);
  });
});

describe('a request waits', () => {
  const waits = (zone: Zone, delayMs: number | 'automatic', sinceKey: number) =>
    delayOf({ model: model('qwen2.5-coder:7b', { zone }), options: { ...AUTOMATIC, delayMs } }, pace, START + sinceKey);

  beforeEach(() => type());

  test('in a cloud for what is left of a pause', () => {
    expect(waits('cloud', 'automatic', 0)).toBe(225);
    expect(waits('cloud', 'automatic', 200)).toBe(25);
    expect(waits('cloud', 'automatic', 10_000)).toBe(0);
  });

  test('for nothing on this machine and in the network', () => {
    expect([waits('device', 'automatic', 0), waits('network', 'automatic', 0)]).toEqual([0, 0]);
  });

  test('as long as the user wants, wherever it goes', () => {
    expect([waits('device', 120, 200), waits('cloud', 120, 0), waits('cloud', 0, 0)]).toEqual([120, 120, 0]);
  });
});
