import type * as vscode from 'vscode';
import { type Clock, createEmitter, type Disposable, type Event } from '../core/event.ts';
import { type Level, LEVELS, type Said, type Statement, stricter } from '../core/privacy/level.ts';
import { type FolderNames, relation } from './folderNames.ts';

const MARKS = 'switchyard.privacy.marks';
/** Another window's mark takes effect within this time. The editor hands it over silently: there is no event for it. */
const LOOK_MS = 500;

/** The user's marks: user storage, by folder identity, out of reach of anything that lies in the folder. */
export interface Marks extends Disposable {
  /** The strictest mark among the folder's names. */
  of(folder: vscode.Uri): Said;
  /** The marks of folders that contain it. */
  around(folder: vscode.Uri): readonly Statement[];
  /** Marks the folder by every name that it has. */
  set(folder: vscode.Uri, level: Level): Promise<void>;
  /** Fires for marks of this window and of others. */
  readonly onDidChange: Event<void>;
}

export function createMarks(memory: vscode.Memento, names: FolderNames, clock: Clock): Marks {
  const changed = createEmitter<void>();
  const all = (): Readonly<Record<string, unknown>> | undefined => {
    const stored = memory.get<unknown>(MARKS, {});
    return isRecord(stored) ? stored : undefined;
  };
  const related = (folder: vscode.Uri, wanted: 'same' | 'inside'): readonly [string, Said][] | 'unreadable' => {
    const stored = all();
    const own = names.of(folder);
    if (!stored || own === 'unreadable') return 'unreadable';
    return Object.entries(stored)
      .filter(([marked]) => own.some((name) => relation(marked, name) === wanted))
      .map(([marked, value]): [string, Said] => [marked, asSaid(value)]);
  };

  let last = JSON.stringify(all());
  const look = () => {
    const now = JSON.stringify(all());
    if (now !== last) {
      last = now;
      changed.fire();
    }
    timer = clock.after(LOOK_MS, look);
  };
  let timer = clock.after(LOOK_MS, look);

  return {
    of(folder) {
      const found = related(folder, 'same');
      if (found === 'unreadable') return found;
      return found.map(([, said]) => said).reduce(stricterSaid, undefined);
    },
    around(folder) {
      const found = related(folder, 'inside');
      // Said once, for the folder itself.
      return found === 'unreadable' ? [] : found.map(([by, said]) => ({ by, said }));
    },
    async set(folder, level) {
      const own = names.of(folder);
      if (own === 'unreadable') throw new Error(`${folder.toString()} cannot be read.`);
      const stored = all() ?? {};
      const others = Object.entries(stored).filter(
        ([marked]) => !own.some((name) => relation(marked, name) === 'same'),
      );
      await memory.update(MARKS, { ...Object.fromEntries(others), ...Object.fromEntries(own.map((n) => [n, level])) });
      last = JSON.stringify(all());
      changed.fire();
    },
    onDidChange: changed.event,
    dispose() {
      timer.dispose();
      changed.dispose();
    },
  };
}

/** A value from outside as a level. */
export function asSaid(value: unknown): Said {
  if (value === undefined) return undefined;
  return LEVELS.find((level) => level === value) ?? 'unreadable';
}

/** The stricter of two; what cannot be read is the strictest. */
function stricterSaid(a: Said, b: Said): Said {
  if (a === undefined || b === undefined) return a ?? b;
  if (a === 'unreadable' || b === 'unreadable') return 'unreadable';
  return a === 'unread' || b === 'unread' ? 'unread' : stricter(a, b);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
