import { type Level, stricter } from '../privacy/level.ts';
import type { Levels } from '../privacy/levels.ts';
import type { TextSource } from '../privacy/policy.ts';
import type { Sources } from '../routing/road.ts';

/** Text of a source entered a thread, and this is the strictest level that the source had since. */
export interface Taint {
  /** URI of the workspace folder; absent for text of the window. */
  readonly folder?: string;
  readonly level: Level;
}

/** Whose text a document is, with the level of now. */
export function taintOf(sources: Sources, levels: Pick<Levels, 'of'>): readonly Taint[] {
  return sources.map((source): Taint => {
    const { level } = levels.of([source]);
    return source.kind === 'folder' ? { folder: source.uri, level } : { level };
  });
}

/** Both together, the strictest level for each source. */
export function addTaint(taint: readonly Taint[], more: readonly Taint[]): readonly Taint[] {
  const all = new Map<string | undefined, Level>();
  for (const { folder, level } of [...taint, ...more]) {
    const before = all.get(folder);
    all.set(folder, before ? stricter(before, level) : level);
  }
  return [...all].map(([folder, level]) => (folder === undefined ? { level } : { folder, level }));
}

/**
 * What a request with this text has to answer to: the level that each source has now (watched while the answer streams),
 * and the strictest one that it ever had. What the user types belongs to the window.
 */
export function sourcesOfTaint(taint: readonly Taint[]): Sources {
  const now = taint.flatMap(({ folder }): TextSource[] =>
    folder === undefined ? [] : [{ kind: 'folder', uri: folder }],
  );
  const ever = taint.map(({ folder, level }): TextSource => ({ kind: 'taint', level, of: folder ?? 'this window' }));
  return [{ kind: 'window' }, ...now, ...ever];
}

/** The taint with every level tightened to what holds now; the same array when nothing changed. */
export function tighten(taint: readonly Taint[], levels: Pick<Levels, 'of'>): readonly Taint[] {
  let changed = false;
  const tightened = taint.map((entry) => {
    const { level } = levels.of([
      entry.folder === undefined ? { kind: 'window' } : { kind: 'folder', uri: entry.folder },
    ]);
    const strict = stricter(entry.level, level);
    if (strict === entry.level) return entry;
    changed = true;
    return { ...entry, level: strict };
  });
  return changed ? tightened : taint;
}
