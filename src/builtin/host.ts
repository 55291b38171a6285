import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type Sent, createAnswers } from './answers.ts';
import type { EngineKeeper } from '../core/engineKeeper.ts';
import { installFolder } from './installed.ts';
import { type KeeperParts, createEngineKeeper } from './keeper.ts';
import { usualPlaces } from './places.ts';
import { createEngineProcess } from './process.ts';
import { createShelf } from './shelf.ts';

/** The built-in engine as the rest of the extension uses it. */
export interface BuiltinHost {
  /** For the door: answers what is sent to `process://builtin`. */
  answer(url: string, sent: Sent): Promise<Answer>;
  readonly keeper: EngineKeeper;
  dispose(): void;
}

export interface BuiltinParts extends Pick<KeeperParts, 'installed' | 'source' | 'open' | 'measure' | 'changed'> {
  /** Folder of the user's that nobody else writes to. */
  readonly storage: string;
  /** Folder of the extension. */
  readonly extension: string;
  readonly modelFolders: () => readonly string[];
  readonly threads: () => number;
  /** How long the process stays without a request, as the setting says it. */
  readonly keepAlive: () => string;
  readonly log: (text: string) => void;
}

export function createBuiltinHost(parts: BuiltinParts): BuiltinHost {
  const models = join(parts.storage, 'models');
  mkdirSync(models, { recursive: true });
  const places = () => ({ own: models, named: parts.modelFolders().map(atHome), ...usualPlaces(process.env) });
  const engine = createEngineProcess({
    script: join(parts.extension, 'dist', 'builtin', 'child.js'),
    binary: () => parts.installed()?.binary,
    threads: parts.threads,
    idleMs: () => durationMs(parts.keepAlive()),
    log: parts.log,
  });
  const shelf = createShelf(places, parts.log);
  const answer = createAnswers({ shelf, engine, version: () => parts.installed()?.version ?? '' });
  const keeper = createEngineKeeper({
    ...parts,
    dir: installFolder(parts.storage),
    models,
    platform: `${process.platform}-${process.arch}`,
    end: () => engine.end(),
  });
  return { answer, keeper, dispose: () => engine.end() };
}

function atHome(dir: string): string {
  return dir === '~' || dir.startsWith('~/') || dir.startsWith('~\\') ? join(homedir(), dir.slice(1)) : dir;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function durationMs(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return number === undefined ? Infinity : Number(number) * (UNITS[unit ?? ''] ?? 1);
}
