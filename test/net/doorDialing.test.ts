import net, { type TcpNetConnectOpts } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Lookup } from '../../src/net/dialer.ts';
import { endpointAt } from './endpoint.ts';
import { buildHouse } from './house.ts';
import { answering, startPeer } from './peer.ts';

function resolving(...answers: string[][]): Lookup & { readonly asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (host) => {
    const found = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    return Promise.resolve(found.map((address) => ({ address })));
  };
  return Object.assign(lookup, { asked });
}

describe('a server on this machine', () => {
  it.each(['127.0.0.1', '127.0.0.2', '::1'])('is reached at %s', async (host) => {
    const peer = await startPeer(answering(), { host });
    const house = buildHouse();
    const line = await house.open(endpointAt(peer.url));
    const answer = await line.fetch(`${peer.url}/api/tags`);
    expect(await answer.json()).toEqual({ ok: true });
    expect(house.entries().map(({ phase, address, zone }) => [phase, address, zone])).toEqual([
      ['begin', host, 'device'],
      ['end', host, 'device'],
    ]);
  });

  it('is reached by the name localhost, over whichever of its addresses listens', async () => {
    const peer = await startPeer(answering(), { host: '127.0.0.1' });
    const lookup = resolving(['::1', '127.0.0.1']);
    const house = buildHouse({ lookup });
    const url = `http://localhost:${peer.port}`;
    const line = await house.open(endpointAt(url));
    expect(await (await line.fetch(`${url}/api/tags`)).json()).toEqual({ ok: true });
    expect(peer.seen[0]?.headers.host).toBe(`localhost:${peer.port}`);
    expect(house.entries().map(({ address }) => address)).toEqual(['::1 127.0.0.1', '127.0.0.1']);
  });

  it('is reached by localhost as this system resolves it', async () => {
    const peer = await startPeer(answering());
    const url = `http://localhost:${peer.port}`;
    const line = await buildHouse().open(endpointAt(url));
    expect(await (await line.fetch(url)).json()).toEqual({ ok: true });
  });

  it('keeps its sockets open for the next request', async () => {
    const peer = await startPeer(answering());
    const line = await buildHouse().open(endpointAt(peer.url));
    for (let i = 0; i < 10; i += 1) await (await line.fetch(peer.url)).text();
    // The second may come before the first is back in the pool.
    expect(peer.connections.length).toBeLessThanOrEqual(2);
  });

  it.each([
    [['10.0.0.1']],
    [['127.0.0.1', '10.0.0.1']],
    [['0.0.0.0']],
    [['::']],
    [['::ffff:127.0.0.1']],
    [['::ffff:10.0.0.1']],
    [['fe80::1%lo']],
  ])('is refused when localhost means %j', async (answers) => {
    const peer = await startPeer(answering());
    const house = buildHouse({ lookup: resolving(answers) });
    const url = `http://localhost:${peer.port}`;
    const line = await house.open(endpointAt(url));
    await expect(line.fetch(url)).rejects.toMatchObject({ kind: 'refused', facts: { rule: 'notLoopback' } });
    expect(peer.connections).toHaveLength(0);
    expect(house.entries()).toMatchObject([{ phase: 'refused', rule: 'notLoopback' }]);
  });

  it('is resolved once for a request: a resolver that changes its mind is not asked again', async () => {
    const peer = await startPeer(answering());
    const lookup = resolving(['127.0.0.1'], ['203.0.113.7']);
    const house = buildHouse({ lookup });
    const url = `http://localhost:${peer.port}`;
    const line = await house.open(endpointAt(url));
    expect((await line.fetch(url)).status).toBe(200);
    expect(lookup.asked).toEqual(['localhost']);
    await expect(line.fetch(url)).rejects.toMatchObject({ facts: { rule: 'notLoopback' } });
  });

  it('is not looked up when it is a number', async () => {
    const peer = await startPeer(answering());
    const lookup = resolving(['203.0.113.7']);
    const house = buildHouse({ lookup });
    const line = await house.open(endpointAt(peer.url));
    expect((await line.fetch(peer.url)).status).toBe(200);
    expect(lookup.asked).toEqual([]);
  });

  it('gets no byte when the socket was led elsewhere underneath', async () => {
    const elsewhere = await startPeer(answering(), { host: '127.0.0.9' });
    const connect = net.connect;
    onTestFinished(() => void (net.connect = connect));
    const misled = (options: TcpNetConnectOpts) => connect({ ...options, host: '127.0.0.9' });
    Object.assign(net, { connect: misled });
    const house = buildHouse();
    const url = `http://127.0.0.1:${elsewhere.port}`;
    const line = await house.open(endpointAt(url));
    await expect(line.fetch(url)).rejects.toMatchObject({ kind: 'refused', facts: { rule: 'pinned' } });
    expect([elsewhere.connections.length, elsewhere.seen.length]).toEqual([1, 0]);
    expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'refused', rule: 'pinned' });
  });

  it('follows localhost when it moves between loopback addresses', async () => {
    const first = await startPeer(answering('first'), { host: '127.0.0.1' });
    await startPeer(answering('second'), { host: '::1', port: first.port });
    const house = buildHouse({ lookup: resolving(['127.0.0.1'], ['::1']) });
    const url = `http://localhost:${first.port}`;
    const line = await house.open(endpointAt(url));
    expect(await (await line.fetch(url)).json()).toBe('first');
    expect(await (await line.fetch(url)).json()).toBe('second');
  });
});

