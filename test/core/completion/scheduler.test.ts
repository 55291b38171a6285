import { beforeEach, describe, expect, test } from 'vitest';
import { NO_CONTEXT } from '../../../src/core/completion/contextStore.ts';
import type { Job } from '../../../src/core/completion/job.ts';
import { createMeter } from '../../../src/core/completion/meter.ts';
import { createPlanner } from '../../../src/core/completion/planner.ts';
import { type Scheduler, type Want, createScheduler } from '../../../src/core/completion/scheduler.ts';
import type { Suggestion } from '../../../src/core/completion/snapshot.ts';
import type { CompletionState } from '../../../src/core/completion/state.ts';
import type { Model } from '../../../src/core/model.ts';
import { AppError, refusal } from '../../../src/core/outcome.ts';
import { EXPLICIT, type FakeClock, fakeClock, flush, model } from './sample.ts';
import { type Asked, jobAt } from './sends.ts';
import { type ScriptedSend, scriptedSend } from './server.ts';

const QWEN = model('qwen2.5-coder:7b');
const CLOUD = model('codestral-2508', { zone: 'cloud' });
/** 2,600 characters. */
const LONG = 'const value = compute(1);\n'.repeat(100);

let send: ScriptedSend;
let clock: FakeClock;
let states: CompletionState[];
/** Texts of requests that ended, and whether they are whole. */
let texts: [Job, string, boolean][];
let more: number;
let ahead: number;
let scheduler: Scheduler;

beforeEach(() => {
  send = scriptedSend();
  clock = fakeClock();
  states = [];
  texts = [];
  more = 0;
  ahead = 0;
  const meter = createMeter();
  scheduler = createScheduler({
    send,
    clock,
    meter,
    planner: createPlanner(meter, NO_CONTEXT, clock),
    onState: (state) => void states.push(state),
    onText: (...text) => void texts.push(text),
    onMore: () => void more++,
    onAhead: () => void ahead++,
  });
});

/** A job that waits for nothing but what its model makes it wait for. */
const job = (marked: string, { options, ...asked }: Asked = {}) =>
  jobAt(marked, { ...asked, options: { delayMs: 'automatic', ...options } });

interface Wish {
  readonly want: Want;
  /** What it was settled with, each time that it was. */
  readonly given: readonly (Suggestion | undefined)[];
  readonly text: string | undefined;
}

function wishFor(wished: Job, typed = ''): Wish {
  const given: (Suggestion | undefined)[] = [];
  return {
    want: { job: wished, typed, settle: (suggestion) => void given.push(suggestion) },
    given,
    get text() {
      return given.length === 0 ? 'pending' : given.at(-1)?.text;
    },
  };
}

/** The editor asks. */
function ask(marked: string, asked?: Asked): Wish {
  const wish = wishFor(job(marked, asked));
  scheduler.pursue(wish.want);
  return wish;
}

/** The document changes. */
function change(marked: string, asked?: Asked): Want {
  const want: Want = { job: job(marked, asked), typed: '' };
  scheduler.pursue(want);
  return want;
}

/** The editor asks for what a change has prepared. */
function join({ job: prepared, typed }: Want): Wish {
  const wish = wishFor(prepared, typed);
  scheduler.join(wish.want);
  return wish;
}

const leadsTo = (marked: string) => {
  const { base, place } = job(marked);
  return scheduler.leadsTo(base, place);
};

const kinds = () => states.map(({ state }) => state);

const prompt = () => ('prompt' in send.last.request ? send.last.request.prompt : '');

/** Until when a request that goes on is live, in ms from now, at most. */
async function lives(most: number): Promise<number> {
  for (let ms = 0; ms < most; ms++) {
    if (send.live === 0) return ms;
    await clock.pass(1);
  }
  return most;
}

