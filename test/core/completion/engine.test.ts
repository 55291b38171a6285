import { beforeEach, describe, expect, test } from 'vitest';
import { type Engine, createEngine } from '../../../src/core/completion/engine.ts';
import type { Snapshot, SuggestOptions, Suggestion } from '../../../src/core/completion/snapshot.ts';
import type { CompletionState } from '../../../src/core/completion/state.ts';
import type { Model } from '../../../src/core/model.ts';
import { AppError, refusal } from '../../../src/core/outcome.ts';
import { AUTOMATIC, EXPLICIT, type FakeClock, fakeClock, flush, model, snapshot, unloaded } from './sample.ts';
import { type ScriptedSend, scriptedSend } from './server.ts';

const QWEN = model('qwen2.5-coder:7b');
const LLAMA = model('llama3.2:3b');

const UNLOADED = unloaded(QWEN);

let send: ScriptedSend;
let clock: FakeClock;
let states: CompletionState[];
let engine: Engine;

beforeEach(() => {
  send = scriptedSend();
  clock = fakeClock();
  states = [];
  engine = createEngine({ send, clock, onState: (state) => states.push(state) });
});

interface Wish {
  readonly controller: AbortController;
  /** `pending` while there is no answer. */
  readonly now: Suggestion | undefined | 'pending';
  readonly text: string | undefined;
  readonly done: Promise<Suggestion | undefined>;
}

function ask(marked: string, more: Partial<SuggestOptions & { model: Model; shot: Partial<Snapshot> }> = {}): Wish {
  const { model: who = QWEN, shot = {}, ...options } = more;
  const controller = new AbortController();
  let now: Wish['now'] = 'pending';
  const done = engine.suggest(snapshot(marked, shot), who, { ...AUTOMATIC, ...options }, controller.signal);
  void done.then((suggestion) => void (now = suggestion));
  return {
    controller,
    done,
    get now() {
      return now;
    },
    get text() {
      return now === 'pending' ? 'pending' : now?.text;
    },
  };
}

/** Asks, lets the delay pass, and answers. */
async function answered(marked: string, text: string, more: Parameters<typeof ask>[1] = {}): Promise<Wish> {
  const wish = ask(marked, more);
  await clock.pass(100);
  await send.last.text(text);
  await send.last.end();
  await flush();
  return wish;
}

const kinds = () => states.map((state) => state.state);

