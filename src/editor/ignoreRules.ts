import * as vscode from 'vscode';
import { type Disposable, type Event, createEmitter } from '../core/event.ts';
import { ALWAYS_IGNORED, type MatchPath, type ReadPatterns, pathForPatterns } from '../core/privacy/ignoredFiles.ts';
import type { SettingId } from '../manifest.ts';
import { filesShown, realFile } from './shownFiles.ts';

/** Which files never leave this machine: a list that is always there, the user's patterns, and the folder's own file. */
export interface IgnoreRules extends Disposable {
  /** The pattern that keeps a document here, by its URI. Nothing is read or loaded before the first call. */
  of(uri: string): Promise<string | undefined>;
  /** Fires when an answer may have changed. */
  readonly onDidChange: Event<void>;
}

const SETTING = 'switchyard.privacy.ignore' satisfies SettingId;
/** In gitignore's syntax, at the root of a workspace folder. */
const FILE = '.switchyardignore';
/** Where it cannot be found out which file it is, no rule can say that it may go. */
const UNKNOWN_PLACE = '*';

export function createIgnoreRules(load: () => Promise<ReadPatterns>): IgnoreRules {
  const changed = createEmitter<void>();
  const subscriptions: vscode.Disposable[] = [];
  const known = new Map<string, Promise<MatchPath>>();
  let always: Promise<MatchPath> | undefined;

  const forget = () => {
    known.clear();
    changed.fire();
  };
  const watch = () => {
    const files = vscode.workspace.createFileSystemWatcher(`**/${FILE}`);
    subscriptions.push(
      files,
      files.onDidChange(forget),
      files.onDidCreate(forget),
      files.onDidDelete(forget),
      vscode.workspace.onDidChangeWorkspaceFolders(forget),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(SETTING)) forget();
      }),
    );
  };
  /** Each scope's patterns and the file's by themselves: an exception (`!`) in one takes nothing back from another. */
  const own = async (resource: vscode.Uri, folder: vscode.WorkspaceFolder | undefined): Promise<MatchPath> => {
    const read = await load();
    const sources = [...settingOf(resource), folder ? await linesOf(folder) : []].map((lines) => read(lines));
    return (path) => firstOf(sources, path);
  };
  const rulesOf = async (resource: vscode.Uri, folder: vscode.WorkspaceFolder | undefined): Promise<MatchPath> => {
    const key = folder?.uri.toString() ?? '';
    const rules = known.get(key) ?? own(folder?.uri ?? resource, folder);
    known.set(key, rules);
    return rules.catch((error: unknown) => {
      known.delete(key);
      throw error;
    });
  };
  const everywhere = async (): Promise<MatchPath> => {
    always ??= load()
      .then((read) => read(ALWAYS_IGNORED))
      .catch((error: unknown) => {
        always = undefined;
        throw error;
      });
    return always;
  };
  /** By its own place. `home`: the folder that a link to it lies in, whose rules hold for what it leads to as well. */
  const ofFile = async (file: vscode.Uri, home?: vscode.WorkspaceFolder): Promise<string | undefined> => {
    const path = pathForPatterns(file.path);
    const pattern = (await everywhere())(path);
    if (pattern !== undefined) return pattern;

    const folder = vscode.workspace.getWorkspaceFolder(file);
    const rules = await rulesOf(file, folder);
    const found = rules(folder ? pathForPatterns(file.path.slice(folder.uri.path.length)) : path);
    if (found !== undefined || !home || home.index === folder?.index) return found;
    return (await rulesOf(home.uri, home))(await pathIn(home, file));
  };
  return {
    async of(text) {
      if (subscriptions.length === 0) watch();
      for (const file of filesShown(vscode.Uri.parse(text))) {
        const pattern = await ofFile(file);
        if (pattern !== undefined) return pattern;
        const real = await realFile(file);
        if (real === 'unreadable') return UNKNOWN_PLACE;
        const ofReal = real && (await ofFile(real, vscode.workspace.getWorkspaceFolder(file)));
        if (ofReal !== undefined) return ofReal;
      }
      return undefined;
    },
    onDidChange: changed.event,
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}

/** The path of a file as the rules of a folder see it, also where the folder was opened by a link to it. */
async function pathIn(folder: vscode.WorkspaceFolder, file: vscode.Uri): Promise<string> {
  const real = await realFile(folder.uri);
  const root = real === undefined || real === 'unreadable' ? folder.uri.path : real.path;
  return pathForPatterns(file.path.startsWith(`${root}/`) ? file.path.slice(root.length) : file.path);
}

/** What every scope says, added up: a workspace can add patterns, and take none away. */
function settingOf(resource: vscode.Uri): readonly (readonly string[])[] {
  const found = vscode.workspace.getConfiguration(undefined, resource).inspect<unknown>(SETTING);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].map((value) =>
    Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [],
  );
}

/** The lines of the folder's file. One that is there and cannot be read keeps everything here. */
async function linesOf(folder: vscode.WorkspaceFolder): Promise<readonly string[]> {
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, FILE));
    return new TextDecoder().decode(bytes).split(/\r?\n/u);
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return [];
    return ['*'];
  }
}

function firstOf(sources: readonly MatchPath[], path: string): string | undefined {
  for (const source of sources) {
    const pattern = source(path);
    if (pattern !== undefined) return pattern;
  }
  return undefined;
}
