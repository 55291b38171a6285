import { existsSync } from 'node:fs';
import { run } from './child.ts';
import { CannotRun } from './toolchain.ts';

/** What a network namespace of one's own takes; all of it from Debian. */
const TOOLS = [
  { package: 'iproute2', test: ['ip', '-V'] },
  { package: 'tcpdump', test: ['tcpdump', '--version'] },
  { package: 'util-linux', test: ['unshare', '--version'] },
] as const;

/** Ways into new namespaces: as root, or as a user who becomes root of a user namespace. */
const WAYS = [
  ['--net', '--mount'],
  ['--user', '--map-root-user', '--net', '--mount'],
] as const;

/**
 * The arguments of `unshare` that work on this machine for a network (and mounts) of one's own. Installs what is missing on a
 * Debian where this is root. Throws `CannotRun` where it cannot be had.
 */
export async function requireNamespaces(say: (line: string) => void): Promise<readonly string[]> {
  if (process.platform !== 'linux') throw new CannotRun('Network namespaces are a thing of Linux.');
  await requireTools(say);
  for (const way of WAYS) if (await succeeds('unshare', [...way, 'ip', 'link', 'set', 'lo', 'up'])) return way;
  throw new CannotRun('This machine does not let this user make a network namespace.');
}

async function requireTools(say: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const tool of TOOLS) if (!(await succeeds(...split(tool.test)))) missing.push(tool.package);
  if (missing.length === 0) return;
  const command = `apt-get install -y ${missing.join(' ')}`;
  if (!existsSync('/usr/bin/apt-get')) throw new CannotRun(`Missing here: ${missing.join(', ')}.`);
  if (process.getuid?.() !== 0) throw new CannotRun(`Run this first: sudo ${command}`);
  say(`installing ${missing.join(' ')} from Debian`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q'], { env });
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
}

function split([command, ...args]: readonly [string, ...string[]]): [string, string[]] {
  return [command, args];
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await run(command, args, { mayFail: true })).code === 0;
  } catch {
    return false;
  }
}
