import { beforeEach, describe, expect, test } from 'vitest';
import type { ContextFile } from '../../../src/core/completion/contextStore.ts';
import { type Engine, createEngine } from '../../../src/core/completion/engine.ts';
import type { Suggestion } from '../../../src/core/completion/snapshot.ts';
import type { Model } from '../../../src/core/model.ts';
import { AUTOMATIC, EXPLICIT, type FakeClock, fakeClock, flush, model, snapshot } from './sample.ts';
import { type ScriptedSend, scriptedSend } from './server.ts';

const QWEN = model('qwen2.5-coder:7b');
const NOW = { ...AUTOMATIC, delayMs: 'automatic' } as const;

let send: ScriptedSend;
let clock: FakeClock;
let engine: Engine;
let more: number;

beforeEach(() => {
  send = scriptedSend();
  clock = fakeClock();
  more = 0;
  engine = createEngine({ send, clock, onMore: () => void more++ });
});

const prepare = (marked: string, who: Model = QWEN) => engine.prepare(snapshot(marked), who, NOW);
const ask = (marked: string, who: Model = QWEN) =>
  engine.suggest(snapshot(marked), who, NOW, new AbortController().signal);
const prompt = () => {
  const { request } = send.last;
  return 'prompt' in request ? request.prompt : '';
};

describe('work that starts at the change', () => {
  test('is joined by the wish that follows', async () => {
    prepare('const a = |');
    await flush();
    expect(send.calls).toHaveLength(1);
    await clock.pass(50);
    const wish = ask('const a = |');
    await send.last.text('1;\n');
    expect((await wish)?.text).toBe('1;');
    expect(send.calls).toHaveLength(1);
  });

  test('is there at once when it was quick', async () => {
    prepare('const a = |');
    await flush();
    await send.last.text('1;\n');
    await clock.pass(50);
    expect(await ask('const a = |')).toMatchObject({ text: '1;', from: 'reuse' });
    expect(send.calls).toHaveLength(1);
  });

  test('ends soon when nobody asks', async () => {
    prepare('const a = |');
    await clock.pass(499);
    expect(send.live).toBe(1);
    await clock.pass(2);
    expect(send.live).toBe(0);
  });

  test('ends soon when the cursor goes on and nobody asks', async () => {
    prepare('const a = x|\n');
    engine.visit(snapshot('const a = x\n|'), QWEN, NOW);
    await clock.pass(600);
    expect(send.live).toBe(0);
  });

  test('goes on when a part of it is on the screen', async () => {
    prepare('if (a) {|');
    await clock.pass(50);
    const wish = ask('if (a) {|');
    await send.last.text('\n    b();\n');
    await clock.pass(300);
    expect((await wish)?.text).toBe('\n    b();');
    await clock.pass(2000);
    expect(send.live).toBe(1);
    await send.last.text('    c();\n}\n');
    expect(more).toBe(1);
  });

  test('serves the next key, and the one after it', async () => {
    prepare('const a = |');
    prepare('const a = v|');
    prepare('const a = va|');
    await flush();
    await send.last.text('val');
    expect(send.calls).toHaveLength(1);
    const wish = ask('const a = va|');
    await send.last.text('ue;\n');
    expect((await wish)?.text).toBe('lue;');
  });

  test('is done anew once the text says otherwise', async () => {
    prepare('const a = |');
    prepare('const a = w|');
    await flush();
    await send.last.text('val');
    await flush();
    expect(send.calls).toHaveLength(2);
    expect(prompt()).toMatch(/const a = w$/);
  });

  test('that gave nothing is not done again', async () => {
    prepare('f();|');
    await flush();
    await send.last.end();
    expect(await ask('f();|')).toBeUndefined();
    prepare('f();|');
    expect(send.calls).toHaveLength(1);
    void engine.suggest(snapshot('f();|'), QWEN, EXPLICIT, new AbortController().signal);
    await flush();
    expect(send.calls, 'but when asked for').toHaveLength(2);
  });

  test('waits for a pause where it is paid for', async () => {
    const cloud = model('codestral-2508', { zone: 'cloud' });
    for (const typed of ['v', 'va', 'val']) {
      prepare(`const a = ${typed}|`, cloud);
      await clock.pass(60);
      expect(send.calls).toHaveLength(0);
    }
    void ask('const a = val|', cloud);
    await clock.pass(300);
    expect(send.calls).toHaveLength(1);
  });
});

