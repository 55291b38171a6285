import { beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/core/event.ts';
import { type Run, type RunEnd, startRun } from '../../../src/core/completion/run.ts';
import { SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import { AppError, refusal } from '../../../src/core/outcome.ts';
import { type FakeClock, fakeClock, flush, model, unloaded } from './sample.ts';
import { type Asked, jobAt, stubbornSend } from './sends.ts';

const QWEN = model('qwen2.5-coder:7b');
const LLAMA = model('llama3.2:3b');

let send: ReturnType<typeof stubbornSend>;
let clock: FakeClock;
/** What the listener was told, in order: the text so far, or an end. */
let told: (string | RunEnd)[];

beforeEach(() => {
  send = stubbornSend();
  clock = fakeClock();
  told = [];
});

function start(marked: string, asked: Asked = {}, inMemory?: boolean): Run {
  const listener = {
    onText: (run: Run) => void told.push(run.text),
    onEnd: (_: Run, end: RunEnd) => void told.push(end),
  };
  return startRun(jobAt(marked, asked), send, clock, listener, inMemory);
}

/** Failed, with what was kept. */
const failed = (kind: AppError['kind'], text: string) => ({ end: 'failed', error: { kind }, text });

describe('a request', () => {
  test('goes out at once, as the job has it, with the sources of its text', () => {
    const sources = [{ kind: 'folder', uri: 'file:///work' }] as const;
    const run = start('const a = |;\nb();', { shot: { sources } });
    const { kind, request, signal } = send.last;
    expect(kind).toBe('complete');
    expect(request).toMatchObject({ model: QWEN, prompt: run.prompt, maxTokens: 64 });
    expect(run.prompt).toBe('<|fim_prefix|><|fim_suffix|>\nb();<|fim_middle|>const a = ');
    expect(run.since).toBe(clock.now());
    expect(send.last.sources).toEqual(sources);
    expect(signal.aborted).toBe(false);
  });

  test('has both sides of the cursor as its prompt where they go in fields of their own', () => {
    const run = start('const a = |\nb();', { model: { ...QWEN, profile: SERVER_FIELDS } });
    expect(send.last.request).toMatchObject({ prompt: 'const a = ', suffix: '\nb();' });
    expect(run.prompt).toBe('const a = \nb();');
  });

  test('is a chat where the model is one, and has no prompt', () => {
    const run = start('const a = |', { model: LLAMA });
    expect(send.last.kind).toBe('chat');
    expect(send.last.request).toMatchObject({ messages: [{ role: 'system' }, { role: 'user' }] });
    expect(run.prompt).toBe('');
  });
});

describe('text', () => {
  test('is told of piece by piece, fitted to the document', async () => {
    const run = start('if (a) {|', { shot: { indentation: { insertSpaces: true, tabSize: 2 } } });
    await send.last.text('\n\tb();', '\n\tc(');
    expect(told).toEqual(['\n  b();', '\n  b();\n  c(']);
    expect(run.text).toBe('\n  b();\n  c(');
    expect(run.settled, 'whole lines').toBe('\n  b();');
  });

  test('has come since its first piece', async () => {
    const run = start('if (a) {|');
    const began = clock.now();
    expect(run.textSince).toBeUndefined();
    await clock.pass(300);
    await send.last.text('\n');
    await clock.pass(200);
    await send.last.text('    b();');
    expect(run.since).toBe(began);
    expect(run.textSince).toBe(began + 300);
  });

  test('that goes beyond a sensible end ends the request there', async () => {
    start('const a = |');
    await send.last.text('1;\nconst b', ' = 2;');
    expect(told).toEqual([{ end: 'done', text: '1;' }]);
    expect(send.last.signal.aborted).toBe(true);
    expect(send.last.released).toBe(true);
  });

  test('of a chat is there at its end, as it is cleaned as a whole', async () => {
    const run = start('const a = |\nb();', { model: LLAMA });
    await send.last.text('```ts\nconst a = 1 + 2;\n```\n');
    expect([run.text, run.settled]).toEqual(['', '']);
    await send.last.say({ kind: 'end', reason: 'stop' });
    expect(told.at(-1)).toEqual({ end: 'done', text: '1 + 2;' });
  });

  test('is not what the model thinks', async () => {
    const run = start('const a = |', { model: LLAMA });
    await send.last.say({ kind: 'thinking', text: 'Hm.' });
    expect(told).toEqual([]);
    expect(run.textSince).toBeUndefined();
  });
});

describe('the end', () => {
  const usage = { promptTokens: 40, promptMs: 20 };

  test('that the model comes to keeps the last line too, and what the server counted', async () => {
    start('if (a) {|');
    await send.last.text('\n    b();\n    c(d);');
    await send.last.say({ kind: 'end', reason: 'stop', usage });
    expect(told.at(-1)).toEqual({ end: 'done', text: '\n    b();\n    c(d);', usage });
  });

  test('by length leaves out the line that may be half', async () => {
    start('if (a) {|');
    await send.last.text('\n    b();\n    c = d');
    await send.last.say({ kind: 'end', reason: 'length', usage });
    expect(told.at(-1)).toEqual({ end: 'done', text: '\n    b();', usage });
  });

  test('by length keeps half a line where there is no other', async () => {
    start('const a = |');
    await send.last.text('b + c');
    await send.last.say({ kind: 'end', reason: 'length' });
    expect(told.at(-1)).toEqual({ end: 'done', text: 'b + c' });
  });

  test('without a word is an end', async () => {
    start('const a = |');
    await send.last.say({ kind: 'end', reason: 'stop', usage });
    expect(told).toEqual([{ end: 'done', text: '', usage }]);
  });

  test('that somebody else has cancelled has no text', async () => {
    start('if (a) {|');
    await send.last.text('\n    b();\n    c(');
    await send.last.say({ kind: 'end', reason: 'cancelled' });
    expect(told.at(-1)).toEqual({ end: 'done', text: '' });
  });

  test('leaves no timer', async () => {
    const timers = new Set<unknown>();
    const counting: Clock = {
      now: clock.now,
      after(ms, run) {
        const timer = clock.after(ms, run);
        timers.add(timer);
        return {
          dispose() {
            timers.delete(timer);
            timer.dispose();
          },
        };
      },
    };
    const listener = { onText() {}, onEnd() {} };
    const run = startRun(jobAt('const a = |'), send, counting, listener);
    startRun(jobAt('const a = |'), send, counting, listener);
    expect(timers.size).toBe(2);
    run.cancel();
    expect(timers.size).toBe(1);
    await send.last.text('1');
    expect(timers.size, 'now for all of the text').toBe(1);
    await send.last.say({ kind: 'end', reason: 'stop' });
    expect(timers.size).toBe(0);
  });

  test('is told once, and closes the connection', async () => {
    start('const a = |');
    await send.last.text('1');
    await send.last.say({ kind: 'end', reason: 'stop' });
    expect(send.last.signal.aborted).toBe(true);
    await send.last.text('2');
    await send.last.say({ kind: 'end', reason: 'stop' });
    await clock.pass(120_000);
    expect(told).toEqual(['1', { end: 'done', text: '1' }]);
  });
});

test('a refusal is handed on', async () => {
  start('const a = |');
  const no = refusal('level:private', 'Not here.');
  await send.last.refuse(no);
  await clock.pass(120_000);
  expect(told).toEqual([{ end: 'refused', refusal: no }]);
});

describe('a failure', () => {
  test('keeps the lines that came whole', async () => {
    start('if (a) {|');
    await send.last.text('\n    b();\n    c(');
    const error = new AppError('serverError');
    await send.last.fail(error);
    expect(told.at(-1)).toEqual({ end: 'failed', error, text: '\n    b();' });
    expect(send.last.signal.aborted).toBe(true);
  });

  test('before any text has none', async () => {
    start('const a = |');
    const error = new AppError('unreachable');
    await send.last.fail(error);
    await clock.pass(120_000);
    expect(told).toEqual([{ end: 'failed', error, text: '' }]);
  });

  test.each([
    ['an error of another kind', new TypeError('broken'), 'TypeError: broken'],
    ['no error at all', 'broken', 'broken'],
  ])('of %s is the server’s', async (_, cause, detail) => {
    start('const a = |');
    await send.last.fail(cause);
    expect(told).toMatchObject([{ ...failed('serverError', ''), error: { facts: { detail, cause } } }]);
  });

  test('is a stream that stops before its end, and says whose', async () => {
    start('if (a) {|');
    await send.last.text('\n    b();\n    c(');
    await send.last.close();
    expect(told.at(-1)).toMatchObject(failed('interrupted', '\n    b();'));
    expect(told.at(-1)).toMatchObject({ error: { facts: { endpoint: QWEN.endpoint, model: QWEN.name } } });
  });
});

describe('the first byte', () => {
  const away = unloaded(QWEN);

  test.each([
    ['of a model in memory', QWEN, undefined, 10_000],
    ['of one that its server may have to load', away, undefined, 60_000],
    ['of one that is in memory whatever the list says', away, true, 10_000],
    ['of one in the network', { ...away, zone: 'network' as const }, undefined, 60_000],
    ['of one in a cloud', { ...away, zone: 'cloud' as const }, undefined, 10_000],
  ])('%s is waited for so long', async (_, who, inMemory, limit) => {
    start('const a = |', { model: who }, inMemory);
    await clock.pass(limit - 1);
    expect(told).toEqual([]);
    expect(send.last.signal.aborted).toBe(false);
    await clock.pass(1);
    expect(told).toMatchObject([failed('timedOut', '')]);
    expect(told).toMatchObject([{ error: { facts: { endpoint: who.endpoint, model: who.name } } }]);
    expect(send.last.signal.aborted).toBe(true);
  });

  test('may be a thought', async () => {
    start('const a = |', { model: LLAMA });
    await clock.pass(9_999);
    await send.last.say({ kind: 'thinking', text: 'Hm.' });
    await clock.pass(19_999);
    expect(told).toEqual([]);
    await clock.pass(1);
    expect(told).toMatchObject([failed('timedOut', '')]);
  });
});

describe('all of the text', () => {
  test.each([
    ['automatic', 20_000],
    ['explicit', 60_000],
  ] as const)('that was asked for by %s trigger has so long from its first byte', async (trigger, limit) => {
    start('const a = |', { options: { trigger } });
    await clock.pass(5_000);
    await send.last.text('b');
    await clock.pass(limit - 1_000);
    await send.last.text(' + c');
    await clock.pass(999);
    expect(told).toEqual(['b', 'b + c']);
    await clock.pass(1);
    expect(told.at(-1)).toMatchObject(failed('timedOut', ''));
    expect(send.last.signal.aborted).toBe(true);
  });

  test('is the lines that are whole by then', async () => {
    start('if (a) {|');
    await send.last.text('\n    b();\n    c = d');
    await clock.pass(20_000);
    expect(told.at(-1)).toEqual({ end: 'done', text: '\n    b();' });
  });
});

describe('cancelled', () => {
  test('a request closes its connection at once, and tells nothing more', async () => {
    const run = start('if (a) {|');
    await send.last.text('\n    b();');
    run.cancel();
    expect(send.last.signal.aborted).toBe(true);
    await send.last.text('\n    c();\n');
    await send.last.fail(new AppError('interrupted'));
    await clock.pass(120_000);
    expect(told).toEqual(['\n    b();']);
    expect(run.text, 'nor does its text change').toBe('\n    b();');
  });

  test('a request that was not answered yet does not listen', async () => {
    start('const a = |').cancel();
    await send.last.text('1');
    await send.last.say({ kind: 'end', reason: 'stop' });
    await clock.pass(120_000);
    expect(told).toEqual([]);
  });

  test.each(['refused', 'failed'] as const)('a request is not %s any more', async (how) => {
    start('const a = |').cancel();
    await (how === 'refused' ? send.last.refuse(refusal('rule', 'No.')) : send.last.fail(new AppError('busy')));
    await flush();
    expect(told).toEqual([]);
  });
});
