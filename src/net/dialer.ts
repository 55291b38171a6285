import { lookup as systemLookup } from 'node:dns/promises';
import type { Disposable } from '../core/event.ts';
import type { Zone } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import type { Address } from '../core/privacy/address.ts';
import { isLoopback, zoneOf } from '../core/privacy/zone.ts';
import type { Answer, Sending } from './exchange.ts';
import { createPinnedAgents } from './pinnedAgents.ts';

/** The way to one server, found before anything is sent. */
export interface Route {
  /** Where the socket ends, by the address alone. */
  readonly zone: Zone;
  /** The IP addresses that the socket may connect to; `undefined` where the editor's network stack resolves. */
  readonly addresses: string | undefined;
  fetch(url: string, sending: Sending): Promise<Answer>;
  /** The IP address of the latest connection. */
  connectedTo(): string | undefined;
  /** Leads to a process of our own: no byte of it is on any network. */
  readonly within?: true;
}

export interface Dialer extends Disposable {
  /** Resolves the host, at most once, and pins what it resolved to. Throws `AppError`; sends nothing to the server. */
  route(address: Address): Promise<Route>;
}

export type Lookup = (host: string) => Promise<readonly { readonly address: string }[]>;

export interface DialerParts {
  readonly cloudFetch: typeof globalThis.fetch;
  readonly networkHosts: () => readonly string[];
  readonly lookup?: Lookup;
  /** Hands a request to the built-in engine and brings its answer, by messages. Absent: there is no such engine. */
  readonly builtin?: Route['fetch'];
}

export function createDialer({ cloudFetch, networkHosts, lookup = lookupAll, builtin }: DialerParts): Dialer {
  const agents = createPinnedAgents();
  const pinnedRoute = async (address: Address, zone: Zone): Promise<Route> => {
    const [first, ...others] = await resolve(address, lookup);
    if (first === undefined) throw new AppError('unreachable', { detail: `${address.host} has no address.` });
    const addresses: [string, ...string[]] = [first, ...others];
    const stray = zone === 'device' && addresses.find((each) => !isLoopback(asHost(each)));
    if (stray) {
      const detail = `${address.host} means ${stray} on this machine, which is not loopback.`;
      throw new AppError('refused', { rule: 'notLoopback', detail });
    }
    const agent = await agents.get(address.origin, addresses);
    return { zone, addresses: addresses.join(' '), ...agent };
  };
  return {
    async route(address) {
      if (address.scheme === 'process') return processRoute(builtin);
      const zone = zoneOf(address, networkHosts());
      if (zone !== 'cloud') return pinnedRoute(address, zone);
      if (address.scheme !== 'https') {
        throw new AppError('refused', { rule: 'cloudNeedsTls', detail: `${address.origin} is not encrypted.` });
      }
      if (acceptsAnyCertificate()) {
        throw new AppError('refused', { rule: 'uncheckedTls', detail: UNCHECKED_TLS });
      }
      return { zone, addresses: undefined, fetch: cloudFetch, connectedTo: () => undefined };
    },
    dispose: () => agents.dispose(),
  };
}

const UNCHECKED_TLS =
  'NODE_TLS_REJECT_UNAUTHORIZED=0 lets any server pose as this one. Remove it from the environment of the editor ' +
  '(in a dev container: remoteEnv), and restart the editor.';

/**
 * Whether the environment switches off the check of certificates for the editor's `fetch`, over which there is no other
 * say here. Node looks at each connection, so this is asked at each request (doc/api/cli.md of Node 24).
 */
function acceptsAnyCertificate(): boolean {
  return process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
}

/** Nothing is resolved and nothing dialled. */
function processRoute(builtin: Route['fetch'] | undefined): Route {
  if (!builtin) throw new AppError('unreachable', { detail: 'The built-in engine is not installed.' });
  return { zone: 'device', addresses: undefined, fetch: builtin, connectedTo: () => undefined, within: true };
}

async function resolve({ kind, host }: Address, lookup: Lookup): Promise<string[]> {
  if (kind !== 'name') return [host];
  try {
    return [...new Set((await lookup(host)).map(({ address }) => address))];
  } catch (cause) {
    throw new AppError('unreachable', { detail: `${host} cannot be resolved.`, cause });
  }
}

function lookupAll(host: string) {
  return systemLookup(host, { all: true, order: 'verbatim' });
}

function asHost(ip: string): Pick<Address, 'kind' | 'host'> {
  return { kind: ip.includes(':') ? 'ipv6' : 'ipv4', host: ip };
}
