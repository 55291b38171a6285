// Run as a process of its own, with a proxy in its environment: node proxyProbe.ts URL DIR
// Prints what a plain fetch gets, and then what comes through the door.
import { ProxyAgent, setGlobalDispatcher } from 'undici';
import { createPolicy } from '../../src/core/privacy/policy.ts';
import { createDoor } from '../../src/net/door.ts';
import { createLedger } from '../../src/net/ledger.ts';
import { endpointAt } from './endpoint.ts';

const [, , url = '', dir = '', mode = ''] = process.argv;
const proxy = process.env['HTTP_PROXY'] ?? '';
if (mode === 'dispatcher') setGlobalDispatcher(new ProxyAgent(proxy));
const get = async (fetch: typeof globalThis.fetch) => (await fetch(`${url}/x`)).text();
const plain = await get(globalThis.fetch);
const endpoint = endpointAt(url);
const policy = createPolicy(() => ({ level: 'private', reasons: [] }));
const ledger = createLedger(dir);
const door = createDoor({
  policy,
  ledger,
  keys: () => Promise.resolve(undefined),
  cloudFetch: globalThis.fetch,
  networkHosts: () => [],
  endpoints: () => [endpoint],
});
const clearance = policy.clear({ task: 'models', endpoint, sources: [{ kind: 'window' }] });
if ('outcome' in clearance) throw new Error(clearance.reason);
const line = await door.open(clearance);
const through = await get(line.fetch);
door.dispose();
ledger.dispose();
process.stdout.write(JSON.stringify({ plain, through }));
