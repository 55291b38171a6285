import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

/** What the editor's keys and the snooze do with completions. */
describe('completion by key and in peace', () => {
  let scene: Scene;
  let ollama: OllamaPeer;
  /** What the model writes next. */
  let written = () => ['size = w * h', '\n', '    return size', '\n'];

  beforeAll(async () => {
    const model = { name: 'qwen2.5-coder:7b', capabilities: ['completion', 'insert'], tokens: () => written() };
    ollama = await startOllamaPeer({ models: [model] });
    scene = await openScene({ settings: { 'switchyard.endpoints': [ollamaAt(ollama.url)] } });
    writeFileSync(join(scene.path, 'area.py'), 'def area(w, h):\n');
    writeFileSync(join(scene.path, 'pick.py'), 'chosen =\n');
    await scene.barSays(/qwen2\.5-coder/u);
  });
  afterAll(async () => {
    await scene?.close();
    await ollama?.stop();
  });

  const asked = () => ollama.to('/api/generate').length;

  it('takes one line of several by key, and leaves the rest', async () => {
    const { workbench } = scene;
    await workbench.openFile('area.py');
    await workbench.cursorAt(1, 16);
    await workbench.page.keyboard.press('Enter');
    await workbench.until('both lines', async () => (await workbench.ghostText()).includes('return size'));
    await workbench.page.keyboard.press('Control+Alt+ArrowRight');
    await workbench.until('the first line', async () => (await workbench.editorText()).includes('size = w * h'));
    expect(await workbench.editorText()).not.toContain('return size');
    expect(await workbench.ghostText()).toContain('return size');
  });

  it('is quiet while it is snoozed, over a reload too, and still completes when told', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Snooze Inline Completion…');
    await workbench.pick('5 minutes');
    await scene.barSays(/snoozed/iu);
    await scene.remembers(/snoozedUntil/u);
    await scene.reload();
    await scene.barSays(/snoozed/iu);
    await workbench.openFile('area.py');
    await workbench.cursorAt(1, 16);
    const before = asked();
    await workbench.page.keyboard.press('Enter');
    await workbench.typeInEditor('size ');
    await workbench.command('Switchyard: Complete at the Cursor');
    expect(await workbench.ghostText()).not.toBe('');
    expect(asked()).toBe(before + 1);
  });

  it('wakes up when told', async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Snooze Inline Completion…');
    await workbench.pick('Wake up now');
    await workbench.until('nothing of a snooze', async () => !/snoozed/iu.test((await scene.bar()).label));
    await workbench.cursorAt(1, 16);
    await workbench.page.keyboard.press('Enter');
    expect(await workbench.ghostText()).not.toBe('');
  });

  it('shows other candidates by key, and goes back to the first', async () => {
    const { workbench } = scene;
    let count = 0;
    written = () => [`candidate_${++count}()`, '\n'];
    await workbench.openFile('pick.py');
    await workbench.cursorAt(1, 9);
    await workbench.typeInEditor(' ');
    const first = await workbench.ghostText();
    expect(first).toMatch(/candidate_\d/u);
    await workbench.page.keyboard.press('Alt+]');
    const isOther = async () => {
      const now = await workbench.ghostText();
      return now !== first && /candidate_\d/u.test(now);
    };
    await workbench.until('another candidate', isOther);
    await workbench.page.keyboard.press('Alt+[');
    await workbench.until('the first one', async () => (await workbench.ghostText()) === first);
  });
});