describe('a request', () => {
  test('goes out after the delay, with the raw prompt of the model', async () => {
    const wish = ask('const a = |;\nb();');
    await clock.pass(99);
    expect(send.calls).toHaveLength(0);
    await clock.pass(1);
    expect(send.last.request).toMatchObject({
      model: QWEN,
      prompt: '<|fim_prefix|><|fim_suffix|>\nb();<|fim_middle|>const a = ',
      temperature: 0,
    });
    await send.last.text('1 + 2\nfoo');
    await flush();
    expect(wish.now).toEqual({ text: '1 + 2', replaces: 0, model: QWEN, from: 'model' });
    expect(send.last.signal.aborted, 'enough was written').toBe(true);
    expect(kinds()).toEqual(['waiting', 'generating', 'idle'].filter((k) => k !== 'generating'));
    expect(send.live).toBe(0);
  });

  test('asked for explicitly goes at once', async () => {
    ask('const a = |', EXPLICIT);
    await flush();
    expect(send.calls).toHaveLength(1);
  });

  test('to a chat model marks the hole, and its answer is cleaned', async () => {
    const wish = ask('const a = |\nb();', { ...EXPLICIT, model: LLAMA });
    await flush();
    expect(send.last.request).toMatchObject({ think: false, messages: [{ role: 'system' }, { role: 'user' }] });
    await send.last.text('Here is the code:\n```ts\ncon');
    await send.last.text('st a = 1 + 2;\n```\n');
    expect(wish.now).toBe('pending');
    await send.last.end();
    expect(wish.text).toBe('1 + 2;');
  });

  test('keeps the line ends of the document', async () => {
    const wish = await answered('if (a) {|', '\n    b();\n}\n', { shot: { eol: '\r\n' } });
    expect(wish.text).toBe('\r\n    b();\r\n}');
  });

  test('is not sent where the cursor line has a control token', async () => {
    const wish = ask('const open = "<|fim_prefix|>"; ‸');
    await clock.pass(1000);
    expect(wish.now).toBeUndefined();
    expect(send.calls).toHaveLength(0);
  });

  test('never contains a control token of the text', async () => {
    ask('const open = "<|fim_prefix|>";\nconst a = ‸\n<|im_end|>');
    await clock.pass(100);
    expect(send.last.request).toMatchObject({ prompt: '<|fim_prefix|><|fim_suffix|><|fim_middle|>const a = ' });
  });

  test('with nothing worth showing gives nothing', async () => {
    expect((await answered('const a = |', '  \n')).now).toBeUndefined();
  });

  test('cut off by its length shows whole lines', async () => {
    const wish = ask('if (a) {|');
    await clock.pass(100);
    await send.last.text('\n    b();\n    c(d');
    await send.last.end('length');
    expect(wish.text).toBe('\n    b();');
  });

  test('shows the lines that are ready when it takes long, and goes on', async () => {
    const wish = ask('if (a) {|');
    await clock.pass(100);
    await send.last.text('\n    b();\n    c(');
    await clock.pass(299);
    expect(wish.now).toBe('pending');
    await clock.pass(1);
    expect(wish.text).toBe('\n    b();');
    expect(send.live).toBe(1);
    // The user accepts it, and gets what has come since.
    const next = ask('if (a) {\n    b();|');
    await send.last.text('d);\n');
    expect(next.text).toBe('\n    c(d);');
    expect(send.calls).toHaveLength(1);
  });
});

describe('cancelling', () => {
  test('the latest wish wins, and the stale request is aborted at once', async () => {
    const first = ask('const a = |');
    await clock.pass(100);
    const { signal } = send.last;
    const second = ask('const a = 1;\nreturn |');
    expect(signal.aborted).toBe(true);
    await flush();
    expect(first.now).toBeUndefined();
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
    expect(second.now).toBe('pending');
  });

  test('a wish withdrawn during the delay sends nothing', async () => {
    const wish = ask('const a = |');
    wish.controller.abort();
    await clock.pass(1000);
    expect(wish.now).toBeUndefined();
    expect(send.calls).toHaveLength(0);
  });

  test('a wish withdrawn already sends nothing', async () => {
    const signal = AbortSignal.abort();
    expect(await engine.suggest(snapshot('a|'), QWEN, EXPLICIT, signal)).toBeUndefined();
    expect(send.calls).toHaveLength(0);
  });

  test('a withdrawn wish aborts its request within 50 ms', async () => {
    const wish = ask('const a = |');
    await clock.pass(100);
    wish.controller.abort();
    await flush();
    expect(wish.now).toBeUndefined();
    await clock.pass(50);
    expect(send.last.signal.aborted).toBe(true);
    expect(states.at(-1)).toEqual({ state: 'idle' });
  });

  test('a cursor that went elsewhere aborts the request at once', async () => {
    const wish = ask('const a = |\nb();');
    await clock.pass(100);
    engine.follow(snapshot('const a = \nb();|'), QWEN);
    expect(send.last.signal.aborted).toBe(true);
    await flush();
    expect(wish.now).toBeUndefined();
  });

  test('a burst of 100 keys leaves no request and no error', async () => {
    let line = '';
    for (let key = 0; key < 100; key++) {
      line += 'abcdefghij'.charAt(key % 10);
      const wish = ask(`${line}|`, { delayMs: key % 3 === 0 ? 0 : 100 });
      engine.follow(snapshot(`${line}|`), QWEN);
      await clock.pass(20 + (key % 5) * 30);
      if (key % 4 === 0 && send.live > 0) await send.last.text('Q');
      wish.controller.abort();
    }
    await clock.pass(1000);
    expect(send.live).toBe(0);
    expect(send.calls.every((call) => call.signal.aborted)).toBe(true);
    expect(kinds()).not.toContain('failed');
    expect(states.at(-1)).toEqual({ state: 'idle' });
  });

  test('at most one request runs', async () => {
    for (const marked of ['a|', 'b|', 'c|', 'd|']) {
      ask(marked, { delayMs: 0, shot: { uri: `file:///${marked}` } });
      await flush();
      expect(send.live).toBe(1);
    }
    engine.dispose();
    expect(send.live).toBe(0);
  });
});

