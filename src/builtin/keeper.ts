import { rm } from 'node:fs/promises';
import type { Measured } from '../core/builtinWire.ts';
import type { EngineKeeper, EngineOutcome, EngineProgress, KeptEngine } from '../core/engineKeeper.ts';
import type { Endpoint, Model } from '../core/model.ts';
import { AppError, type Refusal, isRefusal } from '../core/outcome.ts';
import type { Line } from '../core/provider.ts';
import { NotInstalled, begunBytes, download, hasHash, install, partPath, remove } from './install.ts';
import { type Installed, engineIn } from './installed.ts';
import { type Package, packagesFor } from './packages.ts';

export interface KeeperParts {
  /** The folder that the engine is installed into, and the one for models. */
  readonly dir: string;
  readonly models: string;
  readonly platform: string;
  readonly installed: () => Installed | undefined;
  readonly source: EngineKeeper['source'];
  /** A cleared line to the registry. */
  readonly open: (source: Endpoint) => Promise<Line | Refusal>;
  readonly measure: (model: Model, signal: AbortSignal) => Promise<Measured | Refusal>;
  /** Ends the engine's process: its files are about to go. */
  readonly end: () => void;
  readonly changed: () => void;
}

export function createEngineKeeper(parts: KeeperParts): EngineKeeper {
  const { dir, platform } = parts;
  const packages = () => packagesFor(platform);

  const kept = (found: Installed | undefined): KeptEngine | undefined =>
    found && { name: found.name, version: found.version, inside: found.dir !== dir };
  /** What to say of whatever went wrong; nothing is half-installed then. */
  const outcomeOf = (error: unknown, signal: AbortSignal): EngineOutcome => {
    if (signal.aborted) return { outcome: 'cancelled' };
    if (error instanceof AppError && error.kind === 'refused') {
      const { rule = 'refused', detail = 'The request was refused.' } = error.facts;
      return { outcome: 'refused', rule, reason: detail };
    }
    return { outcome: 'failed', text: sentenceFor(error) };
  };
  const place = async (archive: string, wanted: Package, signal: AbortSignal, tell: (now: EngineProgress) => void) => {
    parts.end();
    await install(archive, wanted, { dir, signal, tell });
    parts.changed();
    return { outcome: 'installed' } as const;
  };

  return {
    installed: () => kept(parts.installed()),
    removable: () => kept(engineIn(dir)),
    offers: () => Promise.resolve(packages()),
    source: parts.source,
    async begun({ name }) {
      const wanted = packages().find((each) => each.name === name);
      return wanted ? begunBytes(dir, wanted) : 0;
    },
    async install({ name }, signal, tell) {
      const wanted = packages().find((each) => each.name === name);
      const source = parts.source();
      if (!wanted) return { outcome: 'failed', text: `There is no built-in engine for ${platform}.` };
      if ('problem' in source) return { outcome: 'failed', text: source.problem };
      try {
        const line = await parts.open(source);
        if (isRefusal(line)) return line;
        const archive = await download(line.fetch, `${source.url}${wanted.path}`, wanted, { dir, signal, tell });
        tell({ status: 'checking' });
        if (!(await hasHash(archive, wanted.integrity))) {
          await rm(archive, { force: true });
          throw new NotInstalled('What came has another hash than the package has, and was thrown away.');
        }
        const done = await place(archive, wanted, signal, tell);
        await rm(archive, { force: true });
        return done;
      } catch (error) {
        // What is left of a full disk is wanted for something else.
        if (isDiskFull(error)) await rm(partPath(dir, wanted), { force: true });
        return outcomeOf(error, signal);
      }
    },
    async installFile(path, signal, tell) {
      try {
        tell({ status: 'checking' });
        for (const wanted of packages()) {
          if (await hasHash(path, wanted.integrity)) return await place(path, wanted, signal, tell);
        }
        const names = packages().map(({ name, version }) => `${name} ${version}`);
        const which =
          names.length === 0 ? `there is none for ${platform}` : `it takes the npm archive of ${names.join(' or ')}`;
        return { outcome: 'failed', text: `The file is no package of the engine for this machine: ${which}.` };
      } catch (error) {
        return outcomeOf(error, signal);
      }
    },
    async remove() {
      parts.end();
      await remove(dir);
      for (const each of packages()) await rm(partPath(dir, each), { force: true });
      parts.changed();
    },
    measure: parts.measure,
    modelsFolder: () => Promise.resolve(parts.models),
  };
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function sentenceFor(error: unknown): string {
  if (isDiskFull(error)) return 'The disk is full. Nothing was installed.';
  if (error instanceof NotInstalled) return `${error.message} Nothing was installed.`;
  if (error instanceof AppError) {
    const detail = error.facts.detail === undefined ? '' : ` (${error.facts.detail})`;
    return error.kind === 'interrupted'
      ? `The connection broke${detail}. What has arrived is kept for the next try.`
      : `The registry cannot be reached${detail}. Nothing was installed.`;
  }
  return `${error instanceof Error ? error.message : String(error)} Nothing was installed.`;
}
