import * as vscode from 'vscode';
import { createEmitter, type Disposable, type Event } from '../core/event.ts';
import { readGitFile, readRemotes } from '../core/privacy/gitRemote.ts';
import type { Remotes } from '../core/privacy/patterns.ts';

/** The git remotes of folders, read in the background when they are first asked for, and again when they may have changed. */
export interface GitRemotes extends Disposable {
  of(folder: vscode.Uri): Remotes;
  readonly onDidChange: Event<void>;
}

interface Known {
  remotes: Remotes;
  reading: boolean;
  again: boolean;
  watchers: vscode.Disposable | undefined;
  /** What is watched. */
  places: string;
}

/** A new watch misses what happens in its first moments; after so long, in ms, it does not. */
const WATCHING_MS = 2_000;
/** No clone lies deeper than this. */
const DEEPEST = 64;
/** Folders that are known, the last ones that were asked about: one that was forgotten is read again, and unread until then. */
const MOST = 500;

export function createGitRemotes(): GitRemotes {
  const changed = createEmitter<void>();
  const known = new Map<string, Known>();
  const watchers = createWatchers();
  let disposed = false;
  const timers = new Set<NodeJS.Timeout>();
  const later = (work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, WATCHING_MS);
    timers.add(timer);
  };

  const read = async (folder: vscode.Uri, entry: Known): Promise<void> => {
    if (entry.reading) {
      entry.again = true;
      return;
    }
    entry.reading = true;
    try {
      do {
        entry.again = false;
        const found = await findRemotes(folder).catch(() => ({ remotes: 'unreadable' as const, places: [folder] }));
        if (disposed || known.get(folder.toString()) !== entry) return;
        const isNew = JSON.stringify(found.remotes) !== JSON.stringify(entry.remotes);
        entry.remotes = found.remotes;
        const before = entry.watchers;
        entry.watchers = watchers.watch(found.places, () => void read(folder, entry));
        before?.dispose();
        const places = found.places.join('\n');
        if (places !== entry.places) later(() => void read(folder, entry));
        entry.places = places;
        if (isNew) changed.fire();
      } while (entry.again);
    } finally {
      entry.reading = false;
    }
  };
  const readAll = () => {
    for (const [uri, entry] of known) void read(vscode.Uri.parse(uri), entry);
  };
  // A watcher may be told to leave `.git` out; coming back to the window is when people have just changed something.
  const subscription = vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused) readAll();
  });
  // A repository may also appear between a folder and the one around it that was found.
  const inside = vscode.workspace.createFileSystemWatcher('**/.git', false, true, false);
  const subscriptions = vscode.Disposable.from(
    subscription,
    inside,
    inside.onDidCreate(readAll),
    inside.onDidDelete(readAll),
  );

  return {
    of(folder) {
      const key = folder.toString();
      const before = known.get(key);
      if (before) {
        known.delete(key);
        known.set(key, before);
        return before.remotes;
      }
      const entry: Known = { remotes: 'unread', reading: false, again: false, watchers: undefined, places: '' };
      known.set(key, entry);
      const [oldest] = known;
      if (known.size > MOST && oldest) {
        oldest[1].watchers?.dispose();
        known.delete(oldest[0]);
      }
      void read(folder, entry);
      return entry.remotes;
    },
    onDidChange: changed.event,
    dispose() {
      disposed = true;
      for (const timer of timers) clearTimeout(timer);
      subscriptions.dispose();
      watchers.dispose();
      known.clear();
      changed.dispose();
    },
  };
}

interface Found {
  readonly remotes: Remotes;
  /** Folders in which something decides about the remotes. */
  readonly places: readonly vscode.Uri[];
}

