import { expect, it } from 'vitest';
import { BUILTIN } from '../../src/core/routing/endpoints.ts';
import type { Route } from '../../src/net/dialer.ts';
import { buildHouse } from './house.ts';
import { answering, startPeer } from './peer.ts';

/** The built-in engine behind the door: not a socket, and all else as ever. */

const BODY = '{"model":"small","prompt":"private text"}';
const asked: { url: string; signal: AbortSignal }[] = [];

/** Answers with some text, or with a body that nobody ends. */
function engine(hangs = false): Route['fetch'] {
  asked.length = 0;
  return (url, { signal }) => {
    asked.push({ url, signal });
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"text":"word"}\n'));
        // As the real one: an aborted request ends at once.
        if (hangs) signal.addEventListener('abort', () => controller.error(signal.reason));
        else controller.close();
      },
    });
    return Promise.resolve(new Response(body, { status: 200 }));
  };
}

it('is in the ledger as every request is, with no byte on a network', async () => {
  const house = buildHouse({ builtin: engine() });
  const line = await house.open(BUILTIN, { task: 'completion', model: { name: 'small' } });
  const answer = await line.fetch(`${BUILTIN.url}/complete`, { method: 'POST', body: BODY });
  expect(await answer.text()).toBe('{"text":"word"}\n');
  expect(asked.map(({ url }) => url)).toEqual(['process://builtin/complete']);
  const facts = {
    task: 'completion',
    model: 'small',
    endpoint: 'builtin',
    host: 'builtin',
    zone: 'device',
    bytesOut: 0,
  };
  const [begin, end] = house.entries();
  expect(begin).toMatchObject({ ...facts, phase: 'begin', call: 'POST /complete', level: 'private' });
  expect(end).toMatchObject({ ...facts, phase: 'end', verdict: 'ok', bytesIn: 0 });
  expect(begin?.address).toBeUndefined();
  expect(JSON.stringify(house.entries())).not.toContain('private text');
});

it('is cut off when the engine is no longer there', async () => {
  const house = buildHouse({ builtin: engine(true) });
  const line = await house.open(BUILTIN);
  const reading = (await line.fetch(`${BUILTIN.url}/chat`, { method: 'POST', body: BODY })).text();
  reading.catch(() => undefined);
  house.endpoints = [];
  house.door.recheck();
  await expect(reading).rejects.toMatchObject({ kind: 'refused', facts: { rule: 'endpoint' } });
  expect(asked[0]?.signal.aborted).toBe(true);
});

it('is not reached where there is none', async () => {
  const house = buildHouse();
  const line = await house.open(BUILTIN);
  await expect(line.fetch(`${BUILTIN.url}/models`)).rejects.toMatchObject({ kind: 'unreachable' });
});

it('is not reached by the name of a server, nor a server by its', async () => {
  const peer = await startPeer(answering());
  const house = buildHouse({ builtin: engine() });
  // A server that says it is the process: its protocol decides, and the spelling is refused.
  await expect(house.open({ ...BUILTIN, id: 'fake', protocol: 'ollama' })).rejects.toMatchObject({
    kind: 'refused',
    facts: { rule: 'address' },
  });
  // The process with the address of a server.
  await expect(house.open({ ...BUILTIN, id: 'other', url: peer.url })).rejects.toMatchObject({
    kind: 'refused',
    facts: { rule: 'address' },
  });
  const line = await house.open(BUILTIN);
  await expect(line.fetch(`${peer.url}/complete`)).rejects.toMatchObject({
    kind: 'refused',
    facts: { rule: 'address' },
  });
  for (const url of [
    'process://builtin.example/complete',
    'process://x@builtin/complete',
    'process:builtin/complete',
  ]) {
    await expect(line.fetch(url)).rejects.toMatchObject({ kind: 'refused', facts: { rule: 'address' } });
  }
  expect(asked).toEqual([]);
  expect(peer.connections).toHaveLength(0);
});
