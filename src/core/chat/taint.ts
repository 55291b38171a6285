import { type Level, stricter } from '../privacy/level.ts';
import type { Levels } from '../privacy/levels.ts';
import type { TextSource } from '../privacy/policy.ts';
import type { Sources } from '../routing/road.ts';

/** Text of a source entered a thread, and this is the strictest level that the source had since. */
export interface Taint {
  /** URI of the workspace folder; without it and without a place, text of the window. Never beside a place. */
  readonly folder?: string;
  /** URI of the file: what marks and patterns say of where it lies, besides what they say of its whole folder. */
  readonly place?: string;
  readonly level: Level;
}

/** Whose text a document is, with the level of now. */
export function taintOf(sources: Sources, levels: Pick<Levels, 'of'>): readonly Taint[] {
  return sources.map((source): Taint => {
    const level = levelOf(source, levels);
    switch (source.kind) {
      case 'folder':
        return { folder: source.uri, level };
      case 'place':
        return { place: source.uri, level };
      case 'window':
      case 'taint':
        return { level };
    }
  });
}

/** The source of a taint, to be asked for its level of now. */
export function sourceOf({ folder, place }: Omit<Taint, 'level'>): TextSource {
  if (place !== undefined) return { kind: 'place', uri: place };
  return folder === undefined ? { kind: 'window' } : { kind: 'folder', uri: folder };
}

/** The level that the source had, whatever it has now. */
export function everOf({ folder, place, level }: Taint): TextSource {
  const of = place ?? folder ?? 'this window';
  return { kind: 'taint', level, of, ...(place !== undefined && { isPlace: true }) };
}

/** Equal for taints of one source. */
export function originOf({ folder, place }: Omit<Taint, 'level'>): string {
  return place !== undefined ? `place ${place}` : folder === undefined ? 'window' : `folder ${folder}`;
}

/** Both together, the strictest level for each source. */
export function addTaint(taint: readonly Taint[], more: readonly Taint[]): readonly Taint[] {
  const all = new Map<string, Taint>();
  for (const entry of [...taint, ...more]) {
    const origin = originOf(entry);
    const before = all.get(origin)?.level;
    const { level } = entry;
    all.set(origin, { ...entry, level: before ? stricter(before, level) : level });
  }
  return [...all.values()];
}

/**
 * What a request with this text has to answer to: the level that each source has now (watched while the answer streams),
 * and the strictest one that it ever had. What the user types belongs to the window.
 */
export function sourcesOfTaint(taint: readonly Taint[]): Sources {
  const now = taint.map(sourceOf).filter(({ kind }) => kind !== 'window');
  const ever = taint.map(everOf);
  return [{ kind: 'window' }, ...now, ...ever];
}

/** The taint with every level tightened to what holds now; the same array when nothing changed. */
export function tighten(taint: readonly Taint[], levels: Pick<Levels, 'of'>): readonly Taint[] {
  let changed = false;
  const tightened = taint.map((entry) => {
    const level = levelOf(sourceOf(entry), levels);
    const strict = stricter(entry.level, level);
    if (strict === entry.level) return entry;
    changed = true;
    return { ...entry, level: strict };
  });
  return changed ? tightened : taint;
}

/**
 * What is kept for ever is what was known of a place. While something of it is still being read it counts as private for
 * every request, and it is asked again then; but nobody has said so yet.
 */
function levelOf(source: TextSource, levels: Pick<Levels, 'of'>): Level {
  const { level, reasons } = levels.of([source]);
  const known = reasons.filter((reason) => reason.source !== 'unread');
  if (source.kind !== 'place' || known.length === reasons.length) return level;
  return known.map((reason) => reason.level).reduce(stricter, 'open');
}
