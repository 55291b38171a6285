import type { PromptFile } from './job.ts';
import type { Model } from '../model.ts';
import type { Sources } from '../routing/road.ts';
import { isBlank } from './text.ts';
import type { Snapshot } from './snapshot.ts';

/** Some text of another file. */
export interface ContextFile {
  /** Without folders above the workspace. */
  readonly path: string;
  readonly uri: string;
  readonly text: string;
  /** Whose text it is. */
  readonly sources: Sources;
}

/** The most useful first in each. */
export interface ContextBlocks {
  /** Changes seldom: definitions of what the document imports, files that are open. */
  readonly stable: readonly ContextFile[];
  /** Changes as one works: what was edited last. */
  readonly volatile: readonly ContextFile[];
}

/** Other text that may help, as far as it is known: never waited for. */
export interface Context {
  /** Only what may go wherever the document itself may go, to where the model runs. */
  of(snapshot: Pick<Snapshot, 'uri' | 'sources'>, model: Model): ContextBlocks;
}

export const NO_CONTEXT: Context = { of: () => ({ stable: [], volatile: [] }) };

/** Of the room, what text that changes often gets at most. */
const VOLATILE_SHARE = 0.25;
/** Characters of a piece that is worth its path. */
const SHORTEST = 40;
/** Share of a piece's lines that stand in the window already. */
const KNOWN = 0.5;

/**
 * The files of a prompt: what changes seldom first and by path, so that the beginning of the prompt stays the same; then
 * what changes often. `room`: characters in all. `window`: text that is in the prompt anyway.
 */
export function chooseFiles({ stable, volatile }: ContextBlocks, window: string, room: number): PromptFile[] {
  const lines = new Set(telling(window));
  const uris = new Set<string>();
  const take = (files: readonly ContextFile[], most: number): PromptFile[] => {
    let left = most;
    const taken: PromptFile[] = [];
    for (const { path, uri, text, sources } of files) {
      const code = cut(text.replaceAll('\r\n', '\n'), left - path.length);
      const own = telling(code);
      const known = own.filter((line) => lines.has(line)).length;
      if (code.length < SHORTEST || uris.has(uri) || known > own.length * KNOWN) continue;
      uris.add(uri);
      left -= code.length + path.length;
      taken.push({ path, uri, code, sources });
    }
    return taken;
  };
  const changing = take(volatile, room * VOLATILE_SHARE);
  const used = changing.reduce((sum, { code, path }) => sum + code.length + path.length, 0);
  return [...take(stable, room - used).toSorted((a, b) => (a.path < b.path ? -1 : 1)), ...changing];
}

function telling(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim().length >= 8 ? [line.trim()] : []));
}

/** Whole lines from the beginning. */
function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  const end = text.lastIndexOf('\n', Math.max(0, room));
  const kept = end < 0 ? '' : text.slice(0, end);
  return isBlank(kept) ? '' : kept;
}
