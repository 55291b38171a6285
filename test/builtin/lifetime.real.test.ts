import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { NEVER, hear } from '../providers/support.ts';
import { ENDPOINT, SMALL, type TestEngine, startEngine } from './engine.ts';

/** When the engine's process ends by itself. */
let engine: TestEngine | undefined;
afterEach(() => engine?.stop());

async function used(options: Parameters<typeof startEngine>[0]): Promise<TestEngine> {
  const started = await startEngine(options);
  engine = started;
  await started.add(SMALL);
  const provider = createBuiltin();
  const [model] = (await provider.list(started.line(), ENDPOINT, NEVER)).models;
  if (!model) throw new Error('no model');
  const wish = { model, prompt: 'Once upon a time', stops: [], maxTokens: 2, temperature: 0 };
  const heard = await hear(provider.complete(started.line(), wish, NEVER));
  expect(heard.error).toBeUndefined();
  return started;
}

async function endOf({ engine: { pid } }: TestEngine, ms: number): Promise<boolean> {
  const until = Date.now() + ms;
  while (pid() !== undefined && Date.now() < until) await sleep(50);
  return pid() === undefined;
}

test('it ends after resting, and starts again', async () => {
  const started = await used({ idleMs: 500 });
  expect(started.engine.pid()).toBeDefined();
  expect(await endOf(started, 5000)).toBe(true);
  expect([...started.engine.loaded()]).toEqual([]);
});

test('it ends while it rests and memory is scarce', async () => {
  let bytes = 4e9;
  const started = await used({ memory: () => Promise.resolve(bytes) });
  expect(started.engine.pid()).toBeDefined();
  bytes = 1e6;
  expect(await endOf(started, 20_000)).toBe(true);
  expect(started.log.join('\n')).toContain('Memory is scarce');
});
