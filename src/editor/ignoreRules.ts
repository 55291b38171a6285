import * as vscode from 'vscode';
import { type Disposable, type Event, createEmitter } from '../core/event.ts';
import { ALWAYS_IGNORED, type MatchPath, type ReadPatterns, pathForPatterns } from '../core/privacy/ignoredFiles.ts';
import type { SettingId } from '../manifest.ts';

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
  return {
    async of(text) {
      if (subscriptions.length === 0) watch();
      const uri = vscode.Uri.parse(text);
      always ??= load()
        .then((read) => read(ALWAYS_IGNORED))
        .catch((error: unknown) => {
          always = undefined;
          throw error;
        });
      const path = pathForPatterns(uri.path);
      const pattern = (await always)(path);
      if (pattern !== undefined) return pattern;

      const folder = vscode.workspace.getWorkspaceFolder(uri.with({ scheme: schemeOf(uri), fragment: '' }));
      const key = folder?.uri.toString() ?? '';
      const rules = known.get(key) ?? own(folder?.uri ?? uri, folder);
      known.set(key, rules);
      try {
        return (await rules)(folder ? pathForPatterns(uri.path.slice(folder.uri.path.length)) : path);
      } catch (error) {
        known.delete(key);
        throw error;
      }
    },
    onDidChange: changed.event,
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}

/** A cell lies where its notebook does. */
function schemeOf({ scheme, path }: vscode.Uri): string {
  if (scheme !== 'vscode-notebook-cell') return scheme;
  return vscode.workspace.notebookDocuments.find(({ uri }) => uri.path === path)?.uri.scheme ?? 'file';
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
