import * as vscode from 'vscode';
import { createEmitter, type Disposable } from '../core/event.ts';
import {
  type FolderFacts,
  type Level,
  LEVELS,
  type Said,
  type Verdict,
  judgeFolder,
  judgeWindow,
  strictest,
} from '../core/privacy/level.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { TextSource } from '../core/privacy/policy.ts';

const MARKS = 'switchyard.privacy.marks';

/** The user's marks: user storage, by the folder's URI, out of reach of anything that lies in the folder. */
export interface Marks {
  of(folder: vscode.Uri): Said;
  set(folder: vscode.Uri, level: Level): Promise<void>;
}

export interface WorkspaceLevels extends Levels, Disposable {
  readonly marks: Marks;
  readonly folders: readonly { readonly folder: vscode.WorkspaceFolder; readonly verdict: Verdict }[];
}

export function createWorkspaceLevels(memory: vscode.Memento): WorkspaceLevels {
  const changed = createEmitter<void>();
  const subscriptions = [
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    vscode.workspace.onDidChangeConfiguration((e) => {
      if (e.affectsConfiguration('switchyard.privacy')) changed.fire();
    }),
  ];

  const all = (): Record<string, unknown> | undefined => {
    const stored = memory.get<unknown>(MARKS, {});
    return isRecord(stored) ? stored : undefined;
  };
  const marks: Marks = {
    of: (folder) => {
      const stored = all();
      return stored ? asSaid(stored[identity(folder)]) : 'unreadable';
    },
    async set(folder, level) {
      await memory.update(MARKS, { ...all(), [identity(folder)]: level });
      changed.fire();
    },
  };

  const judge = (folder: vscode.WorkspaceFolder): Verdict => {
    const facts: FolderFacts = {
      name: folder.name,
      mark: marks.of(folder.uri),
      ancestorMarks: Object.entries(all() ?? {})
        .filter(([marked]) => identity(folder.uri).startsWith(`${marked}/`))
        .map(([, said]) => asSaid(said)),
      repository: repositoryLevels(folder.uri),
      trusted: vscode.workspace.isTrusted,
    };
    return judgeFolder(facts);
  };
  const window = () => judgeWindow(folders().map(judge));
  const ofSource = (source: TextSource): Verdict => {
    switch (source.kind) {
      case 'window':
        return window();
      case 'taint':
        return { level: source.level, reasons: [{ source: 'taint', level: source.level, of: source.of }] };
      case 'folder': {
        const folder = folders().find((candidate) => candidate.uri.toString() === source.uri);
        if (folder) return judge(folder);
        return { level: 'private', reasons: [{ source: 'unreadable', level: 'private', of: source.uri }] };
      }
    }
  };

  return {
    marks,
    get folders() {
      return folders().map((folder) => ({ folder, verdict: judge(folder) }));
    },
    of: (sources) => strictest(sources.map(ofSource)) ?? window(),
    window,
    sourcesOf(text) {
      const uri = fileOf(vscode.Uri.parse(text));
      const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
      return [folder ? { kind: 'folder', uri: folder.uri.toString() } : { kind: 'window' }];
    },
    onDidChange: changed.event,
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}

function folders(): readonly vscode.WorkspaceFolder[] {
  return vscode.workspace.workspaceFolders ?? [];
}

/** The file that a document's text lies in; a notebook for its cells. */
function fileOf(uri: vscode.Uri): vscode.Uri | undefined {
  if (uri.scheme === 'untitled') return undefined;
  if (uri.scheme !== 'vscode-notebook-cell') return uri;
  return vscode.workspace.notebookDocuments.find((notebook) =>
    notebook.getCells().some((cell) => cell.document.uri.toString() === uri.toString()),
  )?.uri;
}

/** What the workspace file and the folder's settings say, in every scope that a repository can write. */
function repositoryLevels(folder: vscode.Uri): Said[] {
  const found = vscode.workspace.getConfiguration('switchyard', folder).inspect<unknown>('privacy.level');
  return [
    found?.workspaceValue,
    found?.workspaceFolderValue,
    found?.workspaceLanguageValue,
    found?.workspaceFolderLanguageValue,
  ].map(asSaid);
}

/** A folder's identity: its URI without a trailing slash. */
function identity(folder: vscode.Uri): string {
  return folder.toString().replace(/\/+$/, '');
}

function asSaid(value: unknown): Said {
  if (value === undefined) return undefined;
  return LEVELS.find((level) => level === value) ?? 'unreadable';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
