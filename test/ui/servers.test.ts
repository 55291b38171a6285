import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, openFront } from '../peers/front.ts';
import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { startOpenAIPeer } from '../peers/openai.ts';
import { HTML, type Peer } from '../peers/recorder.ts';
import { until } from './pages.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

const CODER = { name: 'qwen2.5-coder:1.5b', capabilities: ['completion', 'insert', 'tools'] };
const CHATTER = { name: 'tiny-chat:3b', sizeBytes: 2e9, capabilities: ['completion', 'tools'] };

/** One server address behind which the server changes, and one that wants a key. */
describe('servers in every condition', () => {
  let scene: Scene;
  let front: Front;
  let ollama: OllamaPeer;
  let house: Peer;
  let bin: string;

  beforeAll(async () => {
    [front, ollama, house] = await Promise.all([
      openFront(),
      startOllamaPeer(),
      startOpenAIPeer({ models: ['house-model'], key: 'sk-right' }),
    ]);
    bin = mkdtempSync(join(tmpdir(), 'switchyard-bin-'));
    // VS Code asks the login shell for its environment, which may say another PATH than ours: this one keeps it.
    writeFileSync(join(bin, 'sh'), '#!/bin/sh\nfor last; do :; done\nexec /bin/sh -c "$last"\n', { mode: 0o755 });
    scene = await openScene({
      settings: {
        'switchyard.endpoints': [
          ollamaAt(front.url),
          { id: 'house', label: 'House', protocol: 'openai', url: house.url, key: true },
        ],
      },
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, SHELL: join(bin, 'sh') },
    });
  });
  afterAll(async () => {
    await scene.close();
    await front.lead();
    await Promise.all([ollama.stop(), house.stop()]);
    rmSync(bin, { recursive: true, force: true });
  });

  const openPicker = () => scene.workbench.command('Switchyard: Switch Model…');
  /** The row of the open picker that holds `text`. */
  const row = async (text: RegExp) =>
    scene.workbench.until(`row ${String(text)}`, async () =>
      (await scene.workbench.quickPickRows()).find((each) => text.test(`${each.label} ${each.detail}`)),
    );
  const refresh = () => scene.workbench.command('Switchyard: Refresh the List of Models');

  it('says that Ollama is not running, and starts it', async () => {
    await scene.barSays(/Ollama is not running$/u);
    expect((await scene.bar()).label).toMatch(/Ollama is not running at 127\.0\.0\.1:\d+\..*Private-only workspace\./u);
    // A program by that name which answers as the peer does, at the address that it is told to serve.
    ollama.models = [CHATTER];
    const program = join(bin, 'ollama');
    const relay = join(bin, 'relay.mjs');
    writeFileSync(
      relay,
      `import { connect, createServer } from 'node:net';
       const { port, hostname } = new URL(process.env.OLLAMA_HOST);
       createServer((socket) => {
         const peer = connect(${new URL(ollama.url).port}, '127.0.0.1');
         peer.on('error', () => socket.destroy());
         socket.on('error', () => peer.destroy());
         socket.pipe(peer).pipe(socket);
       }).listen(Number(port), hostname);`,
    );
    writeFileSync(program, `#!/bin/sh\n[ "$1" = serve ] && exec '${process.execPath}' '${relay}'\n`, { mode: 0o755 });
    await openPicker();
    expect((await row(/Start Ollama/u)).detail).toContain('is not running');
    await scene.workbench.pick('Start Ollama');
    await scene.barSays(/tiny-chat:3b · device/u);
    expect((await scene.bar()).label).toContain('Chat: tiny-chat:3b, on this machine.');
    await scene.workbench.command('Terminal: Kill All Terminals');
    await refresh();
    await scene.barSays(/Ollama is not running$/u);
  });

  it('offers a pull when Ollama is empty, and uses what it pulled', async () => {
    ollama.models = [];
    await front.lead(ollama);
    await refresh();
    await scene.barSays(/Ollama: no models/u);
    await openPicker();
    expect((await row(/Pull a Model…/u)).detail).toBe('Ollama has no models yet.');
    await scene.workbench.pick('Pull a Model…');
    await scene.titled('Pull a Model to Ollama');
    await scene.workbench.answer('smollm2:135m');
    const dialog = await scene.dialog();
    expect(dialog.text).toContain('Only the name of the model leaves');
    await dialog.press('Pull');
    await scene.workbench.pressToast('smollm2:135m is on Ollama', 'Use for Completion');
    await scene.barSays(/smollm2:135m · device/u);
    expect(ollama.to('/api/pull').map(({ body }) => body)).toMatchObject([{ name: 'smollm2:135m' }]);
  });

  it('asks for a key, says when it is wrong, and takes the right one', async () => {
    expect(house.seen).toEqual([]);
    await openPicker();
    await row(/Set an API Key…/u);
    await scene.workbench.pick('Set an API Key…');
    await scene.titled('API Key for House');
    await scene.workbench.answer('sk-wrong');
    await openPicker();
    expect((await row(/Set Key/u)).detail).toBe('House did not accept the API key.');
    await scene.workbench.pick('Set Key');
    await scene.titled('API Key for House');
    await scene.workbench.answer('sk-right');
    await openPicker();
    await row(/house-model/u);
    await scene.workbench.closeQuickPick();
  });

  it('says that a server is slow, while the others serve', async () => {
    ollama.models = [CODER];
    await refresh();
    await scene.barSays(/qwen2\.5-coder:1\.5b/u);
    ollama.fault({ kind: 'hang' });
    await openPicker();
    await scene.barSays(/Ollama is slow/u);
    expect((await row(/Ask Again/u)).detail).toContain('has not answered for some seconds');
    await scene.workbench.pick('house-model');
    await scene.barSays(/Chat: house-model, on this machine/u);
    ollama.fault(undefined);
    await refresh();
    await scene.barSays(/^(?!.*slow)Switchyard.*qwen2\.5-coder:1\.5b/u);
  });

  it('says that something else answers', async () => {
    ollama.fault(HTML);
    await refresh();
    await openPicker();
    const { label, detail } = await row(/does not speak/u);
    expect(detail).toMatch(/^What answers at 127\.0\.0\.1:\d+ does not speak Ollama’s protocol/u);
    expect(label).toContain('Open Settings');
    await scene.workbench.closeQuickPick();
    ollama.fault(undefined);
    await refresh();
    await scene.barSays(/qwen2\.5-coder:1\.5b/u);
  });

  it('works with an Ollama of last year', async () => {
    const old = await startOllamaPeer({ old: true, models: [CODER, CHATTER] });
    await front.lead(old);
    await refresh();
    await openPicker();
    expect((await row(/tiny-chat:3b/u)).detail).toContain('chat');
    await scene.workbench.pick('tiny-chat:3b');
    await scene.barSays(/Chat: tiny-chat:3b, on this machine/u);
    await until(async () => Promise.resolve(old.loaded.has('tiny-chat:3b')));
    await old.stop();
  });

  it('keeps the key over a reload, and forgets it when told', async () => {
    await front.lead(ollama);
    await scene.reload();
    await openPicker();
    await row(/house-model/u);
    await scene.workbench.closeQuickPick();
    await scene.workbench.command('Switchyard: Remove an API Key…');
    await openPicker();
    expect((await row(/House needs an API key/u)).label).toContain('Set an API Key…');
    await scene.workbench.closeQuickPick();
  });
});
