import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import described from '../../engine/package.json' with { type: 'json' };

/** The engine on this disk. */
export interface Installed {
  /** Of the package. */
  readonly version: string;
  /** Name of the package, which tells what it computes with. */
  readonly name: string;
  /** Path of the addon. */
  readonly binary: string;
  /** The folder that holds it. */
  readonly dir: string;
}

/** Where the engine is installed, below the extension's own storage. */
export function installFolder(storage: string): string {
  return join(storage, 'engine');
}

/** Where an engine may be, the one that came with the extension first. */
export function engineFolders(extension: string, storage: string): readonly string[] {
  return [join(extension, 'dist', 'engine'), installFolder(storage)];
}

/** Written last, so that half an installation is none. */
export const MARK = 'installed.json';

/** Of the engine that this Switchyard was made for: one of another version, which an update has left, may not understand it. */
const [VERSION = ''] = Object.values(described.optionalDependencies);

/**
 * The engine of some folders that is used: the last whole one, which somebody chose to put there (it may compute with the
 * GPU). Looks at one small file of each; never throws.
 */
export function findInstalled(dirs: readonly string[], version = VERSION): Installed | undefined {
  return dirs.map(engineIn).findLast((each) => each?.version === version);
}

/** The whole engine in a folder, whatever its version. Never throws. */
export function engineIn(dir: string): Installed | undefined {
  const mark = join(dir, MARK);
  if (!existsSync(mark)) return undefined;
  try {
    const read: unknown = JSON.parse(readFileSync(mark, 'utf8'));
    if (!isMark(read) || isAbsolute(read.addon) || normalize(read.addon).startsWith('..')) return undefined;
    const binary = join(dir, read.addon);
    return existsSync(binary) ? { version: read.version, name: read.name, binary, dir } : undefined;
  } catch {
    // Half a file counts as none.
    return undefined;
  }
}

/** What the mark says; `addon` is a path below its folder. */
export interface Mark {
  readonly version: string;
  readonly name: string;
  readonly addon: string;
}

function isMark(value: unknown): value is Mark {
  if (typeof value !== 'object' || value === null) return false;
  return ['version', 'name', 'addon'].every((key) => typeof Reflect.get(value, key) === 'string');
}
