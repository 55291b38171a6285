import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { onStop, run, start } from '../../setup/child.ts';

/**
 * The network that the tests in this folder live in, made inside the namespace that `unshare` gave: loopback, and one cable
 * (veth) with a default route for IPv4 and IPv6 and a resolver at its other end. At that end, in a namespace of its own, is
 * `elsewhere.ts`: it answers every look-up and speaks for every host, so that what leaves gets an answer and goes on to
 * send its text. Nothing is forwarded; no address is of any real network (RFC 2544, RFC 4193).
 */

declare module 'vitest' {
  interface ProvidedContext {
    /** What `elsewhere` saw, as lines of JSON. */
    readonly elsewhereLog: string;
    /** Certificate of the authority that `elsewhere` uses, as a file. */
    readonly elsewhereCertificate: string;
  }
}

const HERE = { v4: '198.18.0.2', v6: 'fd5a::2', mac: '02:00:00:00:00:02' };
export const ELSEWHERE = { v4: '198.18.0.1', v6: 'fd5a::1', mac: '02:00:00:00:00:01' };
/** Milliseconds after which the kernel has said all that it says about a new interface. */
const SETTLED_MS = 3000;
/** Where Go, OpenSSL and VS Code look for the system's authorities on Debian. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** No daemon outside the namespace is asked for names, as `resolve` or `mdns` would do over a socket in the file system. */
const FILES = {
  '/etc/resolv.conf': `nameserver ${ELSEWHERE.v4}\noptions timeout:1 attempts:1\n`,
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** Vitest's global setup. Refuses to touch a network that is not fresh. */
export default async function makeNetwork({ provide }: TestProject): Promise<() => Promise<void>> {
  requireFreshNamespace();
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-network-'));
  onStop(() => rmSync(dir, { recursive: true, force: true }));
  const replace = async (path: string, text: string) => {
    const own = mkdtempSync(join(dir, 'file-'));
    writeFileSync(join(own, 'text'), text);
    await run('mount', ['--bind', join(own, 'text'), path]);
  };
  for (const [path, text] of Object.entries(FILES)) await replace(path, text);
  await ip('link', 'set', 'lo', 'up');
  const out = resolve('out/proof');
  mkdirSync(out, { recursive: true });
  const log = join(out, 'elsewhere.jsonl');
  const certificate = join(dir, 'authority.pem');
  writeFileSync(log, '');
  let ready: () => void = () => {};
  const listening = new Promise<void>((done) => {
    ready = done;
  });
  const script = join(import.meta.dirname, 'elsewhere.ts');
  const elsewhere = start('unshare', ['--net', process.execPath, script, certificate, log], {
    onLine: (line) => (line === 'listening' ? ready() : process.stderr.write(`[elsewhere] ${line}\n`)),
  });
  const ended = elsewhere.exited.then((code) => {
    throw new Error(`elsewhere ended with ${code}`);
  });
  ended.catch(() => undefined);
  await Promise.race([listening, ended]);
  await replace(AUTHORITIES, readFileSync(AUTHORITIES, 'utf8') + readFileSync(certificate, 'utf8'));
  await layCable(elsewhere.pid);
  await new Promise((done) => setTimeout(done, SETTLED_MS));
  provide('elsewhereLog', log);
  provide('elsewhereCertificate', certificate);
  return () => elsewhere.stop();
}

/** The first thing that is done here changes the network: that must be nobody's but ours. */
function requireFreshNamespace(): void {
  const interfaces = readdirSync('/sys/class/net');
  // A mount of /sys that is older than the namespace shows the machine's own interfaces; /proc/net never does.
  const own = readFileSync('/proc/net/dev', 'utf8').match(/^\s*[^\s:|]+(?=:)/gm) ?? [];
  const routes = readFileSync('/proc/net/route', 'utf8').trim().split('\n').length - 1;
  if (interfaces.length > 0 && own.length === 1 && own[0]?.trim() === 'lo' && routes === 0) return;
  throw new Error('These tests run in a network namespace of their own: node test/proof/namespace.ts');
}

async function layCable(pid: number): Promise<void> {
  const end = ['peer', 'name', 'there', 'address', ELSEWHERE.mac, 'netns', String(pid)];
  await ip('link', 'add', 'here', 'address', HERE.mac, 'type', 'veth', ...end);
  // The kernel asks for routers of its own accord; nobody is to speak but what is tested.
  for (const [key, value] of Object.entries({ accept_ra: 0, router_solicitations: 0, addr_gen_mode: 1 })) {
    writeFileSync(`/proc/sys/net/ipv6/conf/here/${key}`, String(value));
  }
  const there = (...args: string[]) => run('nsenter', ['--target', String(pid), '--net', ...args]);
  await there('sh', '-c', 'cd /proc/sys/net/ipv6/conf/there && echo 0 >accept_ra && echo 0 >router_solicitations');
  await there('ip', 'link', 'set', 'lo', 'up');
  await there('ip', 'addr', 'add', `${ELSEWHERE.v4}/15`, 'dev', 'there');
  await there('ip', '-6', 'addr', 'add', `${ELSEWHERE.v6}/64`, 'dev', 'there', 'nodad');
  await there('ip', 'link', 'set', 'there', 'up');
  await ip('addr', 'add', `${HERE.v4}/15`, 'dev', 'here');
  await ip('-6', 'addr', 'add', `${HERE.v6}/64`, 'dev', 'here', 'nodad');
  await ip('link', 'set', 'here', 'up');
  // Each end knows the other for good: the kernel has nothing to ask (ARP), not even about an exchange of a minute ago.
  for (const host of [ELSEWHERE.v4, ELSEWHERE.v6]) await ip(...permanent(host, ELSEWHERE.mac, 'here'));
  for (const host of [HERE.v4, HERE.v6]) await there('ip', ...permanent(host, HERE.mac, 'there'));
  await ip('route', 'add', 'default', 'via', ELSEWHERE.v4);
  await ip('-6', 'route', 'add', 'default', 'via', ELSEWHERE.v6, 'dev', 'here');
}

function permanent(host: string, mac: string, dev: string): string[] {
  return ['neigh', 'replace', host, 'lladdr', mac, 'dev', dev, 'nud', 'permanent'];
}

function ip(...args: string[]) {
  return run('ip', args);
}
