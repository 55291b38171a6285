import type * as vscode from 'vscode';
import type { Clock, Disposable, Event } from '../core/event.ts';
import { type Level, LEVELS, type Said, type Statement } from '../core/privacy/level.ts';
import { type Mark, folderHash, isOverruled, markFileName, saidBy, writeMark } from '../core/privacy/markFile.ts';
import type { SipKey } from '../core/privacy/sipHash.ts';
import { type FolderNames, relation } from './folderNames.ts';
import { createMarkFiles } from './markFiles.ts';

/** The user's marks, by folder identity, on the machine of the folders and out of reach of anything that lies in one. */
export interface Marks extends Disposable {
  /** The strictest mark among the folder's names. */
  of(folder: vscode.Uri): Said;
  /** The marks of folders that contain it. */
  around(folder: vscode.Uri): readonly Statement[];
  /** Marks the folder by every name that it has. Rejects when the mark could not be kept. */
  set(folder: vscode.Uri, level: Level): Promise<void>;
  /** Fires for marks of this window and of others. */
  readonly onDidChange: Event<void>;
}

export interface MarksParts {
  /** Path of the folder of the marks, on this machine; the same for every profile. */
  readonly dir: string;
  /** What the marks are sealed with. */
  readonly key: () => SipKey;
  readonly names: FolderNames;
  readonly clock: Clock;
}

export function createMarks({ dir, key, names, clock }: MarksParts): Marks {
  const files = createMarkFiles(dir, key, clock);
  /** The files, and the names of the folder, if both can be read. */
  const both = (folder: vscode.Uri) => {
    const { all } = files;
    const own = names.of(folder);
    return all === 'unreadable' || own === 'unreadable' ? undefined : { all, own };
  };
  const isOddOf = ({ name, mark }: { name: string; mark: Mark | undefined }, folder: string) =>
    mark === undefined && name.startsWith(`${folderHash(folder)}-`);

  return {
    of(folder) {
      const found = both(folder);
      if (!found) return 'unreadable';
      const { all, own } = found;
      if (own.some((name) => all.some((file) => isOddOf(file, name)))) return 'unreadable';
      return saidBy(
        all.flatMap(({ mark }) => (mark && own.some((name) => relation(mark.folder, name) === 'same') ? [mark] : [])),
      );
    },
    around(folder) {
      const found = both(folder);
      // Said once, for the folder itself.
      if (!found) return [];
      const { all, own } = found;
      const marks = all.flatMap(({ mark }) =>
        mark && own.some((name) => relation(mark.folder, name) === 'inside') ? [mark] : [],
      );
      const odd = all.filter(({ mark }) => mark === undefined);
      const outer = odd.length === 0 ? [] : [...new Set(own.flatMap(foldersAround))];
      return [
        ...[...new Set(marks.map((mark) => mark.folder))].map((by) => ({
          by,
          said: saidBy(marks.filter((mark) => mark.folder === by)),
        })),
        ...outer
          .filter((name) => odd.some((file) => isOddOf(file, name)))
          .map((by): Statement => ({ by, said: 'unreadable' })),
      ];
    },
    async set(folder, level) {
      const found = both(folder);
      if (!found) throw new Error(`${folder.toString()} or its mark cannot be read, so it stays private.`);
      const { all, own } = found;
      const written = Object.fromEntries(own.map((name) => [markFileName(name, key()), writeMark(name, level, key())]));
      const gone = all.filter((file) => {
        const { name, mark } = file;
        if (name in written) return false;
        if (!mark) return own.some((each) => isOddOf(file, each));
        return isOverruled(mark, level) && own.some((each) => relation(mark.folder, each) === 'same');
      });
      await files.change(
        written,
        gone.map(({ name }) => name),
      );
    },
    onDidChange: files.onDidChange,
    dispose: files.dispose,
  };
}

const KEY = 'switchyard.privacy.markKey';

/**
 * What this user's marks are sealed with: made once, and kept by the editor where the user sits, also when the folders are on
 * another machine. Looked up each time: two windows that start together agree as soon as one hears of the other.
 */
export function createMarkKey(memory: vscode.Memento): () => SipKey {
  let made: SipKey | undefined;
  return () => {
    const known = asKey(memory.get<unknown>(KEY)) ?? made;
    if (known) return known;
    const [a = 0, b = 0, c = 0, d = 0] = crypto.getRandomValues(new Int32Array(4));
    made = [a, b, c, d];
    // Where it cannot be kept, the marks do not hold beyond this window.
    void Promise.resolve(memory.update(KEY, made)).catch(() => undefined);
    return made;
  };
}

function asKey(value: unknown): SipKey | undefined {
  const words: readonly unknown[] = Array.isArray(value) ? value : [];
  const [a, b, c, d] = words;
  return words.length === 4 && isWord(a) && isWord(b) && isWord(c) && isWord(d) ? [a, b, c, d] : undefined;
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}

/** Every folder that the one with this identity may lie in. */
function foldersAround(name: string): string[] {
  const found: string[] = [];
  for (let rest = name; rest.includes('/'); found.push(rest)) {
    rest = rest.slice(0, rest.lastIndexOf('/')).replace(/\/+$/u, '');
  }
  return found;
}

/** A value from outside as a level. */
export function asSaid(value: unknown): Said {
  if (value === undefined) return undefined;
  return LEVELS.find((level) => level === value) ?? 'unreadable';
}
