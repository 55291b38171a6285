import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { placeEngine, storageIn } from '../../setup/engine.ts';
import { smallModel } from '../../setup/ollamaBuild.ts';
import { openChat } from '../../ui/chatView.ts';
import { type Scene, ollamaAt, openScene } from '../../ui/scene.ts';
import { startCapture } from './capture.ts';

/** The main job on the built-in engine, with a packet capture on every interface, and no Ollama anywhere. */
let dir: string;
let scene: Scene;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-builtin-'));
  const models = await placeEngine(storageIn(join(dir, 'user')));
  const gguf = await smallModel();
  for (const name of ['qwen2.5-coder-0.5b-base', 'SmolLM2-135M-Instruct'])
    copyFileSync(gguf, join(models, `${name}.gguf`));
}, 180_000);
afterAll(async () => {
  await scene?.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

it('not one packet leaves while the built-in engine completes and answers', async () => {
  const before = readFileSync(inject('elsewhereLog'), 'utf8');
  const capture = await startCapture('builtin');
  try {
    scene = await openScene({
      userDataDir: join(dir, 'user'),
      settings: {
        'switchyard.endpoints': [ollamaAt('http://127.0.0.1:9')],
        'switchyard.builtin.threads': 1,
        // A proxy is there to be used, and is not.
        'http.proxy': 'http://198.18.0.1:443',
      },
      env: { HOME: dir, HTTPS_PROXY: 'http://198.18.0.1:443' },
    });
    const { workbench } = scene;
    await scene.barSays(/qwen2\.5-coder-0\.5b-base · in the editor/u);
    await scene.mark('private');
    await workbench.openFile('sums.py');
    await workbench.cursorAt(5, 1);
    await workbench.typeInEditor('\n\ndef add(first, second):\n    return ', 30);
    expect(await workbench.ghostText(60_000)).not.toBe('');
    const chat = await openChat(workbench);
    await chat.ask('Name the capital of France.');
    expect(await chat.cutShort()).toMatch(/\S/u);
  } catch (error) {
    await capture.stop();
    throw error;
  }
  const { outside, dropped, loopback } = await capture.stop();
  // What is on loopback is the browser with the editor's server: the capture was awake.
  expect({ outside, dropped, awake: loopback > 100 }).toEqual({ outside: [], dropped: 0, awake: true });
  expect(readFileSync(inject('elsewhereLog'), 'utf8')).toBe(before);
}, 240_000);
