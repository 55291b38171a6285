import * as vscode from 'vscode';
import { type Clock, createEmitter, type Disposable } from '../core/event.ts';
import { type Said, type Verdict, judgeFolder, judgeWindow, strictest } from '../core/privacy/level.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { TextSource } from '../core/privacy/policy.ts';
import { createFolderNames, shown } from './folderNames.ts';
import { type Marks, asSaid, createMarkKey, createMarks } from './marks.ts';
import type { Organisation } from './organisation.ts';
import { createPatternBook } from './patternBook.ts';
import { createPlaces, fileOf, placeOf } from './places.ts';

export interface WorkspaceLevels extends Levels, Disposable {
  readonly marks: Marks;
  readonly folders: readonly { readonly folder: vscode.WorkspaceFolder; readonly verdict: Verdict }[];
}

export interface WorkspaceLevelsParts {
  /** Path of the user's storage on this machine; shared by all windows and profiles. */
  readonly storage: string;
  /** User storage where the user sits. */
  readonly memory: vscode.Memento;
  readonly organisation: Organisation;
  readonly clock: Clock;
  /** What the text of a document without a folder has to answer to besides the window. Takes a URI as text. */
  readonly carried?: (uri: string) => readonly TextSource[];
}

/** Reads every source that says how private a folder is. Nothing is cached that a change could make too loose. */
export function createWorkspaceLevels(parts: WorkspaceLevelsParts): WorkspaceLevels {
  const { storage, memory, organisation, clock, carried } = parts;
  const changed = createEmitter<void>();
  let thisTurn: Verdict | undefined;
  const thisTurnPlaces = new Map<string, Verdict>();
  changed.event(() => {
    thisTurn = undefined;
    thisTurnPlaces.clear();
  });
  const names = createFolderNames();
  const marks = createMarks({ dir: `${storage}/marks`, key: createMarkKey(memory), names, clock });
  const patterns = createPatternBook(names, organisation);
  const places = createPlaces(names, marks, patterns);
  const changeLevels = () => changed.fire();
  const subscriptions: Disposable[] = [
    marks,
    patterns,
    marks.onDidChange(changeLevels),
    patterns.onDidChange(changeLevels),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      names.forget();
      changed.fire();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(changeLevels),
    vscode.workspace.onDidChangeConfiguration((e) => {
      if (e.affectsConfiguration('switchyard.privacy')) changed.fire();
    }),
    vscode.window.onDidChangeWindowState(() => names.forget()),
  ];

  const judge = ({ name, uri }: vscode.WorkspaceFolder): Verdict => {
    const { statements, matched } = patterns.user(uri);
    return judgeFolder({
      name,
      mark: marks.of(uri),
      ancestorMarks: marks.around(uri).map(({ said, by }) => ({ said, by: shown(by) })),
      patterns: statements,
      matched,
      maximum: patterns.maximum(),
      organisation: patterns.organisation(uri),
      repository: repositoryLevels(uri),
      trusted: vscode.workspace.isTrusted,
    });
  };
  /** Asked for every server and model in turn: judged once for all that happens in one go, and then anew. */
  const window = () => {
    if (thisTurn) return thisTurn;
    queueMicrotask(() => {
      thisTurn = undefined;
    });
    thisTurn = judgeWindow(folders().map(judge));
    return thisTurn;
  };
  const placesNow = (uri: string) => {
    const before = thisTurnPlaces.get(uri);
    if (before) return before;
    if (thisTurnPlaces.size === 0) queueMicrotask(() => thisTurnPlaces.clear());
    const verdict = places.of(uri);
    thisTurnPlaces.set(uri, verdict);
    return verdict;
  };
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
      case 'place':
        return placesNow(source.uri);
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
      const folder = uri && vscode.workspace.getWorkspaceFolder(uri.scheme === 'git' ? (blobFile(uri) ?? uri) : uri);
      const source: TextSource = folder ? { kind: 'folder', uri: folder.uri.toString() } : { kind: 'window' };
      const more = folder ? [] : (carried?.(uri?.toString() ?? text) ?? []);
      const place = uri && placeOf(uri);
      // Also where nothing is said of the place yet: it is asked about anew as long as the text is on its way.
      return place ? [source, { kind: 'place', uri: place.toString() }, ...more] : [source, ...more];
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

/**
 * The file that a version of git's is of: the side of a diff, a version in the timeline. The git extension writes the path
 * twice, once into the query (its `uri.ts`, `toGitUri`); where the two differ, somebody else made the address.
 */
function blobFile(uri: vscode.Uri): vscode.Uri | undefined {
  try {
    const query: unknown = JSON.parse(uri.query);
    const path = typeof query === 'object' && query !== null && 'path' in query ? query.path : undefined;
    return typeof path === 'string' && vscode.Uri.file(path).path === uri.path ? vscode.Uri.file(path) : undefined;
  } catch {
    return undefined;
  }
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
