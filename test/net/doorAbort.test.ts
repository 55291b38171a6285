import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { endpointAt } from './endpoint.ts';
import { type House, buildHouse, until } from './house.ts';
import { type Handler, type Peer, startPeer } from './peer.ts';

/** Reads the request and never answers. */
const silent: Handler = (request) => request.resume();
/** Answers with a first piece and then goes on for ever. */
const endless: Handler = (request, response) => {
  request.resume();
  response.write('{"first":1}\n');
};
/** Long enough for a socket to close that should not, in ms. */
const A_WHILE = 50;

interface Scene {
  readonly house: House;
  readonly peer: Peer;
  readonly controller: AbortController;
  /** Settles with what the caller of `fetch`, or the reader of the body, gets. */
  readonly outcome: Promise<unknown>;
}

async function play(handler: Handler): Promise<Scene & { readonly line: Awaited<ReturnType<House['open']>> }> {
  const peer = await startPeer(handler);
  const house = buildHouse({ level: 'open' });
  const line = await house.open(endpointAt(peer.url, { zone: 'cloud' }));
  const controller = new AbortController();
  const request = line.fetch(`${peer.url}/api/chat`, { method: 'POST', body: '{}', signal: controller.signal });
  const outcome = request.then((answer) => answer.text()).then(String, (error: unknown) => error);
  await until(() => peer.seen.length === 1);
  if (handler === endless) await request;
  return { house, peer, line, controller, outcome };
}

async function closesSocket(peer: Peer, act: () => unknown): Promise<void> {
  expect(peer.closedAt()).toBeUndefined();
  await act();
  await until(() => peer.closedAt() !== undefined);
}

describe.each([
  ['before the answer', silent],
  ['in the midst of the answer', endless],
])('%s', (_, handler) => {
  it('a caller who aborts closes the socket', async () => {
    const { house, peer, controller, outcome } = await play(handler);
    await closesSocket(peer, () => controller.abort());
    expect(await outcome).toMatchObject({ name: 'AbortError' });
    expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'cancelled' });
  });

  it('a level that became stricter closes the socket', async () => {
    const { house, peer, outcome } = await play(handler);
    house.level = 'private';
    await closesSocket(peer, () => house.door.recheck());
    expect(await outcome).toMatchObject({ kind: 'refused', facts: { rule: 'level:private' } });
    expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'refused', rule: 'level:private' });
  });

  it('a server that was taken out of the settings, or has become less private, closes the socket', async () => {
    const { house, peer, outcome } = await play(handler);
    house.endpoints = house.endpoints.map((endpoint) => ({ ...endpoint, url: 'http://127.0.0.1:1' }));
    await closesSocket(peer, () => house.door.recheck());
    expect(await outcome).toMatchObject({ kind: 'refused', facts: { rule: 'endpoint' } });
  });

  it('a look at things that did not change closes nothing', async () => {
    const { house, peer, controller } = await play(handler);
    house.level = 'open';
    house.door.recheck();
    await new Promise((resolve) => setTimeout(resolve, A_WHILE));
    expect(peer.closedAt()).toBeUndefined();
    controller.abort();
  });

  it('a breach closes the socket and the line', async () => {
    const { house, peer, line, outcome } = await play(handler);
    await closesSocket(peer, () => {
      expect(line.breach('The answer came from elsewhere.')).toMatchObject({
        kind: 'refused',
        facts: { rule: 'breach' },
      });
    });
    expect(await outcome).toMatchObject({ kind: 'refused', facts: { rule: 'breach' } });
    await expect(line.fetch(peer.url)).rejects.toMatchObject({ facts: { rule: 'breach' } });
    expect(peer.seen).toHaveLength(1);
    expect(house.entries().map(({ phase, verdict }) => [phase, verdict])).toEqual([
      ['begin', undefined],
      ['breach', 'breach'],
      ['end', 'breach'],
      ['refused', 'refused'],
    ]);
  });

  it('a door that is closed closes the socket', async () => {
    const { house, peer, line, outcome } = await play(handler);
    await closesSocket(peer, () => house.door.dispose());
    expect(await outcome).toMatchObject({ kind: 'refused', facts: { rule: 'closed' } });
    await expect(line.fetch(peer.url)).rejects.toMatchObject({ facts: { rule: 'closed' } });
  });
});

