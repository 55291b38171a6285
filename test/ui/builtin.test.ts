import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudPeer, startCloudPeer } from '../peers/cloud.ts';
import { type Registry, startRegistry } from '../peers/registry.ts';
import { ensureEngine } from '../setup/engine.ts';
import { smallModel } from '../setup/ollamaBuild.ts';
import { type ChatView, openChat } from './chatView.ts';
import type { Dom } from './dom.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

/** The main job with no Ollama on the machine: the engine is installed from a registry, and a real model runs in it. */
describe('the built-in engine, with Ollama absent', () => {
  let scene: Scene;
  let registry: Registry;
  let closed: CloudPeer;
  let models: string;
  let chat: ChatView;

  beforeAll(async () => {
    const { archive, name, version } = await ensureEngine();
    closed = await startCloudPeer({ models: ['closed-model'] });
    registry = await startRegistry(`/@node-llama-cpp/${name}/-/${name}-${version}.tgz`, archive);
    models = mkdtempSync(join(tmpdir(), 'switchyard-models-'));
    // The name is of a model that fills in the middle; what it writes is the small model's own.
    const gguf = await smallModel();
    mkdirSync(join(models, 'own'));
    for (const file of ['qwen2.5-coder-0.5b-base.gguf', 'SmolLM2-135M-Instruct.gguf'])
      linkSync(gguf, join(models, 'own', file));
    scene = await openScene({
      settings: {
        'switchyard.endpoints': [
          ollamaAt('http://127.0.0.1:9'),
          { id: 'closed', label: 'Closed API', protocol: 'openai', url: closed.url, key: false, notThisMachine: true },
        ],
        'switchyard.builtin.registry': registry.url,
        'switchyard.builtin.modelFolders': [join(models, 'own')],
        // Two threads on a busy machine with two cores wait for each other.
        'switchyard.builtin.threads': 1,
      },
      env: { HOME: models, OLLAMA_MODELS: join(models, 'none') },
    });
  }, 600_000);
  afterAll(async () => {
    await scene.close();
    await Promise.all([registry.stop(), closed.stop()]);
    rmSync(models, { recursive: true, force: true });
  });

  it('is installed from the picker, after saying what, how large and from where', async () => {
    const { workbench } = scene;
    await scene.barSays(/Ollama is not running$/u);
    await workbench.command('Switchyard: Switch Model…');
    await workbench.pick('Install the built-in engine…');
    if (process.platform === 'linux' && process.arch === 'x64') await workbench.pick('Compute with the processor');
    const dialog = await scene.dialog();
    expect(dialog.text).toMatch(/@node-llama-cpp\/\S+ \d+\.\d+\.\d+ .*, \d+ MB, from 127\.0\.0\.1:\d+\./u);
    expect(registry.asked).toEqual([]);
    await workbench.shot('builtin-install');
    await dialog.press('Download and Install');
    await workbench.toast(/The built-in engine is installed\. It found 2 models/u);
    await workbench.closeToasts();
    await scene.barSays(/qwen2\.5-coder-0\.5b-base · in the editor/u);
  });

  it('completes while somebody types, in a private-only workspace', async () => {
    const { workbench } = scene;
    await scene.mark('private');
    await workbench.openFile('sums.py');
    await workbench.cursorAt(5, 1);
    await workbench.typeInEditor('\n\ndef add(first, second):\n    return ', 30);
    const ghost = await workbench.ghostText(60_000);
    expect(ghost).not.toBe('');
    await scene.barSays(/Private-only workspace/u);
    await workbench.shot('builtin-ghost');
  });

  it('answers in the chat, which says where', async () => {
    const { workbench } = scene;
    chat = await openChat(workbench);
    await chat.ask('Name the capital of France.');
    expect(await chat.ended(60_000)).toMatch(/\w{3}/u);
    expect(await chat.answers.last().locator('.zone').innerText()).toBe('In the editor');
    await chat.button(/^Chat model: SmolLM2.*, runs in the editor/u).waitFor();
    await workbench.shot('builtin-chat');
  });

  it('writes tests for the code at the cursor and documents it, by key', async () => {
    const { workbench } = scene;
    for (const [key, words] of [
      ['t', 'Write tests for this code.'],
      ['d', 'Document this code.'],
    ] as const) {
      await workbench.cursorAt(2, 5);
      await workbench.page.keyboard.press(`Control+Alt+Shift+${key}`);
      await chat.questions.filter({ hasText: words }).waitFor();
      expect(await chat.cutShort()).not.toBe('');
    }
    await chat.startNew();
  });

  it('switches the model of the chat in the picker, and returns by key', async () => {
    const { workbench } = scene;
    const is = (role: 'Completion' | 'Chat', name: string) =>
      scene.barSays(new RegExp(`${role}: ${name}, in the editor\\.`, 'u'));
    await is('Chat', 'SmolLM2-135M-Instruct');
    await workbench.command('Switchyard: Switch Model…');
    await workbench.pressRowButton('qwen2.5-coder-0.5b-base', 'Use for Chat');
    await workbench.closeQuickPick();
    await is('Chat', 'qwen2.5-coder-0.5b-base');
    await is('Completion', 'qwen2.5-coder-0.5b-base');
    await workbench.page.keyboard.press('Control+Alt+Shift+m');
    await is('Chat', 'SmolLM2-135M-Instruct');
    expect((await scene.bar()).label).toContain('Completion: qwen2.5-coder-0.5b-base, in the editor.');
  });

  it('has the closed API in the picker as forbidden, and asks it nothing', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Switch Model…');
    const row = await workbench.until('the row of the closed API', async () =>
      (await workbench.quickPickRows()).find(({ label }) => label.includes('Closed API')),
    );
    expect(row.detail).toContain('Forbidden: The cloud is not allowed here');
    await workbench.shot('builtin-forbidden');
    await workbench.pick('Closed API');
    await workbench.toast('The cloud is not allowed here');
    await workbench.closeToasts();
    await workbench.closeQuickPick();
    expect(closed.connections).toBe(0);
  });

  it('keeps the text so far when its process is killed, says so, and answers again', async () => {
    let text = '';
    // A small model may have done before the process is gone.
    for (let tries = 0; tries < 5 && !text.includes('The built-in engine'); tries += 1) {
      await chat.ask('Tell a long story about a dragon that learns to count.');
      await chat.says(/\w{3}/u);
      for (const pid of enginesOf(scene.workbench.settingsFile)) process.kill(pid, 'SIGKILL');
      text = await chat.ended(60_000);
    }
    expect(text).toMatch(/\w{3}/u);
    expect(text).toContain('The built-in engine ended before the answer was complete.');
    await scene.workbench.shot('builtin-killed');
    await chat.ask('Name the capital of France.');
    expect(await chat.ended(60_000)).not.toContain('ended before');
  });

  it('has the answer that broke off as failed in the list of requests, and the next one as done', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Show Requests');
    const frame = await workbench.frameOf('.grid');
    await frame.locator('.chain[data-state=intact]').waitFor();
    await frame.locator('.filter').fill('chat SmolLM2');
    const rows = frame.locator('.body .row');
    // The newest is on top.
    await workbench.until('the newest chats', async () => {
      const outcomes = await rows.evaluateAll((elements: readonly Dom[]) =>
        elements.map((row) => row.getAttribute('data-outcome')),
      );
      return /^ok failed( \w+)+$/u.test(outcomes.join(' '));
    });
    await rows.nth(1).click();
    const details = frame.locator('.details');
    await details.getByText('interrupted', { exact: true }).waitFor();
    expect(await details.innerText()).toMatch(/Verdict\s*Failed\s*Rule\s*interrupted/u);
    expect(await rows.nth(1).innerText()).toContain('Failed');
    await workbench.shot('builtin-failed');
  });

  it('is measured, and tells what it computes with', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Measure This Model…');
    await scene.titled('Measure Which Model?');
    await workbench.pick('SmolLM2');
    await scene.titled('SmolLM2-135M-Instruct on this machine, now');
    const rows = await workbench.quickPickRows();
    expect(rows.map(({ label }) => label)).toEqual([
      'Reads',
      'Writes',
      'First token after three typed ones',
      'Memory',
      'Computes with',
    ]);
    await workbench.shot('builtin-measured');
    await workbench.closeQuickPick();
    await workbench.command('Switchyard: Show Model Details…');
    await scene.titled('Details of Which Model?');
    await workbench.pick('SmolLM2');
    await scene.titled('SmolLM2-135M-Instruct');
    const facts = await workbench.quickPickRows();
    const factOf = (name: string) => facts.find(({ label }) => label === name)?.description;
    expect(factOf('Runs')).toBe('in the editor');
    expect(factOf('Computes with')).toBe('1 thread');
    await workbench.shot('builtin-details');
    await workbench.closeQuickPick();
  });

  it('has its requests in the ledger, with no byte on any network', () => {
    const dir = join(scene.workbench.settingsFile, '../globalStorage/switchyard.switchyard/ledger');
    const lines = readdirSync(dir)
      .flatMap((file) => readFileSync(join(dir, file), 'utf8').split('\n'))
      .filter((line) => line.includes('"endpoint":"builtin"'))
      .map((line): unknown => JSON.parse(line));
    for (const task of ['completion', 'chat']) {
      const ends = lines.filter(
        (line) => Reflect.get(Object(line), 'phase') === 'end' && Reflect.get(Object(line), 'task') === task,
      );
      expect(ends.length).toBeGreaterThan(0);
      for (const end of ends) expect(end).toMatchObject({ host: 'builtin', zone: 'device', bytesOut: 0, bytesIn: 0 });
    }
    const carried = lines.map((line) =>
      typeof line === 'object' && line !== null && 'bytesIn' in line ? line.bytesIn : 0,
    );
    expect(new Set(carried)).toEqual(new Set([0]));
  });

  it('offers a damaged file of its own folder for removal, and no file of other folders', async () => {
    const { workbench } = scene;
    const file = join(workbench.settingsFile, '../globalStorage/switchyard.switchyard/models/broken.gguf');
    writeFileSync(file, 'GGUF, and no more');
    await workbench.command('Switchyard: Refresh the List of Models');
    await workbench.command('Switchyard: Remove a Model from Disk…');
    await scene.titled('Remove Which Model from Disk?');
    const rows = await workbench.quickPickRows();
    expect(rows.map(({ label, detail }) => `${label}: ${detail}`)).toEqual([
      expect.stringMatching(/broken: Its file is damaged/u),
    ]);
    await workbench.shot('builtin-remove-model');
    await workbench.pick('broken');
    await (await scene.dialog()).press('Remove');
    await workbench.until('the file is gone', () => Promise.resolve(!existsSync(file)));
  });

  it('is removed when told', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Remove the Built-in Engine…');
    await (await scene.dialog()).press('Remove');
    await workbench.toast(/The built-in engine is gone\./u);
    await scene.barSays(/Ollama is not running|No model/u);
    expect(enginesOf(workbench.settingsFile)).toEqual([]);
  });
});

/** Processes of the engine that were started from the extension of one workbench. */
function enginesOf(settingsFile: string): number[] {
  const [root = ''] = settingsFile.split('/server/');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const command = readFileSync(join('/proc', name, 'cmdline'), 'utf8');
        return command.includes(root) && command.includes('builtin/child.js');
      } catch {
        return false;
      }
    })
    .map(Number);
}