describe('reuse', () => {
  test('typing the shown text needs no request', async () => {
    await answered('const a = |', 'value + 1;');
    for (const typed of ['v', 'va', 'value + ', 'value + 1']) {
      const wish = ask(`const a = ${typed}|`);
      await flush();
      expect(wish.now).toEqual({
        text: 'value + 1;'.slice(typed.length),
        replaces: 0,
        model: QWEN,
        from: 'reuse',
      });
    }
    expect(send.calls).toHaveLength(1);
  });

  test('deleting and typing again needs none either', async () => {
    await answered('const a = |', 'value + 1;');
    for (const typed of ['value', 'val', '', 'valu']) {
      const wish = ask(`const a = ${typed}|`);
      await flush();
      expect(wish.text).toBe('value + 1;'.slice(typed.length));
    }
    expect(send.calls).toHaveLength(1);
  });

  test('typing something else asks again', async () => {
    await answered('const a = |', 'value + 1;');
    ask('const a = w|');
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
  });

  test('works over several lines, and lines accepted one by one', async () => {
    const wish = await answered('if (a) {|\nz();', '\n    b();\n\n    c();\n}\n');
    expect(wish.text).toBe('\n    b();\n\n    c();\n}');
    const next = ask('if (a) {\n    b();|\nz();');
    await flush();
    expect(next.text).toBe('\n\n    c();\n}');
    expect(send.calls).toHaveLength(1);
  });

  test('brackets that the editor closes do not matter', async () => {
    await answered('|', 'foo(bar(1), 2);');
    const wish = ask('foo(bar(|))');
    await flush();
    expect(wish.now).toMatchObject({ text: '1), 2);', replaces: 2, from: 'reuse' });
  });

  test('never serves the text of another model', async () => {
    await answered('const a = |', 'value + 1;');
    const other = model('starcoder2:3b');
    ask('const a = |', { model: other });
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
    expect(send.last.request.model).toBe(other);
    await send.last.text('other\n');
    const again = ask('const a = |');
    await flush();
    expect(again.now).toMatchObject({ text: 'value + 1;', model: QWEN });
  });

  test('nor of the same name with other weights', async () => {
    await answered('const a = |', 'value;', { model: model('codestral', { digest: '1' }) });
    ask('const a = |', { model: model('codestral', { digest: '2' }) });
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
  });

  test('a change after the cursor makes it invalid', async () => {
    await answered('const a = |\nfoo(a);', 'value + 1;');
    ask('const a = |\nbar(a);');
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
  });

  test('a change before the cursor makes it invalid', async () => {
    await answered('let x;\nconst a = |', 'value + 1;');
    ask('let y;\nconst a = |');
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
  });

  test('another document has its own', async () => {
    await answered('const a = |', 'value + 1;');
    ask('const a = |', { shot: { uri: 'file:///b.ts' } });
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
  });

  test('a wish for lines is not served with half of one', async () => {
    await answered('const a = |', '[\n');
    ask('const a = |', EXPLICIT);
    await flush();
    expect(send.calls).toHaveLength(2);
  });
});

