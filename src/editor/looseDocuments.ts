import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import { type Level, LEVELS, isStricter, stricter } from '../core/privacy/level.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { TextSource } from '../core/privacy/policy.ts';

/**
 * Documents that lie in no folder: untitled ones, the output, search results, commit messages. Each keeps the strictest
 * level that the window, or a chat whose text was put into it, has had since it was opened.
 */
export interface LooseDocuments extends Disposable {
  /** Text of such a level enters a document. Does nothing for documents that have a folder to answer for them. */
  add(uri: vscode.Uri, level: Level): void;
  /** What a document has to answer to besides the window; takes a URI as text. */
  of(uri: string): readonly TextSource[];
}

export interface LooseDocumentsParts {
  /** Storage of the workspace: untitled documents come back after a restart. */
  readonly memory: vscode.Memento;
  readonly levels: Pick<Levels, 'window' | 'onDidChange'>;
}

const KEY = 'switchyard.privacy.untitled';

export function createLooseDocuments({ memory, levels }: LooseDocumentsParts): LooseDocuments {
  const known = new Map(readKept(memory.get<unknown>(KEY)));
  let kept = '';

  const keep = () => {
    const untitled = [...known].filter(([uri, level]) => uri.startsWith('untitled:') && level !== 'open');
    const now = JSON.stringify(untitled);
    if (now === kept) return;
    kept = now;
    void memory.update(KEY, untitled);
  };
  const tighten = (uri: string, level: Level) => {
    const before = known.get(uri);
    known.set(uri, before ? stricter(before, level) : level);
  };
  const opened = (uri: vscode.Uri, isEmpty: boolean, level: Level) => {
    // An untitled document may have the name of an earlier one.
    if (isEmpty) known.delete(uri.toString());
    tighten(uri.toString(), level);
  };
  const closed = (uri: vscode.Uri) => {
    if (known.delete(uri.toString())) keep();
  };

  // Judged only where there is such a document: this runs while the editor starts.
  let begin: Level | undefined;
  const levelNow = () => (begin ??= levels.window().level);
  for (const document of vscode.workspace.textDocuments) {
    if (isLoose(document.uri)) opened(document.uri, isEmpty(document), levelNow());
  }
  for (const { uri } of vscode.workspace.notebookDocuments) if (isLoose(uri)) opened(uri, false, levelNow());
  const subscriptions = vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument((document) => {
      if (!isLoose(document.uri)) return;
      opened(document.uri, isEmpty(document), levels.window().level);
      keep();
    }),
    vscode.workspace.onDidOpenNotebookDocument(({ uri }) => {
      if (isLoose(uri)) opened(uri, false, levels.window().level);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => closed(uri)),
    vscode.workspace.onDidCloseNotebookDocument(({ uri }) => closed(uri)),
    {
      dispose: levels.onDidChange(() => {
        const { level } = levels.window();
        for (const uri of known.keys()) tighten(uri, level);
        keep();
      }).dispose,
    },
  );
  return {
    add(uri, level) {
      if (!isLoose(uri)) return;
      tighten(uri.toString(), level);
      keep();
    },
    of(uri) {
      const level = known.get(uri);
      if (level === undefined || !isStricter(level, 'open')) return [];
      return [{ kind: 'taint', level, of: vscode.workspace.asRelativePath(vscode.Uri.parse(uri)) }];
    },
    dispose: () => void subscriptions.dispose(),
  };
}

/** Whether no file stands behind a document. Schemes that we do not know are of documents that somebody makes up. */
function isLoose({ scheme }: vscode.Uri): boolean {
  return !['file', 'git', 'vscode-remote', 'vscode-vfs', 'vscode-notebook-cell', 'vscode-userdata'].includes(scheme);
}

function isEmpty(document: vscode.TextDocument): boolean {
  return document.lineCount === 1 && document.lineAt(0).isEmptyOrWhitespace;
}

function readKept(stored: unknown): [string, Level][] {
  const parsed = v.safeParse(Kept, stored);
  // What cannot be read counts as private.
  return (parsed.success ? parsed.output : []).map(([uri, said]) => [
    uri,
    LEVELS.find((level) => level === said) ?? 'private',
  ]);
}

const Kept = v.array(v.tuple([v.string(), v.unknown()]));
