import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type EngineProcess, createEngineProcess } from '../../src/builtin/process.ts';

/** The host's side of the engine's process, with a real process that only speaks as the engine does. */
let dir: string;
let engine: EngineProcess;
let log: string[];
/** Bytes that can be had. */
let bytes: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-process-'));
  log = [];
  bytes = 4e9;
});
afterEach(() => {
  vi.useRealTimers();
  engine.end();
  rmSync(dir, { recursive: true, force: true });
});

/** Ready after a while; ends a request for `short` at once, and none for another. */
function start({ network = [], idleMs = 600_000 }: { network?: readonly string[]; idleMs?: number }): void {
  const script = join(dir, 'child.mjs');
  writeFileSync(
    script,
    `process.on('message', (message) => {
       if (message.kind === 'start')
         setTimeout(() => process.send({ kind: 'ready', threads: 1, network: ${JSON.stringify(network)} }), 100);
       else if (message.path === 'short') process.send({ kind: 'end', id: message.id });
     });
     process.on('disconnect', () => process.exit(0));`,
  );
  engine = createEngineProcess({
    script,
    binary: () => join(dir, 'addon.node'),
    threads: () => 1,
    idleMs: () => idleMs,
    memory: () => Promise.resolve(bytes),
    log: (text) => void log.push(text),
  });
}

const ask = (path: string, signal = new AbortController().signal) =>
  engine.ask({ kind: 'unload', path }, signal, () => undefined);

test('one that still has a network is not used', async () => {
  start({ network: ['dns.lookup', 'inspector.open'] });
  const failure = {
    kind: 'failed',
    detail: 'the network could not be taken away from it: dns.lookup, inspector.open stayed open',
  };
  expect(await ask('short')).toEqual(failure);
  expect(engine.pid()).toBeUndefined();
  expect(log).toContain(`The built-in engine is not used: ${failure.detail}.`);
  // Nor is the next.
  expect(await ask('short')).toEqual(failure);
});

test('one whose only request was cancelled while it started ends when it has rested', async () => {
  start({ idleMs: 50 });
  const abort = new AbortController();
  const asked = ask('short', abort.signal);
  abort.abort();
  expect(await asked).toBeUndefined();
  expect(engine.pid()).toBeDefined();
  await vi.waitFor(() => expect(engine.pid()).toBeUndefined());
});

test('one that is busy is not ended for another request that was cancelled while it started', async () => {
  start({ idleMs: 50 });
  const abort = new AbortController();
  const cancelled = ask('short', abort.signal);
  const busy = ask('long');
  abort.abort();
  expect(await cancelled).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(engine.pid()).toBeDefined();
  engine.end();
  expect(await busy).toMatchObject({ kind: 'died' });
});

test('memory is looked at between requests that follow each other quickly, and never ends a busy one', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  start({});
  expect(await ask('short')).toBeUndefined();
  bytes = 1e6;
  const busy = ask('long');
  await vi.advanceTimersByTimeAsync(25_000);
  expect(engine.pid()).toBeDefined();
  engine.end();
  expect(await busy).toMatchObject({ kind: 'died' });

  bytes = 4e9;
  expect(await ask('short')).toBeUndefined();
  bytes = 1e6;
  await vi.advanceTimersByTimeAsync(6000);
  expect(engine.pid()).toBeDefined();
  expect(await ask('short')).toBeUndefined();
  await vi.advanceTimersByTimeAsync(6000);
  expect(engine.pid()).toBeUndefined();
  expect(log.join('\n')).toContain('Memory is scarce');
});
