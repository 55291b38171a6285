import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { startOpenAIPeer } from '../peers/openai.ts';
import type { Peer } from '../peers/recorder.ts';
import { until } from './pages.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

/** With room for a hole and for a conversation. */
const template =
  '{{ if .Suffix }}<P>{{ .Prompt }}<S>{{ .Suffix }}{{ else }}{{ range .Messages }}{{ .Content }}{{ end }}{{ end }}';
const CODER = {
  name: 'qwen2.5-coder:7b',
  sizeBytes: 4_683_087_332,
  capabilities: ['completion', 'insert', 'tools'],
  template,
};
const CODESTRAL = {
  name: 'codestral:22b',
  sizeBytes: 12_569_170_041,
  capabilities: ['completion', 'insert'],
  template,
};
const CHATTER = { name: 'tiny-chat:3b', sizeBytes: 2e9, capabilities: ['completion'] };
const PROXIED = { name: 'looks-local', remote: { host: 'https://vendor.example:443', model: 'big-model' } };

describe('the picker', () => {
  let scene: Scene;
  let ollama: OllamaPeer;
  let house: Peer;
  beforeAll(async () => {
    [ollama, house] = await Promise.all([
      startOllamaPeer({ models: [CODER, CODESTRAL, CHATTER, PROXIED] }),
      startOpenAIPeer({ models: ['house-model'] }),
    ]);
    scene = await openScene({
      settings: {
        'switchyard.endpoints': [
          ollamaAt(ollama.url),
          { id: 'house', label: 'House', protocol: 'openai', url: house.url, notThisMachine: true },
        ],
        'switchyard.networkHosts': ['127.0.0.1'],
      },
    });
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all([ollama.stop(), house.stop()]);
  });

  const open = () => scene.workbench.command('Switchyard: Switch Model…');
  const close = () => scene.workbench.closeQuickPick();
  const row = async (text: RegExp) =>
    scene.workbench.until(`row ${String(text)}`, async () =>
      (await scene.workbench.quickPickRows()).find((each) =>
        text.test(`${each.label} ${each.description} ${each.detail}`),
      ),
    );
  const is = (role: 'Completion' | 'Chat', model: string) => scene.barSays(new RegExp(`${role}: ${model}, `, 'u'));

  it('groups models by where they run, and shows what is forbidden and why', async () => {
    await is('Completion', CODER.name);
    await open();
    await row(/looks-local/u);
    const rows = await scene.workbench.quickPickRows();
    const separators = rows.map(({ separator }) => separator).filter(Boolean);
    expect(separators.slice(0, 3)).toEqual([
      'On this machine (the editor’s server)',
      'In your network',
      'In the cloud',
    ]);
    expect((await row(/qwen2\.5-coder:7b/u)).detail).toMatch(/^4\.7 GB · Q4_1 · 8K context · complete, chat, tools/u);
    expect((await row(/qwen2\.5-coder:7b/u)).description).toContain('in use for completion');
    expect((await row(/House/u)).detail).toContain('Forbidden: A server of your network is not allowed here');
    expect((await row(/looks-local/u)).detail).toContain('Forbidden: The cloud is not allowed here');
    expect(house.seen).toEqual([]);
    await scene.workbench.pick('looks-local');
    await scene.workbench.toast('The cloud is not allowed here');
    await scene.workbench.closeToasts();
    await close();
    await is('Completion', CODER.name);
  });

  it('asks the servers of the network once the workspace is internal, and not the cloud', async () => {
    await scene.mark('internal');
    await scene.barSays(/Internal workspace\./u);
    await open();
    await row(/house-model/u);
    expect((await row(/looks-local/u)).detail).toContain(
      'Forbidden: The cloud is not allowed here: the workspace is internal.',
    );
    await scene.workbench.pick('house-model');
    await scene.barSays(/Chat: house-model, in your network\. Internal workspace\./u);
    expect((await scene.bar()).text).toMatch(/house-model · network/u);
  });

  it('works by the keyboard: key, filter, arrows, Enter', async () => {
    const { keyboard } = scene.workbench.page;
    await keyboard.press('Control+Alt+m');
    await row(/tiny-chat:3b/u);
    await keyboard.type('coder', { delay: 20 });
    await scene.workbench.until('one row', async () => {
      const rows = await scene.workbench.quickPickRows();
      return rows.filter(({ label }) => label.includes(':')).length === 1 && rows[0]?.isFocused;
    });
    await keyboard.press('Enter');
    await is('Chat', CODER.name);
    expect(ollama.loaded).toContain(CODER.name);
    await keyboard.press('Control+Alt+Shift+m');
    await is('Chat', 'house-model');
  });

  it('has buttons on a row: for one task, load, unload, details', async () => {
    await open();
    await scene.workbench.pressRowButton(CHATTER.name, 'Use for Completion');
    await is('Completion', CHATTER.name);
    await is('Chat', 'house-model');
    await scene.workbench.pressRowButton(CODER.name, 'Use for Completion');
    await is('Completion', CODER.name);
    await scene.workbench.pressRowButton(CODESTRAL.name, 'Use for Chat');
    await is('Chat', CODESTRAL.name);
    await is('Completion', CODER.name);
    await scene.workbench.pressRowButton(CODESTRAL.name, 'Unload from Memory');
    await until(async () => Promise.resolve(!ollama.loaded.has(CODESTRAL.name)));
    await row(/codestral.*not loaded/u);
    await scene.workbench.pressRowButton(CODESTRAL.name, 'Load into Memory');
    await until(async () => Promise.resolve(ollama.loaded.has(CODESTRAL.name)));
    await scene.workbench.pressRowButton(CODESTRAL.name, 'Details');
    await scene.titled(CODESTRAL.name);
    expect((await row(/Size on disk/u)).description).toBe('12.6 GB (12,569,170,041 bytes)');
    await close();
  });

  it('keeps the filter while a model appears that was pulled elsewhere', async () => {
    await open();
    await row(/tiny-chat:3b/u);
    await scene.workbench.fillInput('fresh');
    ollama.models = [...ollama.models, { ...CHATTER, name: 'fresh-model:1b' }];
    const { label } = await row(/fresh-model:1b/u);
    expect(label).toContain('fresh-model:1b');
    expect(await scene.workbench.page.locator('.quick-input-box input').first().inputValue()).toBe('fresh');
    await close();
  });

  it('loads in the background with progress and cancel, while the old model serves', async () => {
    ollama.fault({ kind: 'hang' }, '/api/generate');
    await open();
    await scene.workbench.pick(CODESTRAL.name);
    await scene.workbench.toast(`Loading ${CODESTRAL.name}…`);
    await scene.barSays(/Loading codestral:22b\. Completion: qwen2\.5-coder:7b/u);
    const loading = ollama.to('/api/generate').at(-1);
    await scene.workbench.pressToast(`Loading ${CODESTRAL.name}…`, 'Cancel');
    expect(await loading?.closed).toBe(true);
    await scene.barSays(/^Switchyard\. Completion: qwen2\.5-coder:7b/u);
    ollama.fault({ kind: 'hang', ms: 1500 }, '/api/generate');
    await open();
    await scene.workbench.pick(CODESTRAL.name);
    await is('Completion', CODESTRAL.name);
    ollama.fault(undefined, '/api/generate');
  });

  it('remembers per workspace, over a reload', { timeout: 300_000 }, async () => {
    await scene.remembers(/choice\.completion":\{"id":"ollama\/codestral:22b/u);
    await scene.reload();
    await is('Completion', CODESTRAL.name);
    await scene.barSays(/Internal workspace\./u);
    const other = join(scene.path, '../other');
    mkdirSync(other);
    await scene.workbench.page.goto(scene.workbench.address.replace(/sample$/u, 'other'));
    // A start from the last choice, in a workspace that nobody has classified.
    await scene.barSays(/Completion: codestral:22b.*Private-only workspace\./u);
    await open();
    await scene.workbench.pick(CODER.name);
    await is('Completion', CODER.name);
    await scene.remembers(/choice\.completion":\{"id":"ollama\/qwen2\.5-coder:7b/u);
    await scene.workbench.page.goto(scene.workbench.address);
    await scene.barSays(/Completion: codestral:22b.*Internal workspace\./u);
    expect((await scene.bar()).text).toMatch(/codestral:22b · device/u);
  });
});