describe('a server of the network', () => {
  it('is reached at the address that its name resolved to, asked once', async () => {
    const peer = await startPeer(answering(), { host: '127.0.0.3' });
    const lookup = resolving(['127.0.0.3']);
    const house = buildHouse({ lookup, level: 'internal', networkHosts: () => ['gpu.corp.example'] });
    const url = `http://gpu.corp.example:${peer.port}`;
    const line = await house.open(endpointAt(url, { zone: 'network' }));
    expect(await (await line.fetch(`${url}/api/tags`)).json()).toEqual({ ok: true });
    expect(lookup.asked).toEqual(['gpu.corp.example']);
    expect(peer.seen[0]?.headers.host).toBe(`gpu.corp.example:${peer.port}`);
    expect(house.entries()[1]).toMatchObject({ phase: 'end', address: '127.0.0.3', zone: 'network', verdict: 'ok' });
  });

  it('is not reached when it is on the list no more, or another port is', async () => {
    const peer = await startPeer(answering());
    let hosts = ['gpu'];
    const house = buildHouse({ lookup: resolving(['127.0.0.1']), level: 'internal', networkHosts: () => hosts });
    const url = `http://gpu:${peer.port}`;
    const line = await house.open(endpointAt(url, { zone: 'network' }));
    hosts = ['gpu:1'];
    await expect(line.fetch(url)).rejects.toMatchObject({ kind: 'refused' });
    expect(peer.connections).toHaveLength(0);
  });

  it('does not become this machine because its name resolves to it', async () => {
    const house = buildHouse({ lookup: resolving(['127.0.0.1']) });
    const endpoint = endpointAt('http://evil.example:11434', { zone: 'device' });
    const line = await house.open(endpoint);
    await expect(line.fetch(endpoint.url)).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('a server in the cloud', () => {
  const OPENAI = endpointAt('https://api.openai.com/v1', { id: 'openai', protocol: 'openai', zone: 'cloud' });

  it('is asked through the editor’s fetch, without cookies, referrer or redirects', async () => {
    const cloudFetch = vi.fn<typeof fetch>(() => Promise.resolve(Response.json({ data: [] })));
    const house = buildHouse({ cloudFetch, level: 'open' });
    const line = await house.open(OPENAI);
    expect(await (await line.fetch('https://api.openai.com/v1/models')).json()).toEqual({ data: [] });
    expect(cloudFetch).toHaveBeenCalledExactlyOnceWith(
      'https://api.openai.com/v1/models',
      expect.objectContaining({
        redirect: 'manual',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
      }),
    );
    const [begin] = house.entries();
    expect(begin).toMatchObject({ phase: 'begin', host: 'api.openai.com', zone: 'cloud', call: 'GET /v1/models' });
    expect(begin?.address).toBeUndefined();
  });

  it('is refused without TLS', async () => {
    const cloudFetch = vi.fn<typeof fetch>();
    const house = buildHouse({ cloudFetch, level: 'open' });
    const line = await house.open(endpointAt('http://api.example/v1', { zone: 'cloud' }));
    await expect(line.fetch('http://api.example/v1/models')).rejects.toMatchObject({
      facts: { rule: 'cloudNeedsTls' },
    });
    expect(cloudFetch).not.toHaveBeenCalled();
  });

  it('is not reached with a clearance for less', async () => {
    const cloudFetch = vi.fn<typeof fetch>();
    const house = buildHouse({ cloudFetch, level: 'private' });
    // Its zone was read wrongly somewhere: the door looks at the address itself.
    const line = await house.open({ ...OPENAI, zone: 'device' });
    await expect(line.fetch(`${OPENAI.url}/models`)).rejects.toMatchObject({ facts: { rule: 'zone' } });
    expect(cloudFetch).not.toHaveBeenCalled();
    expect(house.entries()).toMatchObject([{ phase: 'refused', rule: 'zone', verdict: 'refused' }]);
  });

  it('may be a loopback address that leads to another machine', async () => {
    const peer = await startPeer(answering());
    const house = buildHouse({ level: 'open' });
    const line = await house.open(endpointAt(peer.url, { zone: 'cloud' }));
    expect((await line.fetch(peer.url)).status).toBe(200);
    expect(house.entries()[0]).toMatchObject({ zone: 'cloud', address: '127.0.0.1' });
  });
});