describe('the request under way', () => {
  test('goes on while typing agrees with it', async () => {
    const first = ask('const a = |');
    await clock.pass(100);
    await send.last.text('val');
    first.controller.abort();
    engine.follow(snapshot('const a = v|'), QWEN);
    await clock.pass(200);
    expect(send.last.signal.aborted).toBe(false);
    const second = ask('const a = v|');
    await send.last.text('ue + 1;\n');
    expect(second.now).toMatchObject({ text: 'alue + 1;', from: 'model' });
    expect(send.calls).toHaveLength(1);
  });

  test('also when typing runs ahead, and is given up when the text says otherwise', async () => {
    ask('const a = |');
    await clock.pass(100);
    const second = ask('const a = va|');
    const third = ask('const a = vax|');
    await send.last.text('va');
    expect(send.calls).toHaveLength(1);
    await send.last.text('l');
    expect(send.calls[0]?.signal.aborted).toBe(true);
    await flush();
    expect(send.calls).toHaveLength(2);
    expect(second.now).toBeUndefined();
    await send.last.text('1;\n');
    expect(third.text).toBe('1;');
  });

  test('that ends with what was typed is followed by another', async () => {
    ask('const a = |');
    await clock.pass(100);
    const second = ask('const a = 1;|');
    await send.last.text('1;\n');
    await flush();
    expect(send.calls).toHaveLength(2);
    expect(second.now).toBe('pending');
  });

  test('of another model is aborted', async () => {
    ask('const a = |');
    await clock.pass(100);
    ask('const a = |', { model: LLAMA, ...EXPLICIT });
    expect(send.calls[0]?.signal.aborted).toBe(true);
  });

  test('is abandoned when the next wish does not come', async () => {
    const first = ask('const a = |');
    await clock.pass(100);
    engine.follow(snapshot('const a = v|'), QWEN);
    first.controller.abort();
    await clock.pass(499);
    expect(send.live).toBe(1);
    await clock.pass(2);
    expect(send.live).toBe(0);
  });
});

describe('failures', () => {
  test('in mid-stream keep the lines that came', async () => {
    const wish = ask('if (a) {|');
    await clock.pass(100);
    await send.last.text('\n    b();\n    c(');
    const error = new AppError('interrupted');
    await send.last.fail(error);
    expect(wish.text).toBe('\n    b();');
    expect(states.at(-1)).toEqual({ state: 'failed', model: QWEN, error });
  });

  test('before any line give nothing, and are a state', async () => {
    const wish = ask('const a = |');
    await clock.pass(100);
    await send.last.fail(new AppError('badResponse'));
    expect(wish.now).toBeUndefined();
    expect(states.at(-1)).toMatchObject({ state: 'failed', error: { kind: 'badResponse' } });
  });

  test('of an unknown kind too', async () => {
    const wish = ask('const a = |');
    await clock.pass(100);
    await send.last.fail(new TypeError('broken'));
    expect(wish.now).toBeUndefined();
    expect(states.at(-1)).toMatchObject({ state: 'failed', error: { kind: 'serverError' } });
  });

  test('a dead server is not asked on every key', async () => {
    ask('const a = |');
    await clock.pass(100);
    await send.last.fail(new AppError('unreachable'));
    const typing = ask('const a = 1|');
    await clock.pass(1000);
    expect(send.calls).toHaveLength(1);
    expect(typing.now).toBeUndefined();
    expect(states.at(-1)).toMatchObject({ state: 'failed' });
    ask('const a = 1|', EXPLICIT);
    await flush();
    expect(send.calls, 'asked for explicitly').toHaveLength(2);
    await send.last.fail(new AppError('unreachable'));
    engine.forgive();
    expect(states.at(-1)).toEqual({ state: 'idle' });
    ask('const a = 12|');
    await clock.pass(100);
    expect(send.calls, 'forgiven').toHaveLength(3);
  });

  test('a busy server is left alone as long as it asks', async () => {
    ask('const a = |');
    await clock.pass(100);
    await send.last.fail(new AppError('rateLimited', { retryAfterMs: 5000 }));
    ask('const a = 1|');
    await clock.pass(4000);
    expect(send.calls).toHaveLength(1);
    await clock.pass(1000);
    ask('const a = 12|');
    await clock.pass(100);
    expect(send.calls).toHaveLength(2);
  });

  test('a refusal is a state', async () => {
    const no = refusal('level:private', 'Not here.');
    send.refuseWith(no);
    const wish = ask('const a = |');
    await clock.pass(100);
    expect(wish.now).toBeUndefined();
    expect(states.at(-1)).toEqual({ state: 'refused', model: QWEN, refusal: no });
  });

  test('a prompt that is too long is halved once, and that is remembered', async () => {
    const text = `${'const value = compute(1);\n'.repeat(400)}const a = |`;
    const sizes: number[] = [];
    const size = () => {
      const { request } = send.last;
      return 'prompt' in request ? request.prompt.length : 0;
    };
    const wish = ask(text);
    await clock.pass(100);
    sizes.push(size());
    await send.last.fail(new AppError('contextTooLong'));
    await flush();
    sizes.push(size());
    await send.last.text('1;\n');
    expect(wish.text).toBe('1;');
    ask(text.replace('const a', 'const b'));
    await clock.pass(100);
    sizes.push(size());
    const [first = 0, second = 0, third = 0] = sizes;
    expect(second).toBeLessThan(first * 0.6);
    expect(third).toBeLessThan(first * 0.6);
    await send.last.fail(new AppError('contextTooLong'));
    expect(send.calls).toHaveLength(3);
    expect(states.at(-1)).toMatchObject({ state: 'failed', error: { kind: 'contextTooLong' } });
  });
});