it('a reader that wants no more closes the socket', async () => {
  const peer = await startPeer(endless);
  const house = buildHouse();
  const answer = await (await house.open(endpointAt(peer.url))).fetch(peer.url);
  const reader = answer.body?.getReader();
  await reader?.read();
  await closesSocket(peer, () => reader?.cancel());
  expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'ok', bytesIn: 12 });
});

it('a server in the cloud gets the same signal', async () => {
  const peer = await startPeer(endless);
  const house = buildHouse({
    level: 'open',
    cloudFetch: (_input, init) => fetch(peer.url, init),
  });
  const line = await house.open(endpointAt('https://api.example', { zone: 'cloud' }));
  // What arrives from another address than was asked is a redirect to the door.
  await expect(line.fetch('https://api.example/v1')).rejects.toMatchObject({ facts: { rule: 'redirect' } });
  await until(() => peer.closedAt() !== undefined);
});

it('a caller who aborts an answer that nobody reads ends it too', async () => {
  const peer = await startPeer(endless);
  const house = buildHouse();
  const line = await house.open(endpointAt(peer.url));
  const controller = new AbortController();
  const answer = await line.fetch(peer.url, { signal: controller.signal });
  await closesSocket(peer, () => controller.abort());
  expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'cancelled', bytesIn: 0 });
  await expect(answer.text()).rejects.toMatchObject({ name: 'AbortError' });
  expect(house.entries()).toHaveLength(2);
});

it('an aborted signal sends nothing', async () => {
  const peer = await startPeer(silent);
  const house = buildHouse();
  const line = await house.open(endpointAt(peer.url));
  await expect(line.fetch(peer.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  expect(peer.connections).toHaveLength(0);
  expect(house.entries).toThrow(/ENOENT/);
});

it('a server that has become less private gets nothing with the old clearance', async () => {
  const peer = await startPeer(silent);
  const house = buildHouse();
  const line = await house.open(endpointAt(peer.url));
  // The user says that this loopback port leads to another machine.
  house.endpoints = [endpointAt(peer.url, { zone: 'cloud' })];
  await expect(line.fetch(peer.url)).rejects.toMatchObject({ facts: { rule: 'endpoint' } });
  expect(peer.connections).toHaveLength(0);
});

it('a caller who aborts while the ledger waits for another window sends nothing', async () => {
  const cloudFetch = vi.fn<typeof fetch>();
  const house = buildHouse({ level: 'open', cloudFetch });
  const line = await house.open(endpointAt('https://api.example', { zone: 'cloud' }));
  mkdirSync(house.dir, { recursive: true });
  writeFileSync(join(house.dir, 'ledger.lock'), 'another window');
  const controller = new AbortController();
  const request = line.fetch('https://api.example/', { signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort();
  rmSync(join(house.dir, 'ledger.lock'));
  await expect(request).rejects.toMatchObject({ name: 'AbortError' });
  expect(cloudFetch).not.toHaveBeenCalled();
  expect(house.entries()[1]).toMatchObject({ phase: 'end', verdict: 'cancelled' });
});

it('a level that changes while the key is looked up sends nothing', async () => {
  const peer = await startPeer(silent);
  const keys = () =>
    new Promise<string>((resolve) => {
      house.level = 'private';
      house.door.recheck();
      setTimeout(resolve, 10, 'sk-1');
    });
  const house: House = buildHouse({ level: 'open', keys });
  const line = await house.open(endpointAt(peer.url, { zone: 'cloud', needsKey: true }));
  await expect(line.fetch(peer.url)).rejects.toMatchObject({ facts: { rule: 'level:private' } });
  expect(peer.connections).toHaveLength(0);
  expect(house.entries()).toMatchObject([{ phase: 'refused', rule: 'level:private' }]);
});

it('a level that changes without a word to the door sends nothing either', async () => {
  const peer = await startPeer(silent);
  const keys = () => {
    house.level = 'private';
    return Promise.resolve('sk-1');
  };
  const house: House = buildHouse({ level: 'open', keys });
  const line = await house.open(endpointAt(peer.url, { zone: 'cloud', needsKey: true }));
  await expect(line.fetch(peer.url)).rejects.toMatchObject({ facts: { rule: 'level:private' } });
  expect(peer.connections).toHaveLength(0);
  expect(house.entries()).toMatchObject([{ phase: 'begin' }, { phase: 'end', verdict: 'refused' }]);
});
