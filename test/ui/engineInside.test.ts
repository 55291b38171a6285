import { linkSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Registry, startRegistry } from '../peers/registry.ts';
import { run } from '../setup/child.ts';
import { THIS_PLATFORM, ensureEngine, placeEngine, storageIn } from '../setup/engine.ts';
import { smallModel } from '../setup/ollamaBuild.ts';
import { openChat } from './chatView.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The package that carries the engine, in a fresh editor, with Ollama absent: nothing is fetched and nothing installed. */
describe('a package of Switchyard that carries the built-in engine', () => {
  let scene: Scene;
  let registry: Registry;
  let models: string;
  let userDataDir: string;
  let engine: string;

  beforeAll(async () => {
    const { archive, name, version } = await ensureEngine();
    engine = `@node-llama-cpp/${name} ${version}`;
    await run(process.execPath, ['test/setup/package.ts', '--with-engine'], { cwd: ROOT });
    registry = await startRegistry(`/@node-llama-cpp/${name}/-/${name}-${version}.tgz`, archive);
    models = mkdtempSync(join(tmpdir(), 'switchyard-models-'));
    userDataDir = mkdtempSync(join(tmpdir(), 'switchyard-inside-'));
    linkSync(await smallModel(), join(models, 'SmolLM2-135M-Instruct.gguf'));
    scene = await openScene({
      vsix: join(ROOT, `out/switchyard-${THIS_PLATFORM}.vsix`),
      userDataDir,
      settings: {
        'switchyard.endpoints': [ollamaAt('http://127.0.0.1:9')],
        'switchyard.builtin.registry': registry.url,
        'switchyard.builtin.modelFolders': [models],
        // Two threads on a busy machine with two cores wait for each other.
        'switchyard.builtin.threads': 1,
      },
      env: { HOME: join(models, 'none'), OLLAMA_MODELS: join(models, 'none') },
    });
  }, 600_000);
  afterAll(async () => {
    await scene?.close();
    await registry?.stop();
    for (const dir of [models, userDataDir]) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  /** What an installation would leave behind. */
  const installed = () => readdirSync(storageIn(userDataDir)).filter((name) => name.startsWith('engine'));

  it('offers the model that it finds, in the editor', async () => {
    await scene.barSays(/SmolLM2-135M-Instruct · in the editor/u);
    await scene.workbench.shot('inside-bar');
    expect(installed()).toEqual([]);
  });

  it('answers in the chat, though nothing was installed', async () => {
    const chat = await openChat(scene.workbench);
    await chat.ask('Name the capital of France.');
    const answer = await chat.ended(60_000);
    expect(answer).toMatch(/\w{3}/u);
    expect(answer).not.toMatch(/engine|failed/iu);
    await scene.workbench.shot('inside-chat');
    expect(installed()).toEqual([]);
    expect(registry.asked).toEqual([]);
  });

  it('says that the engine is here already when it is to be installed', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Install the Built-in Engine…');
    // Where there are several, the one that is here says so.
    if (THIS_PLATFORM === 'linux-x64') await workbench.pick('is here already');
    const toast = await workbench.toast('The built-in engine is here already');
    expect(await toast.innerText()).toContain(`it came with this package of Switchyard (${engine}).`);
    await workbench.shot('inside-install');
    await workbench.closeToasts();
    expect(registry.asked).toEqual([]);
  });

  it('does not pretend to remove it', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Remove the Built-in Engine…');
    const toast = await workbench.toast('Nothing is removed: the built-in engine came with this package of Switchyard');
    expect(await toast.innerText()).toContain(engine);
    await workbench.shot('inside-remove');
    await workbench.closeToasts();
    await scene.barSays(/SmolLM2-135M-Instruct · in the editor/u);
  });

  it('removes one that was installed beside it, and says which one stays', async () => {
    const { workbench } = scene;
    await placeEngine(storageIn(userDataDir));
    await workbench.command('Switchyard: Remove the Built-in Engine…');
    const dialog = await scene.dialog();
    expect(dialog.text).toContain(`${engine} is deleted from this disk.`);
    await dialog.press('Remove');
    await workbench.toast('The engine that came with Switchyard stays; the one that was installed is gone.');
    expect(installed()).toEqual([]);
    await scene.barSays(/SmolLM2-135M-Instruct · in the editor/u);
  });

  it.runIf(THIS_PLATFORM === 'linux-x64')('can be told to use another one instead, for the GPU', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Install the Built-in Engine…');
    await workbench.pick('Compute with a GPU by Vulkan');
    const dialog = await scene.dialog();
    expect(dialog.text).toContain(`It is used instead of ${engine}.`);
    await dialog.press('Cancel');
    expect(registry.asked).toEqual([]);
  });
});