test('a key reads a small part of a file of 50,000 lines', async () => {
  const lines = Array.from({ length: 50_000 }, (_, n) => `    const value${n} = compute(${n});`);
  let reads = 0;
  const line = (index: number) => {
    reads += 1;
    return lines[index] ?? '';
  };
  const text = { lineCount: lines.length, line };
  let most = 0;
  for (let n = 0; n < 300; n++) {
    const cursor = { line: 20_000 + n, character: 12 };
    const shot = { ...snapshot('|'), text, cursor };
    reads = 0;
    void engine.suggest(shot, QWEN, { ...AUTOMATIC, delayMs: 0 }, new AbortController().signal);
    engine.follow(shot, QWEN);
    most = Math.max(most, reads);
    await flush();
    await send.last.text('value;\n');
  }
  expect(most).toBeLessThan(1000);
});

describe('time limits', () => {
  test.each([
    ['a loaded model: 10 s for the first byte', QWEN, 10_000],
    ['one that has to be loaded: 60 s', UNLOADED, 60_000],
  ])('%s', async (_, who, limit) => {
    const wish = ask('const a = |', { model: who });
    await clock.pass(100 + limit - 1);
    expect(wish.now).toBe('pending');
    await clock.pass(2);
    expect(wish.now).toBeUndefined();
    expect(send.last.signal.aborted).toBe(true);
    expect(states.at(-1)).toMatchObject({ state: 'failed', error: { kind: 'timedOut' } });
  });

  test('a model that reads too slowly gets a shorter prompt', async () => {
    const text = `${'const value = compute(1);\n'.repeat(400)}const a = |`;
    const size = () => ('prompt' in send.last.request ? send.last.request.prompt.length : 0);
    ask(text);
    await clock.pass(100);
    const before = size();
    await clock.pass(10_000);
    ask(text.replace('const a', 'const b'), { shot: { uri: 'file:///b.ts' } });
    await clock.pass(100);
    expect(size()).toBeLessThan(before * 0.8);
  });

  test('20 s for the text; what came is kept', async () => {
    const wish = ask('const a = |', { model: LLAMA });
    await clock.pass(100);
    await send.last.text('1');
    await clock.pass(20_000);
    expect(wish.now).toBeUndefined();
    expect(send.last.signal.aborted).toBe(true);
    expect(states.at(-1)).toMatchObject({ state: 'failed', error: { kind: 'timedOut' } });
  });
});
