import { beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../../src/core/completion/job.ts';
import { type Meter, createMeter } from '../../../src/core/completion/meter.ts';
import { SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import type { RunEnd } from '../../../src/core/completion/run.ts';
import { type Slot, agrees, createSlot } from '../../../src/core/completion/slot.ts';
import { AppError, refusal } from '../../../src/core/outcome.ts';
import { type FakeClock, fakeClock, model, unloaded } from './sample.ts';
import { type Asked, jobAt, stubbornSend } from './sends.ts';

const QWEN = model('qwen2.5-coder:7b');
const LLAMA = model('llama3.2:3b');
/** Enough text for a model to show its speed: 2,600 characters. */
const LONG = 'const value = compute(1);\n'.repeat(100);

let send: ReturnType<typeof stubbornSend>;
let clock: FakeClock;
let meter: Meter;
let slot: Slot;
let sent: Job[];
let told: (string | RunEnd)[];

beforeEach(() => {
  send = stubbornSend();
  clock = fakeClock();
  meter = createMeter();
  sent = [];
  told = [];
  slot = createSlot({
    send,
    clock,
    meter,
    planner: { sent: (job) => void sent.push(job) },
    onText: (run) => void told.push(run.text),
    onEnd: (_, end) => void told.push(slot.run ? 'an end while the slot is taken' : end),
  });
});

function begin(marked: string, asked?: Asked): Job {
  const job = jobAt(marked, asked);
  slot.begin(job);
  return job;
}

function typedInto(marked: string, asked?: Asked): string | undefined {
  const { base, place } = jobAt(marked, asked);
  return slot.typedInto(base, place);
}

const stop = (promptTokens?: number) =>
  ({ kind: 'end', reason: 'stop', ...(promptTokens !== undefined && { usage: { promptTokens } }) }) as const;

describe('the slot', () => {
  test('is free at first, and again once a request has ended', async () => {
    expect(slot.run).toBeUndefined();
    const job = begin('const a = |');
    expect(slot.run?.job).toBe(job);
    await send.last.text('1');
    expect(told).toEqual(['1']);
    await send.last.say(stop());
    expect(slot.run).toBeUndefined();
    expect(told).toEqual(['1', { end: 'done', text: '1' }]);
  });

  test('has room for one: the old request is aborted, and nothing is told of it', async () => {
    begin('const a = |');
    const [old] = send.exchanges;
    const job = begin('const b = |');
    expect(old?.signal.aborted).toBe(true);
    await old?.text('1;\n');
    await old?.fail(new AppError('interrupted'));
    expect(told).toEqual([]);
    expect(slot.run?.job).toBe(job);
    await send.last.text('2;\n');
    expect(told).toEqual([{ end: 'done', text: '2;' }]);
  });

  test('is free at once when its request is aborted', async () => {
    begin('const a = |');
    slot.abort();
    expect(slot.run).toBeUndefined();
    expect(send.last.signal.aborted).toBe(true);
    await send.last.text('1;\n');
    await clock.pass(120_000);
    expect(told).toEqual([]);
    slot.abort();
    expect(send.exchanges).toHaveLength(1);
  });

  test('tells the planner what was sent, whatever becomes of it', () => {
    const jobs = [begin('const a = |'), begin('const b = |')];
    slot.abort();
    expect(sent).toEqual(jobs);
  });
});

describe('what was typed of the text', () => {
  test('is nothing where no request runs', () => {
    expect(typedInto('const a = |')).toBeUndefined();
    begin('const a = |');
    slot.abort();
    expect(typedInto('const a = |')).toBeUndefined();
  });

  test('may be all that has come, and more', async () => {
    begin('const a = |');
    expect(typedInto('const a = |')).toBe('');
    expect(typedInto('const a = val|'), 'before any text').toBe('val');
    await send.last.text('value');
    expect(typedInto('const a = val|')).toBe('val');
    expect(typedInto('const a = value|')).toBe('value');
    expect(typedInto('const a = value + 1|')).toBe('value + 1');
  });

  test('is at most 32 characters ahead of it', async () => {
    begin('const a = |');
    expect(typedInto(`const a = ${'x'.repeat(32)}|`)).toHaveLength(32);
    expect(typedInto(`const a = ${'x'.repeat(33)}|`)).toBeUndefined();
    await send.last.text('xyz');
    expect(typedInto(`const a = xyz${'x'.repeat(32)}|`)).toHaveLength(35);
    expect(typedInto(`const a = xyz${'x'.repeat(33)}|`)).toBeUndefined();
  });

  test('is nothing of it where it says something else, or went back', async () => {
    begin('const a = |');
    await send.last.text('value');
    expect(typedInto('const a = vex|')).toBeUndefined();
    expect(typedInto('const a =|')).toBeUndefined();
  });

  test.each<[string, Asked]>([
    ['another document', { shot: { uri: 'file:///b.ts' } }],
    ['another model', { model: model('starcoder2:3b') }],
  ])('is nothing in %s', (_, asked) => {
    begin('const a = |');
    expect(typedInto('const a = v|', asked)).toBeUndefined();
  });

  test('is nothing where other text follows the cursor', () => {
    begin('const a = |\nb();');
    expect(typedInto('const a = v|\nc();')).toBeUndefined();
    expect(typedInto('const a = f(|)\nb();'), 'but what the editor closes').toBe('f(');
  });

  test('has several lines only where the request asks for them', async () => {
    begin('f();|');
    expect(typedInto('f();\ng();|'), 'a line may begin below').toBe('\ng();');
    expect(typedInto('f();\ng();\n|')).toBeUndefined();
    begin('if (a) {|');
    await send.last.text('\n    b();');
    expect(typedInto('if (a) {\n    b();\n|')).toBe('\n    b();\n');
  });
});

test.each([
  ['', '', true],
  ['value', '', true],
  ['', 'value', true],
  ['value', 'val', true],
  ['val', 'value', true],
  ['val ', 'value', true],
  ['value', 'vax', false],
  ['vax', 'value', false],
  [' value', 'value', false],
])('the text %j and the typed %j: %s', (text, typed, expected) => {
  expect(agrees(text, typed)).toBe(expected);
});

describe('what is unread', () => {
  test('is all of the first prompt', () => {
    const job = jobAt(`${LONG}const a = |`);
    expect(slot.unread(job)).toBe(`${LONG}const a = <|fim_prefix|><|fim_suffix|><|fim_middle|>`.length);
  });

  test('is what comes after the first difference from the last prompt, aborted or not', () => {
    begin(`${LONG}const a = |`);
    slot.abort();
    expect(slot.unread(jobAt(`${LONG}const a = |`))).toBe(0);
    expect(slot.unread(jobAt(`${LONG}const a = b|`))).toBe(1);
    begin(`${LONG}const b = |`);
    expect(slot.unread(jobAt(`${LONG}const a = |`)), 'the last one counts').toBe('a = '.length);
  });

  test('is the text after the cursor too, where it goes in a field of its own', () => {
    const fields = { model: { ...QWEN, profile: SERVER_FIELDS } };
    begin(`const a = |\n${LONG}`, fields);
    expect(slot.unread(jobAt(`const a = |\n${LONG}`, fields))).toBe(0);
    expect(slot.unread(jobAt(`const a = |\n${LONG}end();`, fields))).toBe('end();'.length);
  });

  test('is not known of chats', () => {
    expect(slot.unread(jobAt(`${LONG}const a = |`, { model: LLAMA }))).toBe(0);
  });
});

describe('the meter learns', () => {
  test('from what the server has counted', async () => {
    begin(`${LONG}const a = |`);
    const length = slot.run?.prompt.length ?? 0;
    await send.last.text('1');
    await send.last.say({ kind: 'end', reason: 'stop', usage: { promptTokens: length / 2, promptMs: 1_000 } });
    expect(meter.charactersPerToken(QWEN.id)).toBe(2);
    expect(meter.prefillRate(QWEN.id)).toBeCloseTo(length / 2);
  });

  test('the length of tokens from both sides of the cursor, where they go in fields of their own', async () => {
    begin(`${LONG}const a = |\n${LONG}`, { model: { ...QWEN, profile: SERVER_FIELDS } });
    await send.last.say(stop((2 * LONG.length + 'const a = \n'.length) / 4));
    expect(meter.charactersPerToken(QWEN.id)).toBeCloseTo(4);
  });

  test('nothing of a chat’s prompt, which has more in it than is known here', async () => {
    begin(`${LONG}const a = |`, { model: LLAMA });
    await send.last.text('1');
    await send.last.say(stop(1_000));
    expect(meter.charactersPerToken(LLAMA.id)).toBe(3);
  });

  test('from the wait for the first text, and not for those after it', async () => {
    begin(`${LONG}const a = |`);
    await clock.pass(500);
    await send.last.text('1');
    const rate = meter.prefillRate(QWEN.id);
    const characters = slot.run?.prompt.length ?? 0;
    expect(rate).toBeCloseTo(characters / 3 / 0.5);
    await clock.pass(5_000);
    await send.last.text(' + 2');
    expect(meter.prefillRate(QWEN.id)).toBe(rate);
  });

  test('only of the text that was new to the model', async () => {
    begin(`${LONG}const a = |`);
    begin(`${LONG}const b = |`);
    await clock.pass(500);
    await send.last.text('1');
    expect(meter.prefillRate(QWEN.id), 'too little to tell').toBeUndefined();
    begin(`${LONG}const b = 1;\n${LONG}const c = |`);
    const characters = `const b = 1;\n${LONG}<|fim_suffix|><|fim_middle|>const c = `.length;
    await clock.pass(500);
    await send.last.text('1');
    expect(meter.prefillRate(QWEN.id)).toBeCloseTo(characters / 3 / 0.5);
  });

  test('nothing from a wait while the server may have loaded the model', async () => {
    begin(`${LONG}const a = |`, { model: unloaded(QWEN) });
    await clock.pass(500);
    await send.last.text('1');
    expect(meter.prefillRate(QWEN.id)).toBeUndefined();
  });

  test('that it is slow, from a wait that was too long', async () => {
    begin(`${LONG}const a = |`);
    const characters = slot.run?.prompt.length ?? 0;
    await clock.pass(10_000);
    expect(told).toMatchObject([{ end: 'failed', error: { kind: 'timedOut' } }]);
    expect(meter.prefillRate(QWEN.id)).toBeCloseTo(characters / 3 / 10);
  });

  test('nothing from other failures, refusals, and requests that were aborted', async () => {
    begin(`${LONG}const a = |`);
    await clock.pass(500);
    await send.last.fail(new AppError('serverError'));
    begin(`const b = 1;\n${LONG}const b = |`);
    await clock.pass(500);
    await send.last.refuse(refusal('rule', 'No.'));
    begin(`const c = 1;\n${LONG}const c = |`);
    await clock.pass(500);
    slot.abort();
    await send.last.text('1');
    await send.last.say(stop(500));
    expect(meter.prefillRate(QWEN.id)).toBeUndefined();
    expect(meter.charactersPerToken(QWEN.id)).toBe(3);
  });
});

describe('a model that has just written is in memory, whatever the list says', () => {
  const away = { model: unloaded(QWEN) };
  /** Milliseconds until the next request is given up. */
  async function patience(asked: Asked): Promise<number> {
    const before = told.length;
    begin('const z = |', asked);
    for (const ms of [10_000, 60_000]) {
      await clock.pass(ms === 10_000 ? ms : 50_000);
      if (told.length > before) return ms;
    }
    return Infinity;
  }
  const writes = async () => {
    begin('const a = |', away);
    await send.last.text('1');
    await send.last.say(stop());
  };

  test('at first nothing is known', async () => {
    expect(await patience(away)).toBe(60_000);
  });

  test('for a minute', async () => {
    await writes();
    await clock.pass(59_999);
    expect(await patience(away)).toBe(10_000);
    await writes();
    await clock.pass(60_000);
    expect(await patience(away)).toBe(60_000);
  });

  test('of an aborted request too, but not by an end without text', async () => {
    begin('const a = |', away);
    await send.last.say(stop());
    expect(await patience(away)).toBe(60_000);
    begin('const a = |', away);
    await send.last.text('1');
    slot.abort();
    expect(await patience(away)).toBe(10_000);
  });

  test('unless another wrote since', async () => {
    await writes();
    const other = { model: unloaded(model('starcoder2:3b')) };
    expect(await patience(other)).toBe(60_000);
    begin('const b = |', other);
    await send.last.text('1');
    expect(await patience(away)).toBe(60_000);
  });
});
