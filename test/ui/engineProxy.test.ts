import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../peers/certificate.ts';
import { type ProxyPeer, startProxyPeer } from '../peers/proxy.ts';
import { type Registry, startRegistry } from '../peers/registry.ts';
import { ensureEngine, storageIn } from '../setup/engine.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

/** The engine comes from a registry that only the editor's `http.proxy` knows the way to. */
describe('the built-in engine is installed behind a proxy', () => {
  let scene: Scene;
  let registry: Registry;
  let proxy: ProxyPeer;
  let dir: string;
  let archive: string;

  beforeAll(async () => {
    const engine = await ensureEngine();
    ({ archive } = engine);
    dir = mkdtempSync(join(tmpdir(), 'switchyard-behind-'));
    const { cert, key, file } = await makeCertificate(join(dir, 'certificate'), ['registry.example']);
    const path = `/@node-llama-cpp/${engine.name}/-/${engine.name}-${engine.version}.tgz`;
    registry = await startRegistry(path, archive, createServer({ cert, key }));
    proxy = await startProxyPeer({ 'registry.example:443': Number(new URL(registry.url).port) });
    scene = await openScene({
      userDataDir: dir,
      settings: {
        'switchyard.endpoints': [ollamaAt('http://127.0.0.1:9')],
        'switchyard.builtin.registry': 'https://registry.example',
        'http.proxy': proxy.url,
        // With the system's certificates the editor leaves out those that its environment adds.
        'http.systemCertificates': false,
      },
      env: { NODE_EXTRA_CA_CERTS: file, HOME: dir, OLLAMA_MODELS: join(dir, 'none') },
    });
  }, 600_000);
  afterAll(async () => {
    await scene?.close();
    await Promise.all([registry, proxy].map(async (peer) => peer?.stop()));
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  const left = () => readdirSync(storageIn(dir)).filter((name) => name.startsWith('engine'));
  const tunnels = () => proxy.asked.filter((line) => line === 'CONNECT registry.example:443').length;
  const install = async () => {
    const { workbench } = scene;
    await workbench.command('Switchyard: Install the Built-in Engine…');
    if (process.platform === 'linux' && process.arch === 'x64') await workbench.pick('Compute with the processor');
    const dialog = await scene.dialog();
    expect(dialog.text).toContain('from registry.example.');
    await dialog.press('Download and Install');
  };

  it('asks no proxy for it while the folder is private', async () => {
    await scene.barSays(/Ollama is not running$/u);
    await install();
    await scene.workbench.toast(/The engine was not fetched/u);
    await scene.workbench.closeToasts();
    expect(tunnels()).toBe(0);
    await scene.mark('open');
  });

  it.each([
    [502, 'The registry cannot be reached (the proxy answered 502). Nothing was installed.'],
    [407, 'The registry cannot be reached (the proxy answered 407 and wants a user name and a password).'],
  ] as const)('names a proxy that answers %i, and leaves nothing', async (status, words) => {
    const before = tunnels();
    proxy.refuse(status);
    await install();
    const toast = await scene.workbench.toast(/Nothing was installed/u);
    await scene.workbench.shot(`proxy-${status}`);
    expect(await toast.innerText()).toContain(words);
    expect(tunnels()).toBeGreaterThan(before);
    await scene.workbench.closeToasts();
    expect(left()).toEqual([]);
    expect(registry.asked).toEqual([]);
  });

  it('comes through a tunnel of the proxy', async () => {
    proxy.refuse(undefined);
    await install();
    await scene.workbench.toast(/The built-in engine is installed/u);
    expect(registry.asked).toHaveLength(1);
    expect(proxy.carried).toBeGreaterThan(statSync(archive).size);
    expect(left()).toEqual(['engine']);
  });
});