describe('wishes', () => {
  test('the latest wins: the one before is settled with nothing, and its request aborted', async () => {
    const first = ask('const a = |');
    await flush();
    const second = ask('return |');
    expect(first.given).toEqual([undefined]);
    expect(send.calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await send.last.text('b;\n');
    expect(second.text).toBe('b;');
    expect(first.given).toHaveLength(1);
  });

  test('have one request at a time', async () => {
    for (const marked of ['a = |', 'b = |', 'c = |']) {
      ask(marked);
      await flush();
      expect(send.live).toBe(1);
    }
    expect(send.calls).toHaveLength(3);
  });

  test('are settled once, with what is worth showing', async () => {
    const wish = ask('const a = |');
    await send.last.text('1;\n');
    await clock.pass(5_000);
    expect(wish.given).toEqual([{ text: '1;', replaces: 0, model: QWEN, from: 'model' }]);
  });

  test('are settled with nothing where nothing is worth showing, and not sent again', async () => {
    const wish = ask('const a = |');
    await send.last.text('  ');
    await send.last.end();
    await clock.pass(1_000);
    expect(wish.given).toEqual([undefined]);
    expect(send.calls).toHaveLength(1);
  });

  test('can be settled from without; the request goes on', async () => {
    const wish = ask('const a = |');
    scheduler.settle();
    expect(wish.given).toEqual([undefined]);
    await send.last.text('1;\n');
    expect(wish.given).toHaveLength(1);
    expect(texts).toMatchObject([[wish.want.job, '1;', true]]);
  });

  test('and requests are what keeps it from being idle', async () => {
    expect(scheduler.idle).toBe(true);
    ask('const a = |', { options: { delayMs: 100 } });
    expect(scheduler.idle, 'wanted').toBe(false);
    await clock.pass(100);
    scheduler.settle();
    expect(scheduler.idle, 'under way').toBe(false);
    scheduler.abort();
    expect(scheduler.idle).toBe(true);
    expect(send.live).toBe(0);
  });
});

describe('a request is sent', () => {
  test.each(['device', 'network'] as const)('at once to a model in the zone %s', (zone) => {
    change('const a = |', { model: { ...QWEN, zone } });
    ask('return |', { model: { ...QWEN, zone } });
    expect(send.calls).toHaveLength(2);
  });

  test('after the delay that the user wants, wherever the model runs', async () => {
    for (const who of [QWEN, CLOUD]) {
      const before = send.calls.length;
      ask('const a = |', { model: who, options: { delayMs: 120 } });
      await clock.pass(119);
      expect(send.calls).toHaveLength(before);
      await clock.pass(1);
      expect(send.calls).toHaveLength(before + 1);
    }
    ask('return |', { model: CLOUD, options: { delayMs: 0 } });
    expect(send.calls).toHaveLength(3);
  });

  test('for the last of the wishes that come during the delay', async () => {
    const first = ask('a = |', { options: { delayMs: 100 } });
    await clock.pass(99);
    const second = ask('b = |', { options: { delayMs: 100 } });
    expect(first.given).toEqual([undefined]);
    await clock.pass(99);
    expect(send.calls).toHaveLength(0);
    await clock.pass(1);
    expect(send.calls).toHaveLength(1);
    await send.last.text('1;\n');
    expect(second.text).toBe('1;');
  });

  test('after another was aborted, also while it waits itself', () => {
    ask('a = |');
    ask('return |', { options: { delayMs: 100 } });
    expect(send.calls).toHaveLength(1);
    expect(send.last.signal.aborted).toBe(true);
  });

  test('for none that is settled during the delay', async () => {
    ask('a = |', { options: { delayMs: 100 } });
    scheduler.settle();
    await clock.pass(1_000);
    expect(send.calls).toHaveLength(0);
  });

  test('to a cloud when no key was struck for as long as tells a pause', async () => {
    change('const a = |', { model: CLOUD });
    await clock.pass(125);
    ask('const a = x|', { model: CLOUD });
    await clock.pass(99);
    expect(send.calls).toHaveLength(0);
    await clock.pass(1);
    expect(send.calls, '225 ms after the key').toHaveLength(1);
  });

  test('to a cloud at once when the last key was long ago', async () => {
    change('const a = |', { model: CLOUD });
    scheduler.settle();
    await clock.pass(225);
    ask('const a = |', { model: CLOUD });
    expect(send.calls).toHaveLength(1);
  });

  test('to a cloud sooner where its answers take long', async () => {
    ask('const a = |', { model: CLOUD });
    await clock.pass(400);
    await send.last.text('1;\n');
    change('const b = |', { model: CLOUD });
    await clock.pass(204);
    expect(send.calls).toHaveLength(1);
    await clock.pass(1);
    expect(send.calls, 'a quarter of a fifth of 400 ms').toHaveLength(2);
  });
});

describe('a request that typing agrees with', () => {
  test('is joined, and gives the rest', async () => {
    const first = ask('const a = |');
    await send.last.text('val');
    const second = ask('const a = v|');
    expect(first.given).toEqual([undefined]);
    expect(second.want.typed).toBe('v');
    await send.last.text('ue;\n');
    expect(second.text).toBe('alue;');
    expect(send.calls).toHaveLength(1);
  });

  test('is joined without a delay', async () => {
    const options = { delayMs: 100 };
    ask('const a = |', { options });
    await clock.pass(100);
    const second = ask('const a = v|', { options });
    await send.last.text('value;\n');
    expect(second.text).toBe('alue;');
  });

  test('is followed by another once its text disagrees', async () => {
    ask('const a = |');
    const second = ask('const a = w|');
    expect(send.calls).toHaveLength(1);
    await send.last.text('v');
    expect(send.calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(prompt()).toMatch(/const a = w$/);
    expect(second.want.typed).toBe('');
    await send.last.text('1;\n');
    expect(second.text).toBe('1;');
  });

  test('is followed by another once it ends with nothing beyond what was typed', async () => {
    ask('const a = |');
    const second = ask('const a = 1;|');
    await send.last.text('1;\n');
    expect(second.given).toEqual([]);
    expect(send.calls).toHaveLength(2);
    await send.last.end();
    expect(second.given, 'but not by a third').toEqual([undefined]);
    expect(send.calls).toHaveLength(2);
  });

  test('is followed by another that ends soon where nobody has asked yet', async () => {
    change('const a = |');
    change('const a = w|');
    await send.last.text('v');
    expect(send.calls).toHaveLength(2);
    expect(await lives(1_000)).toBe(500);
  });

  test('of one line is not joined by a user who asks for lines', () => {
    const single = { lines: 'asked' } as const;
    ask('f(|)', single);
    ask('f(|)', { ...single, options: EXPLICIT });
    expect(send.calls).toHaveLength(2);
    expect(send.calls[0]?.signal.aborted).toBe(true);
    ask('f(|)', { ...single, options: EXPLICIT });
    expect(send.calls, 'nor one of several lines a second time').toHaveLength(2);
  });

  test('of one line is joined where lines are wanted, but not asked for', () => {
    ask('f(|)', { lines: 'asked' });
    ask('f(|)');
    expect(send.calls).toHaveLength(1);
  });

  test('of one line is joined by a user who can have no more there', () => {
    ask('f(| + 1)');
    ask('f(| + 1)', { options: EXPLICIT });
    expect(send.calls).toHaveLength(1);
  });
});

describe('a wish that a change has prepared', () => {
  test('is found for the same place, until somebody asks', async () => {
    const want = change('f(|)\ng();');
    expect(scheduler.preparedFor(job('f(|)\ng();'))).toBe(want);
    const wish = join(want);
    expect(scheduler.preparedFor(job('f(|)\ng();'))).toBeUndefined();
    await send.last.text('1');
    await send.last.end();
    expect(wish.text).toBe('1');
    expect(scheduler.preparedFor(job('f(|)\ng();')), 'nor when it is over').toBeUndefined();
  });

  test.each<[string, string, Asked]>([
    ['another place', 'f(1|)\ng();', {}],
    ['other text right of the cursor', 'f(|))\ng();', {}],
    ['other text below', 'f(|)\nh();', {}],
    ['another document', 'f(|)\ng();', { shot: { uri: 'file:///b.ts' } }],
    ['another model', 'f(|)\ng();', { model: model('starcoder2:3b') }],
    ['a user who asks here and now', 'f(|)\ng();', { options: EXPLICIT }],
  ])('is not for %s', (_, marked, asked) => {
    change('f(|)\ng();');
    expect(scheduler.preparedFor(job(marked, asked))).toBeUndefined();
  });

  test('is joined during its delay, and starts no later for that', async () => {
    const options = { delayMs: 100 };
    const want = change('const a = |', { options });
    await clock.pass(60);
    join(want);
    await clock.pass(40);
    expect(send.calls).toHaveLength(1);
  });

  test('ends with its request half a second after it began, delay or not', async () => {
    change('const a = |');
    expect(await lives(1_000)).toBe(500);
    change('const b = |', { options: { delayMs: 100 } });
    await clock.pass(100);
    expect(await lives(1_000)).toBe(500);
    expect(scheduler.idle).toBe(true);
  });

  test('goes on with each key that agrees', async () => {
    change('const a = |');
    await clock.pass(400);
    change('const a = v|');
    expect(await lives(1_000)).toBe(500);
    expect(send.calls).toHaveLength(1);
  });

  test('does not end once somebody has asked', async () => {
    join(change('const a = |'));
    expect(await lives(2_000)).toBe(2_000);
  });

  test('that was too long ends as soon as any', async () => {
    change(`${LONG}const a = |`);
    await send.last.fail(new AppError('contextTooLong'));
    expect(send.calls).toHaveLength(2);
    expect(await lives(1_000)).toBe(500);
  });
});

describe('a wish that is withdrawn', () => {
  test('is settled at once, and its request runs on for 40 ms', async () => {
    const wish = ask('const a = |');
    scheduler.withdraw(wish.want);
    expect(wish.given).toEqual([undefined]);
    expect(await lives(1_000)).toBe(40);
    expect(scheduler.idle).toBe(true);
  });

  test('sends nothing any more', async () => {
    const wish = ask('const a = |', { options: { delayMs: 10 } });
    scheduler.withdraw(wish.want);
    await clock.pass(1_000);
    expect(send.calls).toHaveLength(0);
  });

  test('leaves the one that came after it alone', async () => {
    const first = ask('const a = |');
    const second = ask('const a = v|');
    scheduler.withdraw(first.want);
    expect(await lives(1_000)).toBe(1_000);
    expect(second.given).toEqual([]);
  });

  test('leaves its request to the next', async () => {
    scheduler.withdraw(ask('const a = |').want);
    await clock.pass(39);
    const next = ask('const a = v|');
    await clock.pass(1_000);
    await send.last.text('value;\n');
    expect(next.text).toBe('alue;');
    expect(send.calls).toHaveLength(1);
  });

  test('and that a change had prepared, has no longer', async () => {
    const wish = join(change('const a = |'));
    await clock.pass(60);
    scheduler.withdraw(wish.want);
    expect(await lives(1_000)).toBe(40);
  });

  test('has no longer for what was prepared before it', async () => {
    change('const a = |', { options: { delayMs: 200 } });
    await clock.pass(10);
    const wish = ask('return |', { options: EXPLICIT });
    scheduler.withdraw(wish.want);
    expect(await lives(1_000)).toBe(40);
  });
});

describe('a place', () => {
  test('that typing has come to keeps the request for half a second', async () => {
    scheduler.withdraw(ask('const a = |').want);
    await clock.pass(30);
    expect(leadsTo('const a = v|')).toBe(true);
    expect(await lives(1_000)).toBe(500);
  });

  test('that typing has come to keeps it also when the wish is withdrawn after that', async () => {
    const wish = ask('const a = |');
    expect(leadsTo('const a = v|')).toBe(true);
    await clock.pass(10);
    scheduler.withdraw(wish.want);
    expect(await lives(1_000)).toBe(490);
  });

  test('that the request does not lead to keeps nothing', async () => {
    scheduler.withdraw(ask('const a = |\nb();').want);
    expect(leadsTo('const a = \nb();|')).toBe(false);
    await send.last.text('value');
    expect(leadsTo('const a = w|\nb();')).toBe(false);
    expect(await lives(1_000)).toBe(40);
  });

  test('is the wish’s own while that waits', () => {
    expect(leadsTo('const a = |')).toBe(false);
    ask('const a = |', { options: { delayMs: 100 } });
    expect(leadsTo('const a = |')).toBe(true);
    expect(leadsTo('const a = v|')).toBe(false);
    expect(leadsTo('const a = |\nb();')).toBe(false);
  });

  test('does not end the wish of somebody who waits', async () => {
    const wish = ask('const a = |');
    expect(leadsTo('const a = |')).toBe(true);
    await clock.pass(2_000);
    await send.last.text('1;\n');
    expect(wish.text).toBe('1;');
  });
});

describe('a request that takes long', () => {
  test('gives its whole lines 300 ms after its first text, goes on, and tells of more', async () => {
    const wish = ask('if (a) {|');
    await clock.pass(500);
    await send.last.text('\n    b();\n    c(');
    await clock.pass(299);
    expect(wish.given).toEqual([]);
    await clock.pass(1);
    expect(wish.given).toMatchObject([{ text: '\n    b();', from: 'model' }]);
    await clock.pass(3_000);
    expect(send.live).toBe(1);
    expect(more).toBe(0);
    await send.last.text('d);\n}\n');
    expect(more).toBe(1);
    expect(wish.given).toHaveLength(1);
    expect(texts).toMatchObject([[wish.want.job, '\n    b();\n    c(d);\n}', true]]);
  });

  test('gives them as soon as there are any after that', async () => {
    const wish = ask('if (a) {|');
    await send.last.text('\n    b();');
    await clock.pass(1_000);
    expect(wish.given).toEqual([]);
    await send.last.text('\n    c');
    expect(wish.text).toBe('\n    b();');
  });

  test('gives them at once to a wish that joins late', async () => {
    const want = change('if (a) {|');
    await send.last.text('\n    b();\n    c');
    await clock.pass(400);
    expect(scheduler.preparedFor(want.job), 'nobody has asked for them yet').toBe(want);
    expect(join(want).text).toBe('\n    b();');
    expect(await lives(1_000), 'a part of it is on the screen').toBe(1_000);
  });

  test('gives what goes on after what was typed or accepted of it', async () => {
    ask('if (a) {|');
    await send.last.text('\n    b();\n    c();\n    d');
    await clock.pass(300);
    const next = ask('if (a) {\n    b();|');
    expect(next.text).toBe('\n    c();');
    expect(send.calls).toHaveLength(1);
  });

  test('tells of no more where there is none', async () => {
    const wish = ask('if (a) {|');
    await send.last.text('\n    b();\n');
    await clock.pass(300);
    expect(wish.text).toBe('\n    b();');
    await send.last.end();
    expect(more).toBe(0);
  });

  test('is not kept by lines that it gave when the next wish leads elsewhere', async () => {
    ask('if (a) {|');
    await send.last.text('\n    b();\n    c');
    await clock.pass(300);
    change('return |');
    expect(send.calls[0]?.signal.aborted).toBe(true);
    expect(await lives(1_000)).toBe(500);
    expect(more).toBe(0);
  });
});

describe('a prompt that is too long', () => {
  test('is sent again at half its length, once', async () => {
    const wish = ask(`${LONG}const a = |`);
    const whole = prompt().length;
    await send.last.fail(new AppError('contextTooLong'));
    expect(send.calls).toHaveLength(2);
    expect(prompt().length).toBeGreaterThan(whole * 0.4);
    expect(prompt().length).toBeLessThan(whole * 0.6);
    expect(wish.given).toEqual([]);
    await send.last.fail(new AppError('contextTooLong'));
    expect(send.calls).toHaveLength(2);
    expect(wish.given).toEqual([undefined]);
    expect(kinds().at(-1)).toBe('failed');
  });

  test('is sent again for what was typed since', async () => {
    ask(`${LONG}const a = |`);
    const wish = ask(`${LONG}const a = v|`);
    await send.last.fail(new AppError('contextTooLong'));
    expect(prompt()).toMatch(/const a = v$/);
    await send.last.text('alue;\n');
    expect(wish.text).toBe('alue;');
  });

  test('is not sent again where nobody wants it', async () => {
    ask(`${LONG}const a = |`);
    scheduler.settle();
    await send.last.fail(new AppError('contextTooLong'));
    await clock.pass(1_000);
    expect(send.calls).toHaveLength(1);
  });
});

describe('a failure', () => {
  test('gives the lines that came, and they are no whole text', async () => {
    const wish = ask('if (a) {|');
    await send.last.text('\n    b();\n    c');
    await send.last.fail(new AppError('interrupted'));
    expect(wish.text).toBe('\n    b();');
    expect(texts).toMatchObject([[wish.want.job, '\n    b();', false]]);
  });

  test('gives nothing where something else was typed', async () => {
    ask('if (a) {|');
    const wish = ask('if (a) {\n    x|');
    await send.last.fail(new AppError('interrupted'));
    expect(wish.given).toEqual([undefined]);
  });

  test('keeps automatic requests away for some time, and none that the user asks for', async () => {
    ask('a = |');
    await send.last.fail(new AppError('unreachable'));
    expect(ask('b = |').given).toEqual([undefined]);
    change('b = 1|');
    scheduler.work(job('b = |'), 'ahead');
    expect(send.calls).toHaveLength(1);
    ask('b = |', { model: model('starcoder2:3b') });
    expect(send.calls, 'another model').toHaveLength(2);
    ask('b = |', { options: EXPLICIT });
    expect(send.calls).toHaveLength(3);
    scheduler.settle();
    scheduler.abort();
    await clock.pass(10_000);
    ask('b = |');
    expect(send.calls).toHaveLength(4);
  });

  test('is over once the model answers', async () => {
    ask('a = |');
    await send.last.fail(new AppError('unreachable'));
    ask('a = |', { options: EXPLICIT });
    await send.last.text('1;');
    await send.last.end();
    ask('b = |');
    expect(send.calls).toHaveLength(3);
  });

  test('is forgiven', async () => {
    ask('a = |');
    await send.last.fail(new AppError('unreachable'));
    scheduler.forgive();
    expect(states.at(-1)).toEqual({ state: 'idle' });
    ask('a = |');
    expect(send.calls).toHaveLength(2);
    scheduler.forgive();
    expect(kinds().at(-1), 'what runs, runs on').toBe('waiting');
    expect(send.live).toBe(1);
  });

  test('a refusal is forgiven too, and keeps nothing away', async () => {
    const no = refusal('level:private', 'Not here.');
    send.refuseWith(no);
    const wish = ask('a = |');
    await flush();
    expect(wish.given).toEqual([undefined]);
    expect(states.at(-1)).toEqual({ state: 'refused', model: QWEN, refusal: no });
    expect(texts).toEqual([]);
    ask('b = |');
    await flush();
    expect(kinds()).toEqual(['waiting', 'refused', 'waiting', 'refused']);
    scheduler.forgive();
    expect(kinds().at(-1)).toBe('idle');
  });
});

describe('work that nobody waits for', () => {
  const far = `${LONG}const a = |`;

  test.each(['ahead', 'warm'] as const)('is done while nothing else is to do: %s', async (purpose) => {
    ask('return |', { options: { delayMs: 100 } });
    scheduler.work(job(far), purpose);
    expect(send.calls, 'something is wanted').toHaveLength(0);
    await clock.pass(100);
    scheduler.settle();
    scheduler.work(job(far), purpose);
    expect(send.calls, 'a request runs').toHaveLength(1);
    scheduler.abort();
    scheduler.work(job(far), purpose);
    expect(send.calls).toHaveLength(2);
    expect(scheduler.purpose).toBe(purpose);
    expect(scheduler.idle).toBe(false);
    scheduler.abort();
    expect(scheduler.purpose).toBe('wish');
  });

  test.each(['ahead', 'warm'] as const)('is given up when it has no text after three seconds: %s', async (purpose) => {
    scheduler.work(job(far), purpose);
    expect(await lives(5_000)).toBe(3_000);
    expect(scheduler.idle).toBe(true);
  });

  test.each(['ahead', 'warm'] as const)('goes on for as long as it takes once it has: %s', async (purpose) => {
    scheduler.work(job(far, { options: EXPLICIT }), purpose);
    await clock.pass(2_999);
    await send.last.text('\n');
    expect(await lives(5_000)).toBe(5_000);
  });

  test('is given up after three seconds also when typing comes to its place', async () => {
    scheduler.work(job('const a = 1;|'), 'ahead');
    await clock.pass(1_000);
    expect(leadsTo('const a = 1;|')).toBe(true);
    expect(await lives(5_000)).toBe(2_000);
  });

  test('is told of as text and as done, and has no state', async () => {
    const next = job('const a = 1;|');
    scheduler.work(next, 'ahead');
    await send.last.text('\nb();');
    await send.last.text('\n\nc();\n');
    expect(texts).toEqual([[next, '\nb();', true]]);
    expect([ahead, more]).toEqual([1, 0]);
    expect(kinds()).toEqual([]);
  });

  test('is not told of as done when it failed, and its failure has no state', async () => {
    scheduler.work(job('const a = 1;|'), 'ahead');
    await send.last.fail(new AppError('unreachable'));
    expect(ahead).toBe(0);
    expect(kinds()).toEqual([]);
    ask('return |');
    expect(send.calls, 'but the server is left alone').toHaveLength(1);
  });

  test('that is refused says so, each time', async () => {
    for (const rule of ['one', 'other']) {
      send.refuseWith(refusal(rule, 'Not here.'));
      scheduler.work(job('const a = 1;|'), 'ahead');
      await flush();
    }
    expect(states).toMatchObject([{ refusal: { rule: 'one' } }, { refusal: { rule: 'other' } }]);
  });

  test('that is joined is a wish like any other', async () => {
    scheduler.work(job('const a = 1;|'), 'ahead');
    const wish = ask('const a = 1;|');
    expect(scheduler.purpose).toBe('wish');
    await clock.pass(5_000);
    expect(send.live, 'it is waited for').toBe(1);
    await send.last.text('\nb();');
    await send.last.text('\n\nc();\n');
    expect(wish.text).toBe('\nb();');
    expect(ahead).toBe(0);
    expect(kinds()).toEqual(['waiting', 'generating', 'idle']);
  });

  test('that is joined with its text says so', async () => {
    scheduler.work(job('if (a) {|'), 'ahead');
    await send.last.text('\n    b();');
    ask('if (a) {|');
    expect(kinds()).toEqual(['generating']);
  });

  test('is given up for another wish', () => {
    scheduler.work(job('const a = 1;|'), 'ahead');
    ask('return |');
    expect(send.calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  test('leaves alone what is prepared after it', async () => {
    // Settled in its delay: it would have ended in 600 ms.
    change('const a = |', { options: { delayMs: 100 } });
    scheduler.settle();
    scheduler.work(job('return |'), 'ahead');
    await clock.pass(550);
    change('const b = |');
    expect(await lives(1_000)).toBe(500);
  });

  describe('reading', () => {
    /** A place that differs from `const a = |` in so many characters at the end of the prompt. */
    const beyond = (characters: number) => job(`const a = ${'x'.repeat(characters)}|`);

    test('is worth 1,200 characters that are new to the model', async () => {
      ask('const a = |');
      await send.last.text('1;\n');
      scheduler.work(beyond(1_199), 'warm');
      expect(send.calls).toHaveLength(1);
      scheduler.work(beyond(1_200), 'warm');
      expect(send.calls).toHaveLength(2);
    });

    test('has no text to tell of, to join, or to lead anywhere', async () => {
      scheduler.work(job(far), 'warm');
      expect(leadsTo(far)).toBe(false);
      await send.last.text('1;\n');
      expect(texts).toEqual([]);
      expect([ahead, more]).toEqual([0, 0]);
      scheduler.work(job(`${far}\n`.replace('compute', 'other')), 'warm');
      ask(`${far}\n`.replace('compute', 'other'));
      expect(send.calls).toHaveLength(3);
      expect(send.calls[1]?.signal.aborted).toBe(true);
    });

    test('is not what work ahead has to be worth', () => {
      scheduler.work(job('const a = 1;|'), 'ahead');
      expect(send.calls).toHaveLength(1);
    });
  });
});

describe('states', () => {
  const of = (who: Model) => ({
    waiting: { state: 'waiting', model: who },
    generating: { state: 'generating', model: who },
  });
  const { waiting, generating } = of(QWEN);
  const idle = { state: 'idle' };

  test('follow a request, each told once', async () => {
    ask('const a = |');
    await send.last.text('b');
    await send.last.text(' + c');
    await send.last.text(';\n');
    expect(states).toEqual([waiting, generating, idle]);
    scheduler.abort();
    scheduler.forgive();
    expect(states).toHaveLength(3);
  });

  test('begin when the request does', async () => {
    ask('const a = |', { options: { delayMs: 100 } });
    await clock.pass(99);
    expect(states).toEqual([]);
    await clock.pass(1);
    expect(states).toEqual([waiting]);
  });

  test('of a request that is aborted end with it', async () => {
    ask('const a = |');
    await send.last.text('b');
    scheduler.settle();
    scheduler.abort();
    expect(states).toEqual([waiting, generating, idle]);
  });

  test('go from one request to the next', () => {
    const other = model('starcoder2:3b');
    ask('const a = |');
    ask('const a = |', { model: other });
    expect(states).toEqual([waiting, idle, of(other).waiting]);
  });

  test('are those of one wait where a prompt was too long', async () => {
    ask(`${LONG}const a = |`);
    await send.last.fail(new AppError('contextTooLong'));
    await send.last.text('1;');
    expect(states).toEqual([waiting, generating]);
  });

  test('tell every failure, also the same one again', async () => {
    const error = new AppError('badResponse');
    for (let n = 0; n < 2; n++) {
      ask('const a = |');
      await send.last.fail(error);
    }
    const failed = { state: 'failed', model: QWEN, error };
    expect(states).toEqual([waiting, failed, waiting, failed]);
  });
});

test('text is told of before its wish is settled, and never of requests that were aborted', async () => {
  const order: string[] = [];
  const wished = job('const a = |');
  scheduler.pursue({ job: wished, typed: '', settle: () => void order.push(`settled after ${texts.length}`) });
  await send.last.text('1;\n');
  expect(order).toEqual(['settled after 1']);
  ask('const b = |');
  await send.last.text('value');
  scheduler.settle();
  scheduler.abort();
  await clock.pass(1_000);
  expect(texts).toEqual([[wished, '1;', true]]);
});
