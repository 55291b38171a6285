/* oxlint-disable typescript/no-unsafe-type-assertion -- this file forges what the compiler forbids */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { refusal } from '../../src/core/outcome.ts';
import { Clearance } from '../../src/core/privacy/policy.ts';
import { createLedger } from '../../src/net/ledger.ts';
import { endpointAt } from './endpoint.ts';
import { buildHouse, readEntries } from './house.ts';
import { answering, startPeer } from './peer.ts';

it('is written before the first byte leaves', async () => {
  const atArrival: unknown[] = [];
  const peer = await startPeer((request, response) => {
    atArrival.push(...readEntries(house.dir));
    request.resume().on('end', () => response.end('{}'));
  });
  const house = buildHouse();
  const line = await house.open(endpointAt(peer.url), { task: 'completion', model: { name: 'qwen2.5-coder:1.5b' } });
  await (await line.fetch(`${peer.url}/api/generate`, { method: 'POST', body: '{"prompt":"private text"}' })).text();
  expect(atArrival).toMatchObject([
    {
      v: 1,
      phase: 'begin',
      task: 'completion',
      model: 'qwen2.5-coder:1.5b',
      endpoint: 'one',
      host: `127.0.0.1:${peer.port}`,
      call: 'POST /api/generate',
      address: '127.0.0.1',
      zone: 'device',
      level: 'private',
      reason: 'mark',
      bytesOut: 25,
    },
  ]);
  const [begin, end] = house.entries();
  expect(end).toMatchObject({ phase: 'end', id: begin?.id, verdict: 'ok', bytesOut: 25, bytesIn: 2, status: 200 });
  expect(end?.durationMs).toBeGreaterThan(0);
  expect(JSON.stringify(house.entries())).not.toContain('private text');
  expect(await house.ledger.verify()).toMatchObject({ intact: true });
});

it('stops everything when it cannot be written', async () => {
  const peer = await startPeer(answering());
  const house = buildHouse();
  mkdirSync(dirname(house.dir), { recursive: true });
  writeFileSync(house.dir, 'a file where the folder should be');
  const line = await house.open(endpointAt(peer.url));
  await expect(line.fetch(peer.url)).rejects.toMatchObject({ kind: 'refused', facts: { rule: 'ledger' } });
  expect(peer.connections).toHaveLength(0);
  // And goes on when it can be again.
  rmSync(house.dir);
  expect((await line.fetch(peer.url)).status).toBe(200);
});

it('stops nothing that has begun when it cannot be written any more', async () => {
  const peer = await startPeer(answering());
  const house = buildHouse();
  const line = await house.open(endpointAt(peer.url));
  const answer = await line.fetch(peer.url);
  rmSync(house.dir, { recursive: true });
  writeFileSync(house.dir, '');
  expect(await answer.json()).toEqual({ ok: true });
});

it.each<[string, (genuine: Clearance) => unknown]>([
  ['a copy', (genuine) => Object.assign({}, genuine)],
  ['a copy with the prototype', (genuine) => Object.assign(Object.create(Clearance.prototype) as object, genuine)],
  ['a child', (genuine) => Object.create(genuine) as unknown],
  ['nothing', () => undefined],
])('has a line for a clearance that is forged: %s', async (_, forge) => {
  const peer = await startPeer(answering());
  const house = buildHouse();
  const genuine = house.clear(endpointAt(peer.url));
  await expect(house.door.open(forge(genuine) as Clearance)).rejects.toMatchObject({
    kind: 'refused',
    facts: { rule: 'forged' },
  });
  expect(house.entries()).toMatchObject([{ phase: 'refused', rule: 'forged' }]);
});

it('has a line for a clearance of yesterday’s level', async () => {
  const house = buildHouse({ level: 'open' });
  const clearance = house.clear(endpointAt('https://api.example/v1', { zone: 'cloud' }), { model: { name: 'gpt' } });
  house.level = 'internal';
  await expect(house.door.open(clearance)).rejects.toMatchObject({ facts: { rule: 'level:internal' } });
  expect(house.entries()).toMatchObject([
    { phase: 'refused', rule: 'level:internal', model: 'gpt', host: 'api.example', zone: 'cloud', verdict: 'refused' },
  ]);
});

it('has a line for a server that is not among the settings', async () => {
  const house = buildHouse();
  const clearance = house.clear(endpointAt('http://127.0.0.1:1'));
  house.endpoints = [];
  await expect(house.door.open(clearance)).rejects.toMatchObject({ facts: { rule: 'endpoint' } });
  expect(house.entries()).toMatchObject([{ phase: 'refused', rule: 'endpoint' }]);
});

it('has a line for an address that can be read in two ways', async () => {
  const house = buildHouse();
  const clearance = house.clear(endpointAt('http://2130706433:11434'));
  await expect(house.door.open(clearance)).rejects.toMatchObject({ facts: { rule: 'address' } });
  expect(house.entries()).toMatchObject([{ phase: 'refused', rule: 'address', zone: 'device' }]);
});

it('has a line for what the policy refused, and never fails on it', async () => {
  const house = buildHouse();
  const endpoint = endpointAt('https://api.example/v1', { zone: 'cloud' });
  const ask = { task: 'chat', endpoint, sources: [{ kind: 'window' }] } as const;
  await house.door.refused(ask, refusal('level:private', 'The workspace is private-only.'));
  expect(house.entries()).toMatchObject([
    { phase: 'refused', task: 'chat', endpoint: 'one', host: 'api.example', zone: 'cloud', rule: 'level:private' },
  ]);
  // A name that a local Ollama would ask of its vendor.
  const local = endpointAt('http://127.0.0.1:11434');
  const pull = { task: 'pull', endpoint: local, model: { name: 'x:cloud' }, sources: ask.sources } as const;
  await house.door.refused(pull, refusal('level:private', 'The workspace is private-only.'));
  expect(house.entries().at(-1)).toMatchObject({ phase: 'refused', model: 'x:cloud', zone: 'cloud' });
  const broken = buildHouse({ ledger: createLedger(join(house.dir, '2026-11.jsonl', 'x')) });
  await expect(broken.door.refused(ask, refusal('x', 'y'))).resolves.toBeUndefined();
});
