import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LedgerEntry } from '../../src/core/privacy/ledgerEntry.ts';
import { type CloudPeer, startCloudPeer } from '../peers/cloud.ts';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { type ChatView, openChat } from './chatView.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

const PASTED = 'return price + price * (reduced_rate if price < threshold_of(country) else standard_rate)';
const FILE = `def gross(price, country, reduced_rate, standard_rate):\n    ${PASTED}\n`;
const LOCAL = { name: 'tiny-chat:3b', capabilities: ['completion'], tokens: ['From', ' here.'] };

describe('a private passage that is pasted after the folder was opened', () => {
  let scene: Scene;
  let ollama: OllamaPeer;
  let cloud: CloudPeer;
  let chat: ChatView;

  beforeAll(async () => {
    [ollama, cloud] = await Promise.all([
      startOllamaPeer({ models: [LOCAL] }),
      startCloudPeer({ models: ['closed-model'], tokens: ['From', ' afar.'] }),
    ]);
    scene = await openScene({
      env: { NODE_EXTRA_CA_CERTS: cloud.certificate },
      settings: {
        'switchyard.endpoints': [
          ollamaAt(ollama.url),
          { id: 'closed', label: 'Closed', protocol: 'openai', url: cloud.url, notThisMachine: true, key: false },
        ],
      },
    });
    writeFileSync(join(scene.path, 'rates.py'), FILE);
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all([ollama.stop(), cloud.stop()]);
  });

  const chats = () => cloud.seen.filter(({ path }) => path.endsWith('/chat/completions'));
  const askAnew = async () => {
    await chat.startNew();
    await chat.ask(`Can this be shorter?\n\n${PASTED}`);
    return chat.ended();
  };
  const release = async () => {
    await scene.workbench.command('Switchyard: Release Remembered Passages…');
    return scene.dialog();
  };
  const ledger = () =>
    globSync('globalStorage/switchyard.switchyard/ledger/*.jsonl', { cwd: join(scene.workbench.settingsFile, '..') })
      .flatMap((name) => readFileSync(join(scene.workbench.settingsFile, '..', name), 'utf8').split('\n'))
      .filter(Boolean)
      .map((line) => LedgerEntry.parse(JSON.parse(line)));

  it('cannot be released while the folder is private', async () => {
    await scene.barSays(/Switchyard/u);
    await scene.mark('private');
    await scene.workbench.openFile('rates.py');
    await scene.workbench.cursorAt(2, 5);
    chat = await openChat(scene.workbench);
    await scene.workbench.command('Switchyard: Explain');
    await chat.answers.first().waitFor();
    expect(await chat.ended()).toBe('From here.');
    expect(JSON.stringify(ollama.to('/api/chat').at(-1)?.body)).toContain(PASTED);
    await scene.workbench.command('Switchyard: Release Remembered Passages…');
    await scene.workbench.toast('No folder of this window is open to the cloud');
    await scene.workbench.closeToasts();
  });

  it('is known again, and goes to no cloud', async () => {
    await scene.mark('open');
    await scene.workbench.command('Switchyard: Switch Model…');
    await scene.workbench.pick('closed-model');
    await scene.barSays(/Chat: closed-model, in the cloud/u);
    expect(await askAnew()).toMatch(/carries private-only text/u);
    await scene.workbench.shot('passages-refused');
    expect(chats()).toEqual([]);
    expect(ledger().at(-1)).toMatchObject({ phase: 'refused', task: 'chat', zone: 'cloud', rule: 'level:private' });
  });

  it('is shown for what it is before anything is released', async () => {
    await chat.answers.last().getByRole('button', { name: 'Show What Is in It…' }).click();
    await scene.titled('What Makes This Chat Private-only');
    const rows = await scene.workbench.quickPickRows();
    expect(rows.map(({ label, description }) => `${label} ${description}`.trim())).toEqual(
      expect.arrayContaining(['What was typed, pasted or answered known as text of “sample”', 'Release This Chat…']),
    );
    await scene.workbench.shot('passages-shown');
    await scene.workbench.closeQuickPick();
  });

  it('is kept when the release is declined, and the dialog says what would be released', async () => {
    const dialog = await release();
    expect(dialog.text).toContain('Forget what is remembered as private text of “sample”?');
    expect(dialog.text).toContain('Without them such text may be sent');
    await scene.workbench.shot('passages-release');
    await dialog.press('Cancel');
    expect(await askAnew()).toMatch(/carries private-only text/u);
    expect(chats()).toEqual([]);
  });

  it('goes once it was released, and the release is in the ledger', async () => {
    await (await release()).press('Release');
    expect(await askAnew()).toBe('From afar.');
    expect(JSON.stringify(chats().at(-1)?.body)).toContain(PASTED);
    expect(ledger().find(({ phase }) => phase === 'note')?.reason).toContain('was released by the user');
  });

  it('is remembered anew when the folder is private again', async () => {
    await scene.mark('private');
    expect(await askAnew()).toBe('From here.');
    await scene.mark('open');
    await scene.barSays(/Chat: closed-model, in the cloud/u);
    const before = chats().length;
    expect(await askAnew()).toMatch(/carries private-only text/u);
    expect(chats().length).toBe(before);
  });
});
