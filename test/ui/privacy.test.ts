import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudPeer, startCloudPeer } from '../peers/cloud.ts';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { type ChatView, openChat } from './chatView.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

const LOCAL = { name: 'tiny-chat:3b', capabilities: ['completion'], tokens: ['From', ' here.'] };
const FORBIDDEN = 'The cloud is not allowed here: the workspace is private-only.';
/** A key of the user with arguments, as another extension or a task could pass them, too. */
const BOUND_KEY = {
  key: 'ctrl+alt+9',
  command: 'switchyard.pickModel',
  args: { model: 'closed/closed-model', role: 'chat' },
};

describe('a private workspace and a closed API', () => {
  let scene: Scene;
  let ollama: OllamaPeer;
  let cloud: CloudPeer;
  let chat: ChatView;
  const userDataDir = mkdtempSync(join(tmpdir(), 'switchyard-ui-'));

  beforeAll(async () => {
    [ollama, cloud] = await Promise.all([
      startOllamaPeer({ models: [LOCAL] }),
      startCloudPeer({
        models: ['closed-model'],
        tokens: Array.from({ length: 1000 }, (_, n) => `c${n} `),
        tokenMs: 20,
      }),
    ]);
    mkdirSync(join(userDataDir, 'server/User'), { recursive: true });
    writeFileSync(join(userDataDir, 'server/User/keybindings.json'), JSON.stringify([BOUND_KEY]));
    scene = await openScene({
      userDataDir,
      env: { NODE_EXTRA_CA_CERTS: cloud.certificate },
      settings: {
        'switchyard.endpoints': [
          ollamaAt(ollama.url),
          { id: 'closed', label: 'Closed', protocol: 'openai', url: cloud.url, notThisMachine: true, key: false },
        ],
      },
    });
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all([ollama.stop(), cloud.stop()]);
    rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const openPicker = () => scene.workbench.command('Switchyard: Switch Model…');
  const row = async (text: RegExp) =>
    scene.workbench.until(`row ${String(text)}`, async () =>
      (await scene.workbench.quickPickRows()).find((each) => text.test(`${each.label} ${each.detail}`)),
    );
  const chats = () => cloud.seen.filter(({ path }) => path.endsWith('/chat/completions'));
  const useCloud = async () => {
    await openPicker();
    await row(/closed-model/u);
    await scene.workbench.pick('closed-model');
    await scene.barSays(/Chat: closed-model, in the cloud/u);
  };
  /** Everything that ever reached the cloud. */
  const arrived = () => ({ connections: cloud.connections, requests: cloud.seen.length });

  it('asks once how private the folder is, and until then keeps the cloud away', async () => {
    await scene.barSays(/Switchyard/u);
    const toast = await scene.workbench.toast('How private is “sample”?');
    expect(await toast.innerText()).toContain('Until you answer, only models on this machine can be used.');
    await scene.workbench.closeToasts();
    await scene.barSays(/Chat: tiny-chat:3b, on this machine\. Private-only workspace\./u);
    await openPicker();
    expect((await row(/Closed/u)).detail).toContain(`Forbidden: ${FORBIDDEN}`);
    await scene.workbench.closeQuickPick();
    await scene.reload();
    await scene.barSays(/Chat: tiny-chat:3b/u);
    await scene.workbench.command('Notifications: Show Notifications');
    await scene.workbench.page.getByText('No new notifications').first().waitFor();
    expect(cloud.connections).toBe(0);
  });

  it('says what opening up means, and changes nothing when it is declined', async () => {
    await scene.workbench.command('Switchyard: Mark This Workspace Open…');
    const dialog = await scene.dialog();
    expect(dialog.text).toContain('Mark “sample” open?');
    expect(dialog.text).toContain('Code and questions may then be sent to any model that you choose');
    await dialog.press('Cancel');
    await scene.barSays(/Private-only workspace\./u);
    expect(cloud.connections).toBe(0);
  });

  it('aborts an answer in flight when the workspace becomes private', async () => {
    await scene.mark('open');
    await scene.barSays(/Open workspace\./u);
    await useCloud();
    chat = await openChat(scene.workbench);
    await chat.ask('Hello, cloud?');
    await chat.says(/c3 /u);
    // Out of the chat, where Escape would stop the answer.
    await scene.workbench.openFile('sums.py');
    await scene.mark('private');
    expect(await chats().at(-1)?.closed).toBe(true);
    expect(await chat.ended()).toMatch(/c3 .*private-only/su);
    await scene.barSays(/Chat: tiny-chat:3b, on this machine.*Private-only workspace\./u);
  });

  it('lets nothing reach it any more, by whatever way', { timeout: 300_000 }, async () => {
    const before = arrived();
    // The row in the picker.
    await openPicker();
    await row(/Closed/u);
    await scene.workbench.pick('Closed');
    await scene.workbench.toast(FORBIDDEN);
    await scene.workbench.closeToasts();
    await scene.workbench.closeQuickPick();
    // The arguments of a key.
    await scene.workbench.page.keyboard.press('Control+Alt+9');
    await scene.workbench.toast(FORBIDDEN);
    await scene.workbench.closeToasts();
    // The chat that the cloud had answered.
    await chat.button('Regenerate').click();
    await chat.says(/^From here\.$/u);
    await chat.ask('And now?');
    expect(await chat.ended()).toBe('From here.');
    // Writing.
    await scene.workbench.openFile('sums.py');
    await scene.workbench.cursorAt(5, 18);
    await scene.workbench.typeInEditor(' + ');
    await scene.workbench.command('Switchyard: Refresh the List of Models');
    // The choice that was saved.
    await scene.remembers(/choice\.chat":\{"id":"closed\/closed-model/u);
    await scene.reload();
    await scene.barSays(/Chat: tiny-chat:3b/u);
    chat = await openChat(scene.workbench);
    await chat.ask('After a reload?');
    expect(await chat.ended()).toBe('From here.');
    // The model before.
    await scene.workbench.command('Switchyard: Return to the Previous Model');
    await scene.barSays(/Chat: tiny-chat:3b/u);
    expect(arrived()).toEqual(before);
  });

  it('keeps private text private after the workspace was opened up', async () => {
    await chat.startNew();
    await scene.workbench.openFile('sums.py');
    await scene.workbench.cursorAt(2, 5);
    await scene.workbench.command('Switchyard: Explain');
    await chat.answers.first().waitFor();
    expect(await chat.ended()).toBe('From here.');
    await scene.mark('open');
    await useCloud();
    const before = chats().length;
    await chat.ask('Go on?');
    expect(await chat.ended()).toMatch(/carries private-only text/u);
    await chat.button('Regenerate').click();
    expect(await chat.ended()).toMatch(/carries private-only text/u);
    expect(chats().length).toBe(before);
    await chat.answers.last().getByRole('button', { name: 'New Chat' }).click();
    await chat.page.getByRole('region', { name: 'New chat' }).waitFor();
    await chat.ask('Something else?');
    await chat.says(/c3 /u);
    expect(chats().length).toBe(before + 1);
    expect(JSON.stringify(chats().at(-1)?.body)).not.toContain('def total');
    await chat.button('Stop').click();
  });
});
