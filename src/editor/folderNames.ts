import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import * as vscode from 'vscode';

/**
 * The names that one folder has: as it was opened, and its real path where symbolic links or other case lead to it. A level
 * that was given to a folder by one name holds for every other.
 */
export interface FolderNames {
  /** Every name as an identity, the one as opened first; `unreadable` where the real path cannot be found. */
  of(folder: vscode.Uri): readonly string[] | 'unreadable';
  /** Forgets what it knows, so that changed links are seen. */
  forget(): void;
}

/** Whether the usual file systems of this system ignore case. */
export const IGNORES_CASE = process.platform === 'win32' || process.platform === 'darwin';
/** Folders of files that are remembered; beyond them all are looked up again. */
const MOST = 500;

export function createFolderNames(): FolderNames {
  const known = new Map<string, readonly string[] | 'unreadable'>();
  return {
    of(folder) {
      const own = identity(folder);
      const before = known.get(own);
      if (before) return before;
      const names = namesOf(folder, own);
      if (known.size >= MOST) known.clear();
      known.set(own, names);
      return names;
    },
    forget: () => known.clear(),
  };
}

function namesOf(folder: vscode.Uri, own: string): readonly string[] | 'unreadable' {
  if (folder.scheme !== 'file') return [own];
  try {
    const real = identity(vscode.Uri.file(realpathSync.native(folder.fsPath)));
    return real === own ? [own] : [own, real];
  } catch (error) {
    // A folder that does not exist has no text.
    return codeOf(error) === 'ENOENT' ? [own] : 'unreadable';
  }
}

/** A folder's identity: its URI without a trailing slash. */
export function identity(folder: vscode.Uri): string {
  return folder.toString().replace(/\/+$/, '');
}

/** Whether `name` is the folder `marked`, or lies in it. */
export function relation(marked: string, name: string): 'same' | 'inside' | undefined {
  const head = name.slice(0, marked.length);
  const rest = name.slice(marked.length);
  if (rest !== '' && !rest.startsWith('/')) return undefined;
  if (head !== marked && !isSameInOtherCase(marked, head)) return undefined;
  return rest === '' ? 'same' : 'inside';
}

function isSameInOtherCase(a: string, b: string): boolean {
  if (a.length !== b.length || a.toLowerCase() !== b.toLowerCase()) return false;
  return IGNORES_CASE || isSameFile(a, b);
}

/** For file systems that ignore case where most do not. */
function isSameFile(a: string, b: string): boolean {
  const [first, second] = [vscode.Uri.parse(a), vscode.Uri.parse(b)];
  if (first.scheme !== 'file' || second.scheme !== 'file') return false;
  try {
    const [one, other] = [statSync(first.fsPath), statSync(second.fsPath)];
    return one.dev === other.dev && one.ino === other.ino;
  } catch {
    return false;
  }
}

/** The path of an identity as patterns see it: with slashes, a drive in lower case, a server of Windows in front. */
export function folderPath(name: string): string {
  const { scheme, authority, path } = vscode.Uri.parse(name);
  const full = scheme === 'file' && authority !== '' ? `//${authority}${path}` : path;
  return full.replace(/^\/[A-Z]:/, (drive) => drive.toLowerCase());
}

/** An identity as people write paths. */
export function shown(name: string): string {
  const uri = vscode.Uri.parse(name);
  return uri.scheme === 'file' ? uri.fsPath : name;
}

/** The user's folder, as the system names it and by its real path. */
export function homePaths(): readonly string[] {
  const home = vscode.Uri.file(homedir());
  const names = namesOf(home, identity(home));
  return (names === 'unreadable' ? [identity(home)] : names).map(folderPath);
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
