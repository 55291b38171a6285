import { describe, expect, test } from 'vitest';
import { promptRoom } from '../../../src/core/completion/budget.ts';
import type { ContextBlocks } from '../../../src/core/completion/contextStore.ts';
import { askOf, spotOf } from '../../../src/core/completion/job.ts';
import { createMeter } from '../../../src/core/completion/meter.ts';
import { createPace } from '../../../src/core/completion/pace.ts';
import { createPlanner } from '../../../src/core/completion/planner.ts';
import { AUTOMATIC, fakeClock, model, snapshot } from './sample.ts';

const QWEN = model('qwen2.5-coder:7b');
const LARGE = { ...AUTOMATIC, contextTokens: 4096 };
const { id } = QWEN;

describe('what a model has shown of itself', () => {
  test('is nothing at first', () => {
    const meter = createMeter();
    expect(meter.prefillRate(id)).toBeUndefined();
    expect(meter.charactersPerToken(id)).toBe(3);
  });

  test('comes from the counts of the server, less what was in its cache', () => {
    const meter = createMeter();
    meter.counted(id, 3600, { promptTokens: 1000, cachedTokens: 600, promptMs: 500 });
    expect(meter.prefillRate(id)).toBe(800);
    expect(meter.charactersPerToken(id)).toBe(3.6);
    meter.counted(id, 3600, { promptTokens: 1000, cachedTokens: 995, promptMs: 100 });
    expect(meter.prefillRate(id), 'five tokens say nothing').toBe(800);
    meter.counted(id, 100, { promptTokens: 100 });
    expect(meter.charactersPerToken(id), 'nor does a short text').toBeCloseTo(3.6);
    meter.counted(id, 3600, { promptTokens: 900 });
    expect(meter.charactersPerToken(id)).toBeCloseTo(3.72);
  });

  test('comes from the wait, where the server does not count', () => {
    const meter = createMeter();
    meter.waited(id, 3000, 500);
    expect(meter.prefillRate(id)).toBe(2000);
    meter.waited(id, 30, 500);
    expect(meter.prefillRate(id)).toBe(2000);
  });
});

describe('the room', () => {
  const roomAt = (rate: number, who = QWEN, options = LARGE) => {
    const meter = createMeter();
    meter.counted(who.id, 3 * rate, { promptTokens: rate, promptMs: 1000 });
    return promptRoom(who, options, meter);
  };

  test('is what the model reads quickly', () => {
    expect(roomAt(300)).toEqual({ head: 512 * 3, near: 256 * 3, most: 4096 * 3 });
    expect(roomAt(1200)).toEqual({ head: 720 * 3, near: 300 * 3, most: 4096 * 3 });
    expect(roomAt(50_000)).toEqual({ head: 1024 * 3, near: 384 * 3, most: 4096 * 3 });
  });

  test('is within what the user and the model allow', () => {
    const { head, near, most } = roomAt(5000, QWEN, { ...LARGE, contextTokens: 600 });
    expect([head + near, most]).toEqual([600 * 3, 600 * 3]);
    const small = { ...QWEN, loaded: { contextLength: 1024 } };
    expect(roomAt(5000, small).most).toBe((1024 - 128 - 32) * 3);
  });

  test('does not grow where a model has to read all of it again and again', () => {
    const { head, near, most } = roomAt(5000, model('qwen3-coder-next'));
    expect([head, most]).toEqual([0, near]);
  });
});

test('the pause that is waited for follows the typing', () => {
  const delayOf = (gap: number, answer = 0) => {
    const pace = createPace();
    for (let n = 0; n < 60; n++) pace.key(1_000_000 + n * gap);
    for (let n = 0; n < 60; n++) pace.answered(answer);
    return pace.delay;
  };
  expect(delayOf(40)).toBe(75);
  expect(delayOf(120)).toBeCloseTo(180, 0);
  expect(delayOf(400)).toBe(300);
  expect(delayOf(5000), 'pauses say nothing').toBe(225);
  expect(delayOf(120, 200)).toBeLessThan(delayOf(120));
});

describe('other files', () => {
  const FOLDER = [{ kind: 'folder', uri: 'file:///work' }] as const;
  const cart = 'export interface Cart {\n  readonly items: readonly Item[];\n}';
  const blocks = (text: string): ContextBlocks => ({
    stable: [{ path: 'cart.ts', uri: 'file:///work/cart.ts', text, sources: FOLDER }],
    volatile: [],
  });

  function planned() {
    let text = cart;
    const clock = fakeClock();
    const planner = createPlanner(createMeter(), { of: () => blocks(text) }, clock);
    const plan = (marked: string, anew = false, who = QWEN) => {
      const shot = snapshot(marked);
      const spot = spotOf(shot, who, LARGE, 'useful');
      const job = anew ? planner.planAnew(spot, shot) : planner.plan(spot, shot);
      if (!job) throw new Error('no job');
      planner.sent(job);
      return job;
    };
    return { plan, clock, know: (now: string) => void (text = now) };
  }

  test('come in the form of the model, with their sources and for the screen', () => {
    const job = planned().plan('const a = |');
    const { request } = askOf(job);
    expect('prompt' in request && request.prompt).toMatch(
      /<\|file_sep\|>cart\.ts\nexport interface Cart[^]*<\|file_sep\|>a\.ts\n<\|fim_prefix\|>/,
    );
    expect(job.sources).toEqual([{ kind: 'window' }, ...FOLDER]);
    expect(job.material.map(({ uri }) => uri)).toEqual(['file:///a.ts', 'file:///work/cart.ts']);
  });

  test('stay as they are while somebody types, and for some time after', async () => {
    const { plan, clock, know } = planned();
    const first = plan('const a = |');
    know(`${cart}\nexport const EMPTY: Cart = { items: [] };`);
    expect(plan('const a = 1|').files).toBe(first.files);
    expect(plan('const a = 1|', true).files).toBe(first.files);
    await clock.pass(20_001);
    expect(plan('const a = 1|').files).toBe(first.files);
    expect(plan('const a = 1|', true).files[0]?.code).toContain('EMPTY');
  });

  test('that were not known yet, come when nobody waits', () => {
    const { plan, know } = planned();
    know('');
    expect(plan('const a = |').files).toEqual([]);
    know(cart);
    expect(plan('const a = 1|').files, 'all would have to be read again').toEqual([]);
    expect(plan('const a = 1|', true).files).toHaveLength(1);
  });

  test('go to no model that has no form for them', () => {
    expect(planned().plan('const a = |', false, model('codellama:7b-code')).files).toEqual([]);
    expect(planned().plan('const a = |', false, model('llama3.2:3b')).files).toEqual([]);
  });
});
