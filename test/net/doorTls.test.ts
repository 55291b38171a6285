import { createServer } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeCertificate } from '../peers/certificate.ts';
import { type Peer, startPeer } from '../peers/recorder.ts';
import { endpointAt } from './endpoint.ts';
import { buildHouse } from './house.ts';

/** What a dev container of a repository can put into the environment of the editor. */

const HOST = 'llm.corp.example';
const KEY = 'sk-secret';

afterEach(() => vi.unstubAllEnvs());

/** A server that shows a certificate which nobody vouches for. */
async function impostor(): Promise<Peer & { readonly port: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-tls-'));
  const { key, cert } = await makeCertificate(dir, [HOST]);
  const peer = await startPeer((reply) => reply.json(200, {}), createServer({ key, cert }));
  onTestFinished(async () => {
    await peer.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return { ...peer, port: new URL(peer.url).port };
}

const keys = () => Promise.resolve(KEY);

describe('a server that is not who it says', () => {
  it.each(['0', undefined])('in the network gets nothing, with NODE_TLS_REJECT_UNAUTHORIZED=%s', async (value) => {
    const peer = await impostor();
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
    // The control: this is what the variable does to everybody else.
    const plain = fetch(`${peer.url}/v1`).then(
      () => 'sent',
      () => 'refused',
    );
    expect(await plain).toBe(value === '0' ? 'sent' : 'refused');
    const before = peer.seen.length;
    const lookup = () => Promise.resolve([{ address: '127.0.0.1' }]);
    const house = buildHouse({ level: 'internal', networkHosts: () => [HOST], keys, lookup });
    const endpoint = endpointAt(`https://${HOST}:${peer.port}/v1`, { zone: 'network', needsKey: true });
    const line = await house.open(endpoint);
    await expect(line.fetch(`${endpoint.url}/models`)).rejects.toMatchObject({
      kind: 'unreachable',
      facts: { detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(peer.seen).toHaveLength(before);
  });

  it('on this machine neither', async () => {
    const peer = await impostor();
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const endpoint = endpointAt(`https://127.0.0.1:${peer.port}/v1`, { needsKey: true });
    const line = await buildHouse({ keys }).open(endpoint);
    await expect(line.fetch(`${endpoint.url}/models`)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(peer.seen).toEqual([]);
  });
});

describe('the cloud', () => {
  const CLOUD = endpointAt('https://api.example/v1', { zone: 'cloud', needsKey: true });
  const open = async () => {
    const cloudFetch = vi.fn<typeof fetch>(() => Promise.resolve(Response.json({})));
    const house = buildHouse({ level: 'open', cloudFetch, keys });
    return { cloudFetch, house, line: await house.open(CLOUD) };
  };

  it('gets nothing while certificates are not looked at, and the reason names the variable', async () => {
    const { cloudFetch, house, line } = await open();
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await expect(line.fetch(`${CLOUD.url}/models`)).rejects.toThrow(/^refused: NODE_TLS_REJECT_UNAUTHORIZED=0 lets/);
    expect(cloudFetch).not.toHaveBeenCalled();
    expect(house.entries()).toMatchObject([{ phase: 'refused', rule: 'uncheckedTls' }]);
    // Looked at for each request.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '1');
    expect((await line.fetch(`${CLOUD.url}/models`)).status).toBe(200);
  });
});
