import { cpSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gpuOf } from '../../src/builtin/native.ts';
import { AppError } from '../../src/core/outcome.ts';
import { explain } from '../../src/core/wording.ts';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { NEVER, hear } from '../providers/support.ts';
import { ensureEngine } from '../setup/engine.ts';
import { ENDPOINT, SMALL, type TestEngine, startEngine } from './engine.ts';

/** A package for a GPU on a machine that has none, or not what it needs. */
let dir: string;
let engine: TestEngine | undefined;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'switchyard-gpu-'))));
afterEach(() => {
  engine?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function complete(addon: string) {
  engine = await startEngine({ addon });
  await engine.add(SMALL);
  const provider = createBuiltin();
  const [model] = (await provider.list(engine.line(), ENDPOINT, NEVER)).models;
  if (!model) throw new Error('no model');
  const wish = { model, prompt: 'The capital of France is', stops: ['.'], maxTokens: 4, temperature: 0 };
  const heard = await hear(provider.complete(engine.line(), wish, NEVER));
  const [{ loaded } = {}] = (await provider.list(engine.line(), ENDPOINT, NEVER)).models;
  return { heard, loaded, log: engine.log.join('\n') };
}

test.each([
  ['vulkan', 'Vulkan'],
  ['cuda', 'CUDA'],
])('%s: one that cannot be loaded says so, and names the way back', async (name, api) => {
  const { binary } = await ensureEngine();
  const folder = join(dir, `linux-x64-${name}`);
  mkdirSync(folder);
  // Without what it is linked to, as where the driver's library is missing.
  const addon = join(folder, 'llama-addon.node');
  copyFileSync(binary, addon);
  const { heard, log } = await complete(addon);
  if (!(heard.error instanceof AppError)) throw new Error('no AppError', { cause: heard.error });
  expect(explain(heard.error).text).toBe(
    `${SMALL} cannot run in the built-in engine: its package for ${api} does not start, mostly for want of the GPU’s driver; “Install the Built-in Engine” has one for the processor.`,
  );
  expect(log).toMatch(/The built-in engine does not start: .*cannot open shared object file/u);
});

test.each([
  ['vulkan', /found no GPU for Vulkan, which needs the driver of the GPU: it computes with the processor/u],
  ['cuda', /found no GPU for CUDA, which needs the driver of the GPU and the toolkit of CUDA 13: it computes/u],
])('%s: one that finds no GPU computes with the processor, and says so', async (name, words) => {
  const { binary } = await ensureEngine();
  const folder = join(dir, `linux-x64-${name}`);
  cpSync(dirname(binary), folder, { recursive: true });
  const { heard, loaded, log } = await complete(join(folder, 'llama-addon.node'));
  expect(heard.error).toBeUndefined();
  expect(heard.text).toContain('Paris');
  expect(loaded).toMatchObject({ gpuBytes: 0 });
  expect(loaded).not.toHaveProperty('gpu');
  expect(log).toMatch(words);
});

test('a backend without a device is no GPU; one with a device is named', () => {
  const native = (api: 'vulkan' | false, deviceNames: readonly string[]) => ({
    getGpuType: () => api,
    getGpuDeviceInfo: () => ({ deviceNames }),
  });
  expect(gpuOf(native('vulkan', []))).toBeUndefined();
  expect(gpuOf(native(false, []))).toBeUndefined();
  expect(gpuOf(native('vulkan', ['A Card', 'Another']))).toBe('A Card, Vulkan');
});
