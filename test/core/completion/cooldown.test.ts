import { beforeEach, describe, expect, test } from 'vitest';
import { type Cooldown, createCooldown } from '../../../src/core/completion/cooldown.ts';
import { AppError, ERROR_KINDS, type ErrorKind } from '../../../src/core/outcome.ts';
import { model } from './sample.ts';

const { id } = model('qwen2.5-coder:7b');
const OTHER = model('llama3.2:3b').id;
const NOW = 1_000_000;

let cooldown: Cooldown;

beforeEach(() => {
  cooldown = createCooldown();
});

const fail = (kind: ErrorKind, now = NOW, retryAfterMs?: number) =>
  cooldown.failed(id, new AppError(kind, retryAfterMs === undefined ? {} : { retryAfterMs }), now);

/** Milliseconds for which the model is left alone, up to a minute. */
function rest(now = NOW, who = id): number {
  let ms = 0;
  while (ms < 60_000 && cooldown.active(who, now + ms)) ms++;
  return ms;
}

test('nothing has failed at first', () => {
  expect(rest()).toBe(0);
});

const EXPECTED: Readonly<Record<ErrorKind, number>> = {
  interrupted: 0,
  timedOut: 0,
  contextTooLong: 0,
  badResponse: 0,
  busy: 1_000,
  rateLimited: 1_000,
  serverError: 1_000,
  unreachable: 10_000,
  unauthorized: 10_000,
  modelMissing: 10_000,
  outOfMemory: 10_000,
  unsupported: 10_000,
  misconfigured: 10_000,
  refused: 10_000,
};

test.each(ERROR_KINDS.map((kind) => [kind, EXPECTED[kind]] as const))('%s: %i ms', (kind, ms) => {
  fail(kind);
  expect(rest()).toBe(ms);
});

describe('a server that has too much to do', () => {
  test('is left alone twice as long after each failure, half a minute at most', () => {
    const rests = Array.from({ length: 8 }, () => {
      fail('busy');
      return rest();
    });
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('is left alone from its last failure on', () => {
    fail('busy');
    fail('busy', NOW + 700);
    expect(cooldown.active(id, NOW + 2_699)).toBe(true);
    expect(cooldown.active(id, NOW + 2_700)).toBe(false);
  });

  test.each([5_000, 500, 45_000, 0])('is left alone as long as it asks: %i ms', (ms) => {
    fail('rateLimited');
    fail('rateLimited', NOW, ms);
    expect(rest()).toBe(ms);
  });
});

test('a failure that lasts is tried again as often, whatever came before', () => {
  for (let n = 0; n < 5; n++) fail('unreachable');
  expect(rest()).toBe(10_000);
  fail('unauthorized', NOW, 1_000);
  expect(rest()).toBe(10_000);
});

describe('a failure of one request says nothing about the next', () => {
  test('so it makes no rest longer', () => {
    for (let n = 0; n < 4; n++) fail('interrupted');
    fail('busy');
    expect(rest()).toBe(1_000);
  });

  test('nor ends one', () => {
    fail('rateLimited', NOW, 5_000);
    fail('timedOut', NOW + 1_000);
    expect(rest()).toBe(5_000);
  });
});

describe('all is forgotten', () => {
  test('of a model once it answers', () => {
    for (let n = 0; n < 3; n++) fail('busy');
    cooldown.succeeded(id);
    expect(rest()).toBe(0);
    fail('busy');
    expect(rest(), 'the first failure again').toBe(1_000);
  });

  test('of every model when something was changed', () => {
    fail('busy');
    cooldown.failed(OTHER, new AppError('unreachable'), NOW);
    cooldown.clear();
    expect([rest(), rest(NOW, OTHER)]).toEqual([0, 0]);
  });
});

test('each model has a rest of its own', () => {
  fail('unreachable');
  expect(rest(NOW, OTHER)).toBe(0);
  cooldown.failed(OTHER, new AppError('busy'), NOW);
  expect(rest(NOW, OTHER)).toBe(1_000);
  cooldown.succeeded(OTHER);
  expect(rest()).toBe(10_000);
});
