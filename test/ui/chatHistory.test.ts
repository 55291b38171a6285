import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, openFront } from '../peers/front.ts';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { type ChatView, chatFiles, openChat, savedChats } from './chatView.ts';
import { until } from './pages.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

describe('the history of chats', () => {
  let scene: Scene;
  let front: Front;
  let ollama: OllamaPeer;
  let chat: ChatView;

  beforeAll(async () => {
    [front, ollama] = await Promise.all([openFront(), startOllamaPeer()]);
    const tokens = Array.from({ length: 5000 }, (_, n) => `w${n} `);
    ollama.models = [{ name: 'tiny-chat:3b', capabilities: ['completion'], tokens, tokenMs: 20 }];
    await front.lead(ollama);
    scene = await openScene({ settings: { 'switchyard.endpoints': [ollamaAt(front.url)] } });
    await scene.barSays(/Chat: tiny-chat:3b/u);
    chat = await openChat(scene.workbench);
  });
  afterAll(async () => {
    await scene.close();
    await front.lead();
    await ollama.stop();
  });
  const saved = () => savedChats(scene.workbench);
  const deleteIt = async (title: string) => {
    await scene.workbench.command('Switchyard: Chat History…');
    await scene.workbench.pressRowButton(title, 'Delete This Chat');
    await scene.workbench.toast(`“${title}” was deleted.`);
  };

  it('deletes one while it answers, and Undo brings it back as far as it came', async () => {
    await chat.ask('What is deleted while it answers?');
    await chat.says(/w5 /u);
    await deleteIt('What is deleted while it answers?');
    const request = ollama.to('/api/chat').at(-1);
    expect(await request?.closed).toBe(true);
    await until(async () => Promise.resolve(!saved().includes('deleted while it answers')));
    await chat.questions.first().waitFor({ state: 'detached' });
    await scene.workbench.pressToast('was deleted', 'Undo');
    expect(await chat.ended()).toMatch(/^w0 w1 .*Stopped\.$/su);
    await until(async () => Promise.resolve(saved().includes('deleted while it answers')));
  });

  it('deletes for good without Undo', async () => {
    await deleteIt('What is deleted while it answers?');
    await scene.workbench.closeQuickPick();
    await scene.reload();
    chat = await openChat(scene.workbench);
    expect(saved()).not.toContain('deleted while it answers');
    expect(await chat.questions.count()).toBe(0);
  });

  it('shows the view and the other chats where one cannot be read, and leaves those of a newer version', async () => {
    await chat.ask('What is readable?');
    await chat.says(/w5 /u);
    await chat.button('Stop').click();
    await chat.startNew();
    await chat.ask('What becomes a folder?');
    await chat.says(/w5 /u);
    await chat.button('Stop').click();
    await until(async () => Promise.resolve(saved().includes('becomes a folder')));
    const files = chatFiles(scene.workbench);
    const last = files.find((file) => readFileSync(file, 'utf8').includes('becomes a folder')) ?? '';
    rmSync(last);
    mkdirSync(last);
    const newer = join(dirname(last), 'newer.json');
    writeFileSync(newer, '{"version":99,"id":"newer"}');
    await scene.reload();
    chat = await openChat(scene.workbench);
    // The view may have been there before the chat was opened: Escape has put the toast away then.
    await scene.workbench.command('Notifications: Show Notifications');
    const told = scene.workbench.page
      .locator('.notifications-center .notification-list-item')
      .filter({ hasText: basename(last) });
    await told.waitFor();
    expect(await told.innerText()).toContain('a folder stands in its place');
    await told.getByRole('button', { name: 'Try Again' }).waitFor();
    await scene.workbench.command('Switchyard: Chat History…');
    const rows = await scene.workbench.quickPickRows();
    expect(rows.map(({ label }) => label)).toEqual([
      'What is readable?',
      '1 chat was saved by a newer version of Switchyard and was left alone',
      '1 chat could not be read and was left alone',
    ]);
    expect(readFileSync(newer, 'utf8')).toBe('{"version":99,"id":"newer"}');
    await scene.workbench.pick('What is readable?');
    await chat.questions.filter({ hasText: 'What is readable?' }).waitFor();
  });
});
