import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

/** Fills holes that are asked for with some markers, and talks otherwise. */
const fillsWith = (marker: string) => (prompt: string) =>
  prompt.includes(marker) ? ['wal', 'rus'] : ['Here is ', 'the code:\n', '```python\n'];

const CODER = {
  name: 'qwen2.5-coder:1.5b',
  family: 'qwen2',
  capabilities: ['completion', 'insert'],
  tokens: fillsWith('<|fim_prefix|>'),
};
const TUNE = {
  name: 'my-tune:latest',
  family: 'llama',
  capabilities: ['completion'],
  tokens: fillsWith('<fim_prefix>'),
};

describe('the FIM doctor', () => {
  let scene: Scene;
  let ollama: OllamaPeer;
  beforeAll(async () => {
    ollama = await startOllamaPeer({ models: [CODER] });
    scene = await openScene({ settings: { 'switchyard.endpoints': [ollamaAt(ollama.url)] } });
    await scene.barSays(/qwen2\.5-coder:1\.5b/u);
  });
  afterAll(async () => {
    await scene.close();
    await ollama.stop();
  });

  const check = () => scene.workbench.command('Switchyard: Check Fill-in-the-Middle…');
  const labels = async () => (await scene.workbench.quickPickRows()).map(({ label }) => label);

  it('says that a model fills in the middle, by what it was asked', async () => {
    await check();
    await scene.titled('qwen2.5-coder:1.5b fills in the middle.');
    expect(await labels()).toEqual([
      'Form of the prompts',
      'A short hole',
      'A long prompt',
      'Show What Was Sent and Answered',
    ]);
    await scene.workbench.shot('fim-doctor-healthy');
    // Nothing but the known text was sent, and nothing before it was asked for.
    const bodies = ollama.to('/api/generate').map(({ body }) => JSON.stringify(body));
    expect(bodies.filter((body) => body.includes('walrus / 2'))).toHaveLength(2);
    await scene.workbench.pick('Show What Was Sent and Answered');
    await scene.workbench.until('the report', async () =>
      (await scene.workbench.page.locator('.tab.active').innerText()).includes('Untitled'),
    );
    await scene.workbench.shot('fim-doctor-details');
  });

  it('finds the form that a model wants, and writes it into the settings', async () => {
    ollama.models = [TUNE];
    await scene.workbench.command('Switchyard: Refresh the List of Models');
    await scene.barSays(/my-tune/u);
    await check();
    await scene.titled('my-tune:latest wants another form of prompts.');
    await scene.workbench.shot('fim-doctor-ill');
    expect(await labels()).toEqual([
      'Form of the prompts',
      'Another form works',
      'Use the Form of codeqwen',
      'Switch Model',
      'Show What Was Sent and Answered',
    ]);
    await scene.workbench.pick('Use the Form of codeqwen');
    await scene.workbench.until('the setting', () =>
      Promise.resolve(/"match": "my-tune:latest"/u.test(readFileSync(scene.workbench.settingsFile, 'utf8'))),
    );
    await check();
    await scene.titled('my-tune:latest fills in the middle.');
    const [form] = await scene.workbench.quickPickRows();
    expect(form?.detail).toBe('As your setting “switchyard.completion.profiles” says.');
    await scene.workbench.closeQuickPick();
  });
});
