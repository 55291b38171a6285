import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { once } from './cache.ts';
import { run } from './child.ts';
import { CannotRun } from './toolchain.ts';

/**
 * The built-in engine's native package for this platform, from npm, in the version and with the hash of
 * engine/package-lock.json: the archive as it comes, and unpacked.
 */
const Lock = z.object({
  packages: z.record(z.string(), z.looseObject({ version: z.string().optional(), integrity: z.string().optional() })),
});
const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

export interface Engine {
  /** The archive of the package. */
  readonly archive: string;
  /** The addon, in the unpacked package. */
  readonly binary: string;
  readonly version: string;
  /** Of the package, without its scope. */
  readonly name: string;
}

/** Fetched when it is not there (about 11 MB). Throws `CannotRun` where there is none. */
export async function ensureEngine(): Promise<Engine> {
  const name = PLATFORMS[`${process.platform}-${process.arch}`];
  const lock = Lock.parse(
    JSON.parse(readFileSync(fileURLToPath(new URL('../../engine/package-lock.json', import.meta.url)), 'utf8')),
  );
  const locked = lock.packages[`node_modules/@node-llama-cpp/${name ?? ''}`];
  if (name === undefined || locked?.version === undefined || locked.integrity === undefined) {
    throw new CannotRun(`There is no built-in engine for ${process.platform}-${process.arch}.`);
  }
  const { version, integrity } = locked;
  const entry = await once(
    `engine-${name}-${version}`,
    async (dir, say) => {
      say('fetching the built-in engine, 11 MB');
      mkdirSync(join(dir, 'pack'));
      await run('npm', [
        'pack',
        '--silent',
        `@node-llama-cpp/${name}@${version}`,
        '--pack-destination',
        join(dir, 'pack'),
      ]);
      const [file = ''] = readdirSync(join(dir, 'pack'));
      const archive = join(dir, 'engine.tgz');
      renameSync(join(dir, 'pack', file), archive);
      rmSync(join(dir, 'pack'), { recursive: true });
      const hash = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
      if (hash !== integrity) throw new Error(`The archive of ${name} has another hash than the lockfile says.`);
      await run('tar', ['xzf', archive, '-C', dir]);
    },
    { isWhole: (dir) => existsSync(binaryIn(dir)) },
  );
  return { archive: join(entry, 'engine.tgz'), binary: binaryIn(entry), version, name };
}

function binaryIn(entry: string): string {
  const bins = join(entry, 'package/bins');
  const [platform = ''] = existsSync(bins) ? readdirSync(bins) : [];
  return join(bins, platform, 'llama-addon.node');
}

/** Installs it into the storage of an extension, as the command does, and gives its folder of models. */
export async function placeEngine(storage: string): Promise<string> {
  const { binary, name, version } = await ensureEngine();
  const dir = join(storage, 'engine');
  rmSync(dir, { recursive: true, force: true });
  cpSync(dirname(dirname(binary)), join(dir, 'bins'), { recursive: true });
  const addon = `bins/${basename(dirname(binary))}/${basename(binary)}`;
  writeFileSync(join(dir, 'installed.json'), JSON.stringify({ name: `@node-llama-cpp/${name}`, version, addon }));
  const models = join(storage, 'models');
  mkdirSync(models, { recursive: true });
  return models;
}

/** Storage of the extension in a workbench of `openWorkbench`, by its folder of user data. */
export function storageIn(userDataDir: string): string {
  return join(userDataDir, 'server/User/globalStorage/switchyard.switchyard');
}