describe('what may follow a suggestion', () => {
  async function shown(marked: string, text: string): Promise<Suggestion> {
    const wish = ask(marked);
    await flush();
    await send.last.text(text);
    const suggestion = await wish;
    if (!suggestion) throw new Error('nothing is shown');
    engine.shown(suggestion);
    return suggestion;
  }

  test('is asked for while it is on the screen, and is there when it was accepted', async () => {
    const suggestion = await shown('const a = |\nend();', '1;\n');
    await clock.pass(249);
    expect(send.calls).toHaveLength(1);
    await clock.pass(1);
    expect(send.calls).toHaveLength(2);
    expect(prompt()).toMatch(/const a = 1;$/);
    await send.last.text('\nconst b = 2;\nconst c = 3;\n');
    await send.last.end();
    engine.accepted(suggestion, 'whole');
    prepare('const a = 1;|\nend();');
    expect(await ask('const a = 1;|\nend();')).toMatchObject({ text: '\nconst b = 2;\nconst c = 3;', from: 'reuse' });
  });

  test('is given up where the server does not begin with it', async () => {
    await shown('const a = |\nend();', '1;\n');
    await clock.pass(250);
    expect(send.live).toBe(1);
    await clock.pass(2_999);
    expect(send.live).toBe(1);
    await clock.pass(1);
    expect(send.live).toBe(0);
  });

  test('is joined while it is on its way', async () => {
    await shown('const a = |\nend();', '1;\n');
    await clock.pass(250);
    prepare('const a = 1;|\nend();');
    const wish = ask('const a = 1;|\nend();');
    await send.last.text('\nb();\n\n');
    await send.last.text('c();\n');
    expect((await wish)?.text).toBe('\nb();');
    expect(send.calls).toHaveLength(2);
  });

  test('goes on while what stands before it is typed, and gives way to any other wish', async () => {
    await shown('const a = |\nend();', 'value;\n');
    await clock.pass(250);
    expect(send.calls).toHaveLength(2);
    prepare('const a = v|\nend();');
    expect((await ask('const a = v|\nend();'))?.text).toBe('alue;');
    expect(send.calls[1]?.signal.aborted).toBe(false);
    prepare('const a = vx|\nend();');
    expect(send.calls[1]?.signal.aborted).toBe(true);
    await flush();
    expect(send.calls).toHaveLength(3);
  });

  test('is not asked of a cloud, nor once the user went on', async () => {
    const cloud = model('codestral-2508', { zone: 'cloud' });
    const wish = ask('a = |', cloud);
    await clock.pass(300);
    await send.last.text('1;\n');
    const suggestion = await wish;
    if (suggestion) engine.shown(suggestion);
    await clock.pass(1000);
    expect(send.calls).toHaveLength(1);
    await shown('b = |', '1;\n');
    engine.cancel();
    await clock.pass(1000);
    expect(send.calls).toHaveLength(2);
  });

  test('more lines than are shown are told of', async () => {
    const wish = ask('if (a) {|');
    await flush();
    await send.last.text('\n    b();\n    c(');
    await clock.pass(300);
    expect((await wish)?.text).toBe('\n    b();');
    await send.last.text(');\n}\n');
    await send.last.end();
    expect(more).toBe(1);
    expect((await ask('if (a) {|'))?.text).toBe('\n    b();\n    c();\n}');
  });
});

describe('a visit', () => {
  const far = `${'const value = compute(1);\n'.repeat(300)}const a = |`;

  test('lets the model read what is there, and write one token', async () => {
    engine.visit(snapshot(far), QWEN, NOW);
    await clock.pass(149);
    expect(send.calls).toHaveLength(0);
    await clock.pass(1);
    expect(send.last.request).toMatchObject({ maxTokens: 1 });
    prepare(far.replace('|', 'b|'));
    await flush();
    expect(send.calls[0]?.signal.aborted).toBe(true);
    expect(send.last.request).toMatchObject({ maxTokens: 64 });
  });

  test('of a place that it has read costs nothing, nor one in passing', async () => {
    engine.visit(snapshot('const a = |'), QWEN, NOW);
    await clock.pass(1000);
    engine.visit(snapshot(far), QWEN, NOW);
    engine.visit(snapshot('const a = |'), QWEN, NOW);
    await clock.pass(1000);
    engine.visit(snapshot(far), { ...QWEN, zone: 'network' }, NOW);
    await clock.pass(1000);
    expect(send.calls).toHaveLength(0);
  });

  test('brings text of other files into prompts that had none, also where so little is not worth reading ahead', async () => {
    const text = 'export function sound(pitch: number): number {\n  return pitch;\n}\n';
    const stable: ContextFile[] = [];
    engine = createEngine({ send, clock, context: { of: () => ({ stable, volatile: [] }) } });
    prepare('const a = |');
    await flush();
    await send.last.text('1;\n');
    stable.push({ path: 'sound.ts', uri: 'file:///sound.ts', text, sources: [{ kind: 'window' }] });
    prepare('const a = b|');
    await flush();
    expect(prompt()).not.toContain('pitch');
    await send.last.text(';\n');
    engine.visit(snapshot('const a = b|'), QWEN, NOW);
    await clock.pass(1000);
    expect(send.calls).toHaveLength(2);
    prepare('const a = bc|');
    await flush();
    expect(prompt()).toContain('pitch');
  });
});

describe('alternatives', () => {
  const others = (count: number, signal = new AbortController().signal) =>
    engine.alternatives(snapshot('const a = |'), QWEN, EXPLICIT, count, signal);

  test('are asked for one after the other, warmer, and the first stays first', async () => {
    const wish = ask('const a = |');
    await flush();
    await send.last.text('1;\n');
    await wish;
    const all = others(3);
    await flush();
    expect(send.last.request).toMatchObject({ temperature: 0.7 });
    await send.last.text('2;\n');
    await send.last.end();
    await flush();
    await send.last.text('1;\n');
    await send.last.end();
    expect((await all).map(({ text }) => text)).toEqual(['1;', '2;']);
    expect(send.calls).toHaveLength(3);
    expect((await others(2)).map(({ text }) => text)).toEqual(['1;', '2;']);
    expect(send.calls, 'known by now').toHaveLength(3);
  });

  test('give way to a key', async () => {
    const all = others(3);
    await flush();
    prepare('const a = x|');
    expect(send.calls[0]?.signal.aborted).toBe(true);
    expect(await all).toEqual([]);
  });
});
