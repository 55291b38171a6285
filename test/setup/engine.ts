import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { packagesFor } from '../../src/builtin/packages.ts';
import { once } from './cache.ts';
import { run } from './child.ts';
import { CannotRun } from './toolchain.ts';

/**
 * The built-in engine's native package for a platform, from npm, in the version and with the hash of
 * engine/package-lock.json: the archive as it comes, and unpacked.
 */
export interface Engine {
  /** The archive of the package. */
  readonly archive: string;
  /** The addon, in the unpacked package. */
  readonly binary: string;
  readonly version: string;
  /** Of the package, without its scope. */
  readonly name: string;
}

/** As VS Code names it, and Node: `linux-x64`. */
export const THIS_PLATFORM = `${process.platform}-${process.arch}`;

/** Fetched when it is not there (5 to 11 MB). Throws `CannotRun` where there is none. */
export async function ensureEngine(platform = THIS_PLATFORM): Promise<Engine> {
  const [locked] = packagesFor(platform);
  if (!locked) throw new CannotRun(`There is no built-in engine for ${platform}.`);
  const { version, integrity } = locked;
  const name = locked.name.slice(locked.name.indexOf('/') + 1);
  const entry = await once(
    `engine-${name}-${version}`,
    async (dir, say) => {
      say(`fetching the built-in engine, ${Math.round(locked.bytes / 1e6)} MB`);
      const pack = join(dir, 'pack');
      mkdirSync(pack);
      await run('npm', ['pack', '--silent', `${locked.name}@${version}`, '--pack-destination', pack]);
      const [file = ''] = readdirSync(pack);
      const archive = join(dir, 'engine.tgz');
      renameSync(join(pack, file), archive);
      rmSync(pack, { recursive: true });
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
  await copyEngine(join(storage, 'engine'));
  const models = join(storage, 'models');
  mkdirSync(models, { recursive: true });
  return models;
}

/** Puts an engine into a folder, as one that the extension finds there. */
export async function copyEngine(dir: string, platform = THIS_PLATFORM): Promise<void> {
  const { binary, name, version } = await ensureEngine(platform);
  rmSync(dir, { recursive: true, force: true });
  cpSync(dirname(dirname(binary)), join(dir, 'bins'), { recursive: true });
  cpSync(join(dirname(dirname(dirname(binary))), 'LICENSE'), join(dir, 'LICENSE'));
  const addon = `bins/${basename(dirname(binary))}/${basename(binary)}`;
  writeFileSync(join(dir, 'installed.json'), JSON.stringify({ name: `@node-llama-cpp/${name}`, version, addon }));
}

/** Storage of the extension in a workbench of `openWorkbench`, by its folder of user data. */
export function storageIn(userDataDir: string): string {
  return join(userDataDir, 'server/User/globalStorage/switchyard.switchyard');
}
