import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProxyAgent } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { startProxyPeer } from '../peers/proxy.ts';
import { endpointAt } from './endpoint.ts';
import { buildHouse } from './house.ts';
import { startPeer } from './peer.ts';
import { startProxy } from './proxy.ts';

/** Each starts a process of its own. */
const SLOW = { timeout: 30_000 };
const PROBE = fileURLToPath(new URL('proxyProbe.ts', import.meta.url));

/** Runs the probe in a process whose every plain request goes to a proxy, and tells what each way brought. */
async function probe(mode: 'environment' | 'dispatcher') {
  const target = await startPeer((_request, response) => response.end('direct'));
  const proxy = await startProxy();
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-proxy-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  const child = spawn(process.execPath, [PROBE, target.url, dir, mode], {
    env: {
      PATH: process.env['PATH'],
      NODE_USE_ENV_PROXY: mode === 'environment' ? '1' : '0',
      NO_PROXY: '',
      ...Object.fromEntries(names.map((name) => [name, proxy.url])),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed += text));
  await new Promise((resolve) => child.once('close', resolve));
  return { printed: JSON.parse(printed) as unknown, target, proxy };
}

// Node reads proxies from the environment since 24.5 (and 22.21); older ones cannot show the control.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const readsProxies = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);

it.runIf(readsProxies)('dials past a proxy of the environment, which a plain fetch uses', SLOW, async () => {
  const { printed, target, proxy } = await probe('environment');
  expect(printed).toEqual({ plain: 'proxied', through: 'direct' });
  expect([target.seen.length, proxy.connections()]).toEqual([1, 1]);
});

it('dials past a proxy that somebody set for the whole process', SLOW, async () => {
  const { printed, target, proxy } = await probe('dispatcher');
  expect(printed).toEqual({ plain: 'proxied', through: 'direct' });
  expect([target.seen.length, proxy.connections()]).toEqual([1, 1]);
});

it('leaves the process-wide dispatcher to Node, also where nobody has used it yet', SLOW, () => {
  const agents = new URL('../../src/net/pinnedAgents.ts', import.meta.url).href;
  const script = `
    const { createPinnedAgents } = await import(${JSON.stringify(agents)});
    await createPinnedAgents().get('http://127.0.0.1:1', ['127.0.0.1']);
    const { Agent } = await import('undici');
    const slot = globalThis[Symbol.for('undici.globalDispatcher.1')];
    process.stdout.write(typeof slot + ' ' + (slot instanceof Agent));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect(stdout).toBe('object false');
});

it.each([
  [407, 'the proxy answered 407 and wants a user name and a password'],
  [502, 'the proxy answered 502'],
] as const)('names a proxy that answers %i on the way to the cloud', async (status, detail) => {
  const proxy = await startProxyPeer({});
  proxy.refuse(status);
  const agent = new ProxyAgent(proxy.url);
  onTestFinished(async () => {
    await agent.close();
    await proxy.stop();
  });
  const endpoint = endpointAt('https://api.example/v1', { zone: 'cloud' });
  const cloudFetch: typeof globalThis.fetch = (url, init) => {
    const through: object = { ...init, dispatcher: agent };
    return globalThis.fetch(url, through);
  };
  const line = await buildHouse({ level: 'open', cloudFetch }).open(endpoint, { model: { name: 'gpt' } });
  await expect(line.fetch(`${endpoint.url}/models`)).rejects.toMatchObject({
    kind: 'unreachable',
    facts: { proxyStatus: status, detail },
  });
  expect(proxy.asked).toEqual(['CONNECT api.example:443']);
});
