import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import * as vscode from 'vscode';
import { type OllamaPeer, startOllamaPeer } from '../../peers/ollama.ts';
import { startOpenAIPeer } from '../../peers/openai.ts';
import { type ProxyPeer, startProxyPeer } from '../../peers/proxy.ts';
import type { Peer } from '../../peers/recorder.ts';
import { setUser, until } from './extension.ts';

/**
 * The editor's `http.proxy`. It never takes it for localhost, 127.0.0.1 and ::1, so the server on this machine is at 127.0.0.2,
 * for which it does (measured on 1.104 and 1.139: the controls below).
 */

const MODEL = { name: 'tiny-chat:3b', capabilities: ['completion'], contextLength: 8192, tokens: ['From here.'] };
const CLOUD = { id: 'closed', label: 'Closed', protocol: 'openai', url: 'https://closed.example/v1', key: false };

const ask = async (model: vscode.LanguageModelChat) => {
  const response = await model.sendRequest([vscode.LanguageModelChatMessage.User('Hello?')]);
  let answer = '';
  for await (const part of response.text) answer += part;
  return answer;
};
const find = async (id: string) =>
  until(`${id} is offered`, async () => (await vscode.lm.selectChatModels({ vendor: 'switchyard', id }))[0]);

describe('http.proxy', () => {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const match = folder.uri.fsPath;
  let proxy: ProxyPeer;
  let ollama: OllamaPeer;
  let cloud: Peer;

  before(async function setUp() {
    // macOS answers at 127.0.0.1 alone, and on the desktop no certificate of ours is trusted.
    if (process.platform !== 'linux') this.skip();
    const { NODE_EXTRA_CA_CERTS: certificate = '', SWITCHYARD_TESTS_KEY: key = '' } = process.env;
    const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
    await vscode.extensions.getExtension('switchyard.switchyard')?.activate();
    [ollama, cloud] = await Promise.all([
      startOllamaPeer({ models: [MODEL], host: '127.0.0.2' }),
      startOpenAIPeer({ models: ['closed-model'], tokens: ['From afar.'], server }),
    ]);
    const port = Number(new URL(cloud.url).port);
    proxy = await startProxyPeer({ 'closed.example:443': port, 'posing.example:443': port });
    // With the system's certificates the editor leaves out those that its environment adds, such as that of this suite.
    await setUser('http.systemCertificates', false);
    await setUser('http.proxy', proxy.url);
    await until('the editor takes the proxy', async () => (await plain(`${ollama.url}/`)) === 'proxied');
    await setUser('switchyard.endpoints', [
      { id: 'ollama', label: 'Ollama', protocol: 'ollama', url: ollama.url },
      CLOUD,
    ]);
  });
  after(async () => {
    await setUser('http.proxy', undefined);
    await setUser('http.proxyStrictSSL', undefined);
    await setUser('http.systemCertificates', undefined);
    await setUser('switchyard.privacy.patterns', undefined);
    await setUser('switchyard.endpoints', []);
    await Promise.all([proxy, ollama, cloud].map(async (peer) => peer?.stop()));
  });

  /** What the editor's own `fetch` gets, which the extension uses for the cloud alone. */
  const plain = async (url: string) => (await fetch(url)).text();

  it('is not asked for a server on this machine, though the editor would ask it', async () => {
    const before = { connections: proxy.connections, tags: ollama.to('/api/tags').length };
    await vscode.commands.executeCommand('switchyard.refreshModels');
    assert.equal(await ask(await find('ollama/tiny-chat:3b')), 'From here.');
    assert.ok(ollama.to('/api/tags').length > before.tags);
    assert.equal(ollama.to('/api/chat').length, 1);
    assert.equal(proxy.connections, before.connections);
    // The control: it still stands in the way of everything else.
    assert.equal(await plain(`${ollama.url}/`), 'proxied');
    assert.equal(proxy.connections, before.connections + 1);
  });

  it('is not asked for the cloud while the folder is private', async () => {
    const before = proxy.connections;
    await vscode.commands.executeCommand('switchyard.refreshModels');
    await ask(await find('ollama/tiny-chat:3b'));
    assert.equal(proxy.connections, before);
    assert.equal(cloud.seen.length, 0);
  });

  it('carries what goes to the cloud from an open folder, in a tunnel', async () => {
    await setUser('switchyard.privacy.patterns', [{ match, level: 'open' }]);
    await vscode.commands.executeCommand('switchyard.refreshModels');
    const closed = await find('closed/closed-model');
    // Otherwise the user is asked, and in tests no dialog opens.
    await vscode.commands.executeCommand('switchyard.pickModel', { role: 'chat', model: closed.id });
    assert.equal(await ask(closed), 'From afar.');
    assert.ok(proxy.asked.includes('CONNECT closed.example:443'));
    assert.ok(cloud.seen.some(({ path }) => path === '/v1/chat/completions'));
    assert.equal(await ask(await find('ollama/tiny-chat:3b')), 'From here.');
    // Nothing else went that way but the controls.
    const others = new Set(proxy.asked.filter((line) => line !== 'CONNECT closed.example:443'));
    assert.ok(
      [...others].every((line) => line.includes(new URL(ollama.url).host)),
      [...others].join('; '),
    );
    assert.equal(ollama.to('/').length, 0);
  });

  it('sends nothing to a server that poses as another, also with http.proxyStrictSSL off', async () => {
    await setUser('switchyard.privacy.patterns', [{ match, level: 'open' }]);
    await setUser('http.proxyStrictSSL', false);
    // The certificate is that of another name.
    const posing = { ...CLOUD, id: 'posing', label: 'Posing', url: 'https://posing.example/v1' };
    const before = cloud.seen.length;
    await setUser('switchyard.endpoints', [posing]);
    await vscode.commands.executeCommand('switchyard.refreshModels');
    await until('it was tried', () => proxy.asked.includes('CONNECT posing.example:443'));
    assert.match(String(await plain(`${posing.url}/models`).catch((error: unknown) => error)), /fetch failed/u);
    assert.equal(cloud.seen.length, before);
    // The control: under its own name it is asked.
    await setUser('switchyard.endpoints', [CLOUD]);
    await vscode.commands.executeCommand('switchyard.refreshModels');
    await until('the other is asked', () => cloud.seen.length > before);
  });
});
