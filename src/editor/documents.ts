import * as vscode from 'vscode';
import { type Cursor, type TextAccess, joinTexts, withLine } from '../core/completion/text.ts';
import type { Indentation } from '../core/completion/postprocess.ts';

/** Schemes of documents that people write in: no output, chat or source-control inputs, search results, versions or reviews. */
export const DOCUMENT_SCHEMES = ['file', 'untitled', 'vscode-notebook-cell', 'vscode-remote', 'vscode-vfs'] as const;

/** A document as lines, read when they are asked for: constant time, nothing copied. */
export function linesOf(document: vscode.TextDocument): TextAccess {
  return {
    get lineCount() {
      return document.lineCount;
    },
    line: (index) => document.lineAt(index).text,
  };
}

export interface Surroundings {
  readonly text: TextAccess;
  readonly cursor: Cursor;
}

/** The document, or the notebook's code cells of its language in order, with the cursor in it. */
export function surroundingsOf(
  document: vscode.TextDocument,
  position: vscode.Position,
  notebook: vscode.NotebookDocument | undefined,
): Surroundings {
  const own = linesOf(document);
  if (!notebook) return { text: own, cursor: position };
  const cells = notebook
    .getCells()
    .filter(({ kind, document: cell }) => {
      const ofOneKind = kind === vscode.NotebookCellKind.Code && cell.languageId === document.languageId;
      return cell === document || ofOneKind;
    })
    .map((cell) => cell.document);
  const at = cells.indexOf(document);
  const above = cells.slice(0, at).reduce((sum, cell) => sum + cell.lineCount, 0);
  const cursor = { line: above + position.line, character: position.character };
  return { text: joinTexts(cells.map(linesOf)), cursor };
}

/** The same surroundings as if the selected entry of the suggest widget had been accepted already. */
export function withSelected(
  { text, cursor }: Surroundings,
  selected: vscode.SelectedCompletionInfo,
): Surroundings | undefined {
  if (!selected.range.isSingleLine || /[\r\n]/.test(selected.text)) return undefined;
  const line = text.line(cursor.line);
  const { start, end } = selected.range;
  const head = line.slice(0, start.character) + selected.text;
  return {
    text: withLine(text, cursor.line, head + line.slice(Math.max(end.character, cursor.character))),
    cursor: { line: cursor.line, character: head.length },
  };
}

/** The notebook that a cell belongs to. */
export function notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | undefined {
  if (document.uri.scheme !== 'vscode-notebook-cell') return undefined;
  return vscode.workspace.notebookDocuments.find((notebook) =>
    notebook.getCells().some((cell) => cell.document === document),
  );
}

export function indentationOf(document: vscode.TextDocument): Indentation {
  const options = vscode.window.visibleTextEditors.find((editor) => editor.document === document)?.options;
  return {
    insertSpaces: typeof options?.insertSpaces === 'boolean' ? options.insertSpaces : true,
    tabSize: typeof options?.tabSize === 'number' && options.tabSize > 0 ? options.tabSize : 4,
  };
}
