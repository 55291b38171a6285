import { describe, expect, test } from 'vitest';
import { promptRoom } from '../../../src/core/completion/budget.ts';
import { createMeter } from '../../../src/core/completion/meter.ts';
import { PROFILES, SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import type { SuggestOptions } from '../../../src/core/completion/snapshot.ts';
import type { Model } from '../../../src/core/model.ts';
import { AUTOMATIC, model, unloaded } from './sample.ts';

const QWEN = model('qwen2.5-coder:7b');
const LARGE = { ...AUTOMATIC, contextTokens: 4_096 };

interface Shown {
  /** Tokens per second. */
  readonly rate?: number;
  readonly perToken?: number;
}

/** Room in tokens, as a model that has shown this of itself gets it. */
function roomOf(who: Model, options: SuggestOptions = LARGE, { rate, perToken }: Shown = {}) {
  const { head, near, most } = promptRoom(who, options, {
    ...createMeter(),
    charactersPerToken: () => perToken ?? 1,
    prefillRate: () => rate,
  });
  return [head, near, most];
}

describe('what is near the cursor', () => {
  test.each([
    [1, 256],
    [1_024, 256],
    [1_028, 257],
    [1_532, 383],
    [1_536, 384],
    [100_000, 384],
  ])('is read in a quarter of a second, at %i tokens/s: %i tokens', (rate, near) => {
    expect(roomOf(QWEN, LARGE, { rate })[1]).toBe(near);
  });

  test('goes before the head where there is little room', () => {
    expect(roomOf(QWEN, { ...LARGE, contextTokens: 200 })).toEqual([0, 200, 200]);
    expect(roomOf(QWEN, { ...LARGE, contextTokens: 400 })).toEqual([80, 320, 400]);
  });
});

describe('the head', () => {
  test.each([
    [1, 512],
    [853, 512],
    [1_000, 600],
    [1_700, 1_020],
    [1_707, 1_024],
    [100_000, 1_024],
  ])('is read in 0.6 s, at %i tokens/s: %i tokens', (rate, head) => {
    expect(roomOf(QWEN, LARGE, { rate })[0]).toBe(head);
  });
});

test('while the speed is not known, the room is a usual one', () => {
  expect(roomOf(QWEN)).toEqual([1_024, 320, 4_096]);
});

describe('in all it is', () => {
  test('what the user allows, where the model does not say how much it takes', () => {
    expect(roomOf(QWEN, { ...LARGE, contextTokens: 3_000 })[2]).toBe(3_000);
    expect(roomOf(unloaded(QWEN), { ...LARGE, contextTokens: 3_000 })[2]).toBe(3_000);
  });

  test('what the model takes, less the answer and a margin', () => {
    const trained = { ...unloaded(QWEN), contextLength: 2_048 };
    expect(roomOf(trained)[2]).toBe(2_048 - 128 - 32);
    expect(roomOf(trained, { ...LARGE, maxTokens: 500 })[2]).toBe(2_048 - 500 - 32);
  });

  test('what the server has in force, rather than what the model was trained for', () => {
    const loaded = { ...QWEN, contextLength: 32_768, loaded: { contextLength: 1_024 } };
    expect(roomOf(loaded)[2]).toBe(1_024 - 128 - 32);
    expect(roomOf({ ...QWEN, contextLength: 2_048, loaded: {} })[2]).toBe(2_048 - 128 - 32);
  });

  test('nothing where the answer alone fills the model', () => {
    expect(roomOf({ ...QWEN, contextLength: 128 })).toEqual([0, 0, 0]);
  });
});

describe('characters', () => {
  test('are those of the model’s tokens', () => {
    expect(roomOf(QWEN, LARGE, { perToken: 4 })).toEqual([4_096, 1_280, 16_384]);
  });

  test('are whole ones', () => {
    expect(roomOf(QWEN, LARGE, { perToken: 3.3333 })).toEqual([3_413, 1_066, 13_653]);
  });

  test('and the speed are asked of the very model', () => {
    const meter = createMeter();
    meter.counted(model('starcoder2:3b').id, 8_000, { promptTokens: 1_000, promptMs: 10_000 });
    expect(promptRoom(QWEN, LARGE, meter)).toEqual({ head: 3_072, near: 960, most: 12_288 });
    meter.counted(QWEN.id, 4_000, { promptTokens: 1_000, promptMs: 100 });
    expect(promptRoom(QWEN, LARGE, meter)).toEqual({ head: 4_096, near: 1_536, most: 16_384 });
  });
});

describe('a model that has to read all of a prompt again', () => {
  const hybrid = PROFILES.find(({ quirks }) => quirks?.includes('noRollback') === true);

  test('gets what is near the cursor and no more', () => {
    expect(roomOf({ ...QWEN, ...(hybrid && { profile: hybrid }) })).toEqual([0, 320, 320]);
    expect(roomOf({ ...QWEN, ...(hybrid && { profile: hybrid }) }, LARGE, { rate: 400 })).toEqual([0, 256, 256]);
  });

  test('is known by its profile alone', () => {
    expect(roomOf({ ...QWEN, profile: { ...SERVER_FIELDS, quirks: ['fences'] } })[0]).toBe(1_024);
    expect(roomOf({ ...QWEN, profile: 'holeFilling' })[0]).toBe(1_024);
  });
});
