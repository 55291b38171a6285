import * as vscode from 'vscode';
import { saveSomewhere } from './saveSomewhere.ts';
import { type Written, writeWhole } from './wholeFile.ts';

export interface SaveOptions {
  readonly title: string;
  /** Proposed name of the file. */
  readonly name: string;
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly write: (target: vscode.Uri) => Promise<Written>;
}

const ELSEWHERE = 'Save Elsewhere…';

/** Lets the user choose where a file goes, and another place where the first does not work. Resolves with the place. */
export async function saveWithDialog({ title, name, filters, write }: SaveOptions): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return saveSomewhere({
    choose: () =>
      vscode.window.showSaveDialog({
        title,
        filters: Object.fromEntries(Object.entries(filters).map(([label, endings]) => [label, [...endings]])),
        ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
      }),
    write,
    async failed(target, why) {
      const shown = vscode.workspace.asRelativePath(target);
      const text = `“${shown}” could not be saved: ${why}. Nothing was left behind.`;
      return (await vscode.window.showErrorMessage(text, ELSEWHERE)) === ELSEWHERE;
    },
  });
}

/** Writes pieces to a file, whole or not at all. Rejects with the errors of `pieces` only. */
export async function writePieces(
  target: vscode.Uri,
  pieces: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<Written> {
  if (target.scheme === 'file') return writeWhole(target.fsPath, pieces, signal);
  // File systems of other extensions take a file in one piece.
  const all: Buffer[] = [];
  for await (const piece of pieces) {
    if (signal.aborted) return { kind: 'cancelled' };
    all.push(Buffer.from(piece));
  }
  try {
    await vscode.workspace.fs.writeFile(target, Buffer.concat(all));
    return { kind: 'written' };
  } catch (error) {
    return { kind: 'failed', error };
  }
}
