import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secrets } from '../core/privacy/secretCorpus.ts';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { startOpenAIPeer } from '../peers/openai.ts';
import type { Peer } from '../peers/recorder.ts';
import { type ChatView, openChat } from './chatView.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

const CHATTER = { name: 'tiny-chat:3b', sizeBytes: 2e9, capabilities: ['completion', 'tools'] };
const GITHUB = secrets().find(({ service }) => service === 'GitHub token');

/** A server that counts as one of the network, so that what would leave this machine can be seen arriving. */
describe('before text goes to a network', () => {
  let scene: Scene;
  let ollama: OllamaPeer;
  let house: Peer;
  let chat: ChatView;
  const secret = GITHUB?.secret ?? '';
  const arrived = () => JSON.stringify(house.to('/v1/chat/completions').map(({ body }) => body));

  beforeAll(async () => {
    [ollama, house] = await Promise.all([
      startOllamaPeer({ models: [CHATTER] }),
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
    writeFileSync(join(scene.path, '.env'), 'COLOUR=blue\n');
    await scene.mark('internal');
    await scene.barSays(/Internal workspace\./u);
    await scene.workbench.command('Switchyard: Switch Model…');
    await scene.workbench.pick('house-model');
    await scene.barSays(/Chat: house-model, in your network\./u);
    chat = await openChat(scene.workbench);
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all([ollama.stop(), house.stop()]);
  });

  it('a secret is held, shown covered, and nothing arrives; redacted, the rest does', async () => {
    await chat.ask(`Is this right? ${GITHUB?.text ?? ''}`);
    const said = await chat.ended();
    expect(said).toMatch(/Not sent: this request holds what looks like a secret\.[^]*GitHub token in your question/u);
    expect(said).not.toContain(secret);
    expect(arrived()).toBe('[]');
    await scene.workbench.shot('held');
    await chat.button('Redact').click();
    await chat.says(/^(?!Not sent)./u);
    await chat.ended();
    expect(arrived()).toContain('[redacted: GitHub token]');
    expect(arrived()).not.toContain(secret);
    expect(await chat.questions.last().innerText()).toContain('[redacted: GitHub token]');
  });

  it('a secret can go to a model on this machine instead', async () => {
    await chat.startNew();
    await chat.ask(`And this? ${GITHUB?.text ?? ''}`);
    await chat.ended();
    const before = arrived();
    await chat.button('Send Locally Instead').click();
    await chat.says(/^(?!Not sent)./u);
    await chat.ended();
    expect(JSON.stringify(ollama.to('/api/chat').map(({ body }) => body))).toContain(secret);
    expect(arrived()).toBe(before);
  });

  it('a file that an ignore rule keeps here is not sent', async () => {
    await chat.startNew();
    const before = arrived();
    await scene.workbench.openFile('.env');
    await scene.workbench.cursorAt(1, 1);
    await scene.workbench.command('Switchyard: Explain');
    await chat.says(/an ignore rule keeps text[^]*\.env \(rule \.env\)/u);
    expect(arrived()).toBe(before);
    await chat.button('Cancel').click();
    await chat.says(/^Stopped/u);
  });

  it('what the next question sends is listed', async () => {
    await chat.startNew();
    await chat.input.fill('How do I greet?');
    await chat.button('Show What Will Be Sent').click();
    const rows = await scene.workbench.until('the list', async () => {
      const found = await scene.workbench.quickPickRows();
      return found.length > 0 && found;
    });
    await scene.workbench.shot('manifest');
    expect(rows.map(({ label, description }) => `${label} ${description}`).join('\n')).toMatch(
      /Your question 15 characters, about 5 tokens[^]*house-model [^\n]*127\.0\.0\.1:\d+[^]*Send Locally Instead tiny-chat:3b/u,
    );
    await scene.workbench.pick('Send Locally Instead');
    await chat.ended();
    expect(await chat.questions.last().innerText()).toContain('How do I greet?');
    expect(await chat.input.inputValue()).toBe('');
    expect(arrived()).not.toContain('How do I greet?');
  });
});
