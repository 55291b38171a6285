import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, globSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { openChat } from './chatView.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

const LINES = 50_000;

/** Two folders, one of them read-only, with a notebook and a long file. */
describe('a window with several folders', () => {
  let scene: Scene;
  let ollama: OllamaPeer;
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-roots-'));
  const locked = join(dir, 'locked');

  beforeAll(async () => {
    ollama = await startOllamaPeer({
      models: [
        { name: 'qwen2.5-coder:7b', capabilities: ['completion', 'insert'], tokens: ['answer()', '\n'] },
        { name: 'tiny-chat:3b', capabilities: ['completion'], tokens: ['It is fixed.'] },
      ],
    });
    mkdirSync(join(dir, 'plain/.vscode'), { recursive: true });
    mkdirSync(locked);
    writeFileSync(join(dir, 'plain/.vscode/settings.json'), '{ "switchyard.privacy.level": "internal" }');
    const long = Array.from({ length: LINES }, (_, n) => `value_${n} = compute(${n})`);
    long[1] = 'total =';
    writeFileSync(join(dir, 'plain/long.txt'), long.join('\n'));
    const cell = { cell_type: 'code', metadata: {}, source: ['count ='], outputs: [], execution_count: null };
    const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(join(dir, 'plain/book.ipynb'), JSON.stringify(notebook));
    writeFileSync(join(locked, 'fixed.py'), 'fixed =\n');
    chmodSync(join(locked, 'fixed.py'), 0o444);
    chmodSync(locked, 0o555);
    const workspaceFile = join(dir, 'both.code-workspace');
    writeFileSync(workspaceFile, JSON.stringify({ folders: [{ path: 'plain' }, { path: 'locked' }] }));
    scene = await openScene({ workspaceFile, settings: { 'switchyard.endpoints': [ollamaAt(ollama.url)] } });
  });
  afterAll(async () => {
    await scene.close();
    await ollama.stop();
    chmodSync(locked, 0o755);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const prompts = () => ollama.to('/api/generate').map(({ body }) => JSON.stringify(body));
  const complete = async (before: string) => {
    await scene.workbench.until('a completion', async () => {
      await scene.workbench.command('Switchyard: Complete at the Cursor');
      return scene.workbench.ghostText(5000).catch(() => false);
    });
    return prompts().filter((prompt) => prompt.includes(before)).length;
  };

  it('asks about all folders in one question, and is as private as the strictest', async () => {
    await scene.barSays(/Switchyard/u);
    await scene.workbench.pressToast('How private is “plain”, “locked”?', 'Open');
    const dialog = await scene.dialog();
    expect(dialog.text).toContain('Mark “plain”, “locked” open?');
    await dialog.press('Mark Open');
    // The settings inside one of them ask for more.
    await scene.barSays(/Internal workspace\./u);
    await scene.workbench.command('Switchyard: Why Is This Workspace Private?');
    const rows = await scene.workbench.quickPickRows();
    expect(rows.map(({ detail }) => detail).join('\n')).toContain('The settings inside “plain” ask for it.');
    await scene.workbench.closeQuickPick();
  });

  it('completes in a file of 50,000 lines', async () => {
    await scene.workbench.openFile('long.txt');
    await scene.workbench.cursorAt(2, 8);
    await scene.workbench.typeInEditor(' ');
    expect(await complete('total = ')).toBeGreaterThan(0);
    expect(Math.max(...prompts().map(({ length }) => length))).toBeLessThan(30_000);
  });

  it('completes in an untitled file', async () => {
    await scene.workbench.command('File: New Untitled Text File');
    await scene.workbench.page.locator('.tab.active[aria-label*="Untitled-1"]').waitFor();
    await scene.workbench.typeInEditor('new value =  ');
    expect(await complete('new value = ')).toBeGreaterThan(0);
  });

  it('completes behind what an input method has composed, and keeps quiet while it composes', async () => {
    const { workbench } = scene;
    await workbench.page.keyboard.press('Enter');
    const input = await workbench.page.context().newCDPSession(workbench.page);
    const compose = async (text: string) =>
      input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    for (const text of ['g', 'ご', 'ごう', 'ごうけ', 'ごうけい']) await compose(text);
    expect(await workbench.hasGhostText()).toBe(false);
    await input.send('Input.insertText', { text: '合計' });
    await input.detach();
    await workbench.typeInEditor(' =  ');
    expect(await complete('合計 = ')).toBeGreaterThan(0);
    await workbench.page.keyboard.press('Tab');
    await workbench.until('the text', async () => /合計 =\s+answer\(\)/u.test(await workbench.editorText()));
  });

  it('answers about a read-only file', async () => {
    await scene.workbench.openFile('fixed.py');
    await scene.workbench.cursorAt(1, 3);
    const chat = await openChat(scene.workbench);
    await scene.workbench.command('Switchyard: Explain');
    await chat.answers.first().waitFor();
    expect(await chat.ended()).toBe('It is fixed.');
    expect(JSON.stringify(ollama.to('/api/chat').at(-1)?.body)).toContain('fixed =');
  });

  it('opens a notebook, and logs no error in all of this', async () => {
    const { page } = scene.workbench;
    await page.keyboard.press('F1');
    await page.locator('.quick-input-box input').first().fill('book.ipynb');
    await scene.workbench.pick('book.ipynb');
    await page.locator('.notebookOverlay .code-cell-row').first().waitFor();
    await scene.barSays(/Internal workspace\./u);
    const logs = globSync('../logs/*/exthost*/**/*.log', { cwd: join(scene.workbench.settingsFile, '..') });
    const text = logs.map((name) => readFileSync(join(scene.workbench.settingsFile, '..', name), 'utf8')).join('\n');
    const errors = text.split('\n').filter((line) => /\[error\]/u.test(line) && /switchyard/iu.test(line));
    expect(errors).toEqual([]);
  });
});
