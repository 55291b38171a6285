import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, openFront } from '../peers/front.ts';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { type ChatView, openChat, savedChats } from './chatView.ts';
import { until } from './pages.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

describe('deleting in the history of chats', () => {
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

  it('ends the answer on its way, and Undo brings it back as far as it came', async () => {
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

  it('is for good without Undo', async () => {
    await deleteIt('What is deleted while it answers?');
    await scene.workbench.closeQuickPick();
    await scene.reload();
    chat = await openChat(scene.workbench);
    expect(saved()).not.toContain('deleted while it answers');
    expect(await chat.questions.count()).toBe(0);
  });
});
