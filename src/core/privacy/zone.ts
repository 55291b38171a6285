import type { Zone } from '../model.ts';
import { type Address, readHost, readPort } from './address.ts';

/**
 * The zone of a server by its address alone. `device` only for the spellings of loopback that nothing can redirect:
 * `localhost` (whose answers the dialer checks), 127.0.0.0/8 and `[::1]`. A loopback address that the user calls
 * `notThisMachine` is like any other host. What a model behind it does is found elsewhere.
 */
export function zoneOf(address: Address, networkHosts: readonly string[], notThisMachine = false): Zone {
  if (isLoopback(address) && !notThisMachine) return 'device';
  const listed = networkHosts.some((entry) => readNetworkHost(entry)?.(address));
  return listed ? 'network' : 'cloud';
}

/** Whether the address, as written, can only mean this machine's loopback. */
export function isLoopback({ kind, host }: Pick<Address, 'kind' | 'host'>): boolean {
  if (kind === 'name') return host === 'localhost';
  return kind === 'ipv4' ? host.startsWith('127.') : host === '::1';
}

type Matcher = (address: Address) => boolean;

/**
 * Reads one entry of the user's list: `host`, `host:port`, an IP address, `10.1.0.0/16`, `fd00::/8`, or `*.corp.example`
 * for every name below. Ranges match addresses that were written as numbers, never what a name resolves to. `undefined`
 * for what cannot be read or would take in nearly everything; such an entry matches nothing.
 */
export function readNetworkHost(entry: string): Matcher | undefined {
  if (entry.includes('/')) return readRange(entry);
  if (entry.startsWith('*.')) {
    const below = readHost(entry.slice(2));
    if ('problem' in below || below.kind !== 'name') return undefined;
    return ({ kind, host }) => kind === 'name' && host.endsWith(`.${below.host}`);
  }
  const [, hostText = '', portText] = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(bracketed(entry)) ?? [];
  const wanted = readHost(hostText);
  if ('problem' in wanted) return undefined;
  const port = portText === undefined ? undefined : readPort(portText);
  if (portText !== undefined && port === undefined) return undefined;
  return (address) => address.host === wanted.host && (port === undefined || address.port === port);
}

/** A bare IPv6 address gets its brackets. */
function bracketed(text: string): string {
  return text.split(':').length > 2 && !text.startsWith('[') ? `[${text}]` : text;
}

/** Widest ranges that an entry may name: one organisation's, not half of the internet. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 7 };

function readRange(entry: string): Matcher | undefined {
  const [text = '', lengthText = '', ...rest] = entry.split('/');
  const base = readHost(bracketed(text));
  if (rest.length > 0 || 'problem' in base || base.kind === 'name' || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) {
    return undefined;
  }
  const { kind } = base;
  const length = Number(lengthText);
  const start = bitsOf(base);
  if (length < SHORTEST_PREFIX[kind] || length > start.length) return undefined;
  return (address) => address.kind === kind && bitsOf(address).startsWith(start.slice(0, length));
}

/** A canonical address as a string of zeros and ones. */
function bitsOf({ kind, host }: Pick<Address, 'kind' | 'host'>): string {
  if (kind === 'ipv4') return binary(host.split('.'), 10, 8);
  const [head = '', tail] = host.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return binary([...left, ...zeros, ...right], 16, 16);
}

function binary(parts: readonly string[], radix: number, width: number): string {
  return parts.map((part) => Number.parseInt(part, radix).toString(2).padStart(width, '0')).join('');
}