/** The remotes of the repository that a folder lies in. A config that exists and cannot be read rejects. */
async function findRemotes(folder: vscode.Uri): Promise<Found> {
  // GitHub's own virtual file system: the URI names the repository, and there is no `.git`.
  if (folder.scheme === 'vscode-vfs') {
    const [, owner, repo] = folder.path.split('/');
    if (!folder.authority.startsWith('github') || !owner || !repo) throw new Error('Not a known host.');
    return { remotes: [`https://github.com/${owner}/${repo}`], places: [] };
  }
  const root = await findRoot(folder);
  if (!root) return { remotes: [], places: [folder] };
  const { dir, common } = await gitFolders(root);
  const texts = await Promise.all([
    readText(vscode.Uri.joinPath(common, 'config')),
    readText(vscode.Uri.joinPath(dir, 'config.worktree')),
  ]);
  // Git makes the folder first: until there is a config nobody knows what it will say.
  if (texts[0] === undefined) throw new Error('No config of Git yet.');
  const remotes = texts.flatMap((text) => {
    const found = text === undefined ? [] : readRemotes(text);
    if (!found) throw new Error('Not a config of Git.');
    return found;
  });
  return { remotes, places: [folder, root, dir, common] };
}

/** The folder that has a `.git`: this one, or one around it. */
async function findRoot(folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  let at = folder;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    if (await exists(vscode.Uri.joinPath(at, '.git'))) return at;
    const up = vscode.Uri.joinPath(at, '..');
    if (up.path === at.path) return undefined;
    at = up;
  }
  throw new Error('Too deep.');
}

/** The repository's own folder, and the one that holds its config: a worktree shares that of the clone that it is from. */
async function gitFolders(root: vscode.Uri): Promise<{ readonly dir: vscode.Uri; readonly common: vscode.Uri }> {
  const git = vscode.Uri.joinPath(root, '.git');
  const { type } = await vscode.workspace.fs.stat(git);
  let dir = git;
  if ((type & vscode.FileType.Directory) === 0) {
    const target = readGitFile((await readText(git)) ?? '');
    if (target === undefined) throw new Error('Not a .git file.');
    dir = resolve(root, target);
    await vscode.workspace.fs.stat(dir);
  }
  const shared = await readText(vscode.Uri.joinPath(dir, 'commondir'));
  return { dir, common: shared === undefined ? dir : resolve(dir, shared.trim()) };
}

function resolve(base: vscode.Uri, path: string): vscode.Uri {
  const slashed = path.replaceAll('\\', '/');
  if (/^[a-z]:\//i.test(slashed)) return base.with({ path: `/${slashed}` });
  return slashed.startsWith('/') ? base.with({ path: slashed }) : vscode.Uri.joinPath(base, slashed);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function readText(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8').decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof vscode.FileSystemError && (error.code === 'FileNotFound' || error.code === 'FileNotADirectory')
  );
}

/** One watcher for each place, however many folders it decides about. */
function createWatchers() {
  const all = new Map<string, { readonly watcher: vscode.Disposable; readonly listeners: Set<() => void> }>();
  const watchOne = (place: vscode.Uri, onChange: () => void): vscode.Disposable => {
    const key = place.toString();
    const one = all.get(key) ?? begin(place);
    all.set(key, one);
    one.listeners.add(onChange);
    return new vscode.Disposable(() => {
      one.listeners.delete(onChange);
      if (one.listeners.size > 0) return;
      one.watcher.dispose();
      all.delete(key);
    });
  };
  const begin = (place: vscode.Uri) => {
    const listeners = new Set<() => void>();
    const changed = () => {
      for (const listener of listeners) listener();
    };
    const pattern = new vscode.RelativePattern(place, '{.git,.git/config,.git/config.worktree,config,config.worktree}');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const parts = [watcher.onDidChange(changed), watcher.onDidCreate(changed), watcher.onDidDelete(changed)];
    return { watcher: vscode.Disposable.from(watcher, ...parts), listeners };
  };
  return {
    watch(places: readonly vscode.Uri[], onChange: () => void): vscode.Disposable {
      const unique = new Map(places.map((place) => [place.toString(), place]));
      return vscode.Disposable.from(...[...unique.values()].map((place) => watchOne(place, onChange)));
    },
    dispose() {
      for (const { watcher } of all.values()) watcher.dispose();
      all.clear();
    },
  };
}
