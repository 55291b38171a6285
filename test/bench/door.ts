import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Endpoint } from '../../src/core/model.ts';
import { isRefusal } from '../../src/core/outcome.ts';
import { createPolicy } from '../../src/core/privacy/policy.ts';
import { createDoor } from '../../src/net/door.ts';
import { createLedger } from '../../src/net/ledger.ts';
import { onStop } from '../setup/child.ts';
import { startPeer } from '../peers/recorder.ts';
import { type Benchmark, median } from './figure.ts';

/**
 * What a request to a local server costs through the door (clearance, line, two lines of the ledger on the disk, the answer
 * read) beside `request` of undici over an open connection. Both take turns in one process, which the server shares.
 */
export const door: Benchmark = {
  name: 'door',
  runs: 5,
  async measure(runs) {
    const dir = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
    const remove = () => rmSync(dir, { recursive: true, force: true });
    const forget = onStop(remove);
    const peer = await startPeer((reply) => reply.json(200, { response: 'x'.repeat(200) }));
    const agent = new Agent();
    const { throughDoor, dispose } = openDoor(peer.url, dir);
    const bare = async () => {
      const { body } = await request(`${peer.url}/api/generate`, { method: 'POST', ...SENT, dispatcher: agent });
      await body.text();
    };
    const times = { door: Array<number>(), bare: Array<number>() };
    try {
      for (let index = -WARM_UP; index < runs * ROUND; index++) {
        const turns = [
          { of: 'door', send: throughDoor },
          { of: 'bare', send: bare },
        ] as const;
        for (const { of, send } of index % 2 === 0 ? turns : turns.toReversed()) {
          const before = performance.now();
          await send();
          if (index >= 0) times[of].push(performance.now() - before);
        }
      }
    } finally {
      dispose();
      await agent.close();
      await peer.stop();
      forget();
      remove();
    }
    const how = `of ${runs * ROUND} requests of 6 kB, ledger included; reference: bare undici request`;
    return [
      {
        name: 'request through the door',
        value: median(times.door),
        unit: 'ms',
        reference: median(times.bare),
        bound: { of: 'excess', most: 1 },
        how: `median ${how}`,
      },
    ];
  },
};

const WARM_UP = 50;
/** Requests of a run. */
const ROUND = 100;
/** As large as the prompt of a completion. */
const SENT = { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ prompt: 'x'.repeat(6000) }) };

function openDoor(url: string, dir: string) {
  const endpoint: Endpoint = { id: 'peer', label: 'Peer', protocol: 'ollama', url, zone: 'device', needsKey: false };
  const policy = createPolicy(() => ({ level: 'private', reasons: [{ source: 'mark', level: 'private' }] }));
  const ledger = createLedger(join(dir, 'ledger'));
  const opened = createDoor({
    policy,
    ledger,
    keys: () => Promise.resolve(undefined),
    endpoints: () => [endpoint],
    networkHosts: () => [],
    cloudFetch: () => Promise.reject(new Error('no cloud here')),
  });
  return {
    async throughDoor() {
      const clearance = policy.clear({ task: 'completion', endpoint, sources: [{ kind: 'window' }] });
      if (isRefusal(clearance)) throw new Error(clearance.reason);
      const line = await opened.open(clearance);
      const answer = await line.fetch(`${url}/api/generate`, { method: 'POST', ...SENT });
      await answer.text();
    },
    dispose() {
      opened.dispose();
      ledger.dispose();
    },
  };
}
