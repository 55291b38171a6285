import { setImmediate as settled } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { File } from '../../src/builtin/messages.ts';
import type { Native } from '../../src/builtin/native.ts';
import { createWeights } from '../../src/builtin/weights.ts';

/** An addon whose models are loaded when the test says so. */
function house({ freeBytes = Infinity, late = false } = {}) {
  const inits = new Map<string, (ok: boolean) => void>();
  const gone: string[] = [];
  const inMemory = new Map<string, number>();
  class AddonModel {
    readonly path: string;
    constructor(path: string) {
      this.path = path;
    }
    init = async () =>
      new Promise<boolean>((resolve) => {
        inits.set(this.path, (ok) => {
          if (ok) inMemory.set(this.path, 1e9);
          resolve(ok);
        });
      });
    abortActiveModelLoad = () => inits.get(this.path)?.(late);
    dispose = async () => {
      gone.push(this.path);
      inMemory.delete(this.path);
      return Promise.resolve();
    };
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is asked of it here
  const native = { AddonModel, getIsArchSupported: () => true } as unknown as Native;
  const weights = createWeights({
    native,
    gpu: undefined,
    free: async () => Promise.resolve(freeBytes - [...inMemory.values()].reduce((sum, each) => sum + each, 0)),
    saidNow: async () => Promise.resolve('nothing'),
    leaving: async () => Promise.resolve(),
  });
  const finish = async (path: string, ok = true) => {
    await settled();
    inits.get(path)?.(ok);
    await settled();
  };
  return { weights, gone, finish, here: () => [...weights.all.keys()] };
}

function file(path: string): File {
  return {
    path,
    sizeBytes: 1e9,
    tokenBytes: 1000,
    trainedContext: 8192,
    architecture: 'llama',
    layers: 10,
    template: undefined,
  };
}
const never = new AbortController().signal;

test('a model that is there serves while another is loaded', async () => {
  const { weights, finish, here } = house();
  const first = weights.take(file('a'));
  await finish('a');
  weights.giveBack(await first);
  const load = weights.load(file('b'), never);
  await settled();
  expect((await weights.take(file('a'))).file.path).toBe('a');
  await finish('b');
  await load;
  expect(here()).toEqual(['a', 'b']);
});

test('a cancelled load leaves nothing behind, and the next one begins anew', async () => {
  const { weights, finish, here } = house();
  const abort = new AbortController();
  const load = weights.load(file('a'), abort.signal);
  await settled();
  abort.abort();
  await load;
  expect(here()).toEqual([]);
  const next = weights.take(file('a'));
  await finish('a');
  expect((await next).file.path).toBe('a');
});

test('a model that is there before its load could be cancelled goes again', async () => {
  const { weights, here, gone } = house({ late: true });
  const abort = new AbortController();
  const load = weights.load(file('a'), abort.signal);
  await settled();
  abort.abort();
  await load;
  expect([here(), gone]).toEqual([[], ['a']]);
});

test('a load goes on for a request that waits for the model, too', async () => {
  const { weights, finish, here } = house();
  const abort = new AbortController();
  const load = weights.load(file('a'), abort.signal);
  const request = weights.take(file('a'));
  await settled();
  abort.abort();
  await finish('a');
  await load;
  expect((await request).file.path).toBe('a');
  expect(here()).toEqual(['a']);
});

test('of models that were loaded and never used, one stays', async () => {
  const { weights, finish, here } = house();
  const used = weights.take(file('a'));
  await finish('a');
  weights.giveBack(await used);
  for (const path of ['b', 'c', 'd']) {
    const load = weights.load(file(path), never);
    await finish(path);
    await load;
  }
  expect(here()).toEqual(['a', 'd']);
});

test('what nobody uses makes room for what does not fit besides', async () => {
  const { weights, finish, here } = house({ freeBytes: 2.2e9 });
  const first = weights.take(file('a'));
  await finish('a');
  weights.giveBack(await first);
  const load = weights.load(file('b'), never);
  await finish('b');
  await load;
  expect(here()).toEqual(['b']);
});

test('what somebody uses does not', async () => {
  const { weights, finish, here } = house({ freeBytes: 2.2e9 });
  const first = weights.take(file('a'));
  await finish('a');
  await first;
  await expect(weights.load(file('b'), never)).rejects.toMatchObject({
    failure: { kind: 'noMemory', detail: 'it needs 1.0 GB, and 1.2 GB are free' },
  });
  expect(here()).toEqual(['a']);
});

test('a model that is used is put out when it is given back, unless that was cancelled', async () => {
  const { weights, finish, here, gone } = house();
  const taken = weights.take(file('a'));
  await finish('a');
  const entry = await taken;
  const abort = new AbortController();
  const cancelled = weights.unload('a', abort.signal);
  await settled();
  expect(here()).toEqual(['a']);
  abort.abort();
  weights.giveBack(entry);
  await cancelled;
  expect(here()).toEqual(['a']);
  const again = await weights.take(file('a'));
  const unload = weights.unload('a');
  weights.giveBack(again);
  await unload;
  expect([here(), gone]).toEqual([[], ['a']]);
});

test('a file that cannot be loaded is said to be damaged, and can be tried again', async () => {
  const { weights, finish } = house();
  const first = weights.take(file('a'));
  const [thrown] = await Promise.all([first.catch((error: unknown) => error), finish('a', false)]);
  expect(thrown).toMatchObject({ failure: { kind: 'damaged', detail: 'nothing' } });
  const again = weights.take(file('a'));
  await finish('a');
  expect((await again).file.path).toBe('a');
});
