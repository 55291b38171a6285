import * as vscode from 'vscode';
import { type Reason, type Verdict, reasonOf, stricter } from '../core/privacy/level.ts';
import { type FolderNames, relation } from './folderNames.ts';
import type { Marks } from './marks.ts';
import type { PatternBook } from './patternBook.ts';
import { filesShown } from './shownFiles.ts';

/**
 * What is said of the place where a file lies, and not of the whole workspace folder around it: a marked folder may lie inside
 * a looser one, a link may lead out of it, and a loose file has a place of its own.
 */
export interface Places {
  /** Takes the URI of a document as text. `open` without a reason where nothing is said. */
  of(uri: string): Verdict;
}

export function createPlaces(names: FolderNames, marks: Marks, patterns: PatternBook): Places {
  const reasonsOf = (file: vscode.Uri): Reason[] => {
    const of = vscode.workspace.asRelativePath(file);
    const folder = vscode.workspace.getWorkspaceFolder(file)?.uri;
    const own = folder ? names.of(folder) : [];
    // Where the folder has no names, nothing is said of it alone.
    const isOfFolder = (marked: string) =>
      own !== 'unreadable' && own.some((name) => relation(marked, name) !== undefined);
    return [
      ...reasonOf('mark', of, { said: marks.of(file) }),
      ...marks
        .around(file)
        .filter(({ by }) => !isOfFolder(by))
        .flatMap((statement) => reasonOf('ancestorMark', of, statement)),
      ...patterns.place(file, folder).flatMap((statement) => reasonOf('pattern', of, statement)),
    ].map(carried);
  };
  return {
    of(text) {
      const uri = read(text);
      if (uri === 'unreadable') return unreadable(text);
      // An address of another kind may name a file: a version of the local history, one side of a review.
      const reasons = uri ? filesShown(uri).flatMap(reasonsOf) : [];
      return { level: reasons.map(({ level }) => level).reduce(stricter, 'open'), reasons };
    },
  };
}

/** The file that a document's text lies in; a notebook for its cells. */
export function fileOf(uri: vscode.Uri): vscode.Uri | undefined {
  if (uri.scheme === 'untitled') return undefined;
  if (uri.scheme !== 'vscode-notebook-cell') return uri;
  return vscode.workspace.notebookDocuments.find((notebook) =>
    notebook.getCells().some((cell) => cell.document.uri.toString() === uri.toString()),
  )?.uri;
}

/** The file whose place counts; a version of git's lies where its file does. */
export function placeOf(uri: vscode.Uri): vscode.Uri | undefined {
  const file = fileOf(uri);
  return file?.scheme === 'git' ? file.with({ scheme: 'file', query: '', fragment: '' }) : file;
}

function read(text: string): vscode.Uri | 'unreadable' | undefined {
  try {
    const uri = vscode.Uri.parse(text);
    // The notebook of a cell may be closed by now.
    return uri.scheme === 'vscode-notebook-cell'
      ? (placeOf(uri) ?? uri.with({ scheme: 'file', query: '', fragment: '' }))
      : placeOf(uri);
  } catch {
    return 'unreadable';
  }
}

/** It is of some text, and not of the workspace. */
function carried(reason: Reason): Reason {
  return reason.source === 'unread' || reason.source === 'unreadable' ? reason : { ...reason, source: 'taint' };
}

function unreadable(of: string): Verdict {
  return { level: 'private', reasons: [{ source: 'unreadable', level: 'private', of }] };
}
