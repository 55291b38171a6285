import * as vscode from 'vscode';
import { taintOf } from '../core/chat/taint.ts';
import type { Passage } from '../core/chat/thread.ts';
import type { Clock, Disposable } from '../core/event.ts';
import type { Levels } from '../core/privacy/levels.ts';

export interface Found {
  readonly passage: Passage;
  readonly range: vscode.Range;
}

/** Files up to this many lines are taken whole when nothing smaller surrounds the cursor. */
const SMALL_FILE = 120;
/** Otherwise this many lines before and after the cursor. */
const AROUND = 40;
/** Milliseconds that a language server may take to name the symbols. */
const SYMBOLS_WAIT = 1500;

/** The selection, else the function or type around the cursor, else the lines near it; `undefined` for an empty place. */
export async function passageHere(
  { document, selection }: vscode.TextEditor,
  levels: Pick<Levels, 'of' | 'sourcesOf'>,
  clock: Clock,
): Promise<Found | undefined> {
  const range = selection.isEmpty
    ? ((await symbolAround(document, selection.active, clock)) ?? linesAround(document, selection.active))
    : wholeLinesIfMany(document, selection);
  const text = document.getText(range);
  if (text.trim() === '') return undefined;
  return {
    range,
    passage: {
      uri: document.uri.toString(),
      name: nameOf(document),
      language: document.languageId,
      lines: [range.start.line, range.end.character === 0 && !range.isSingleLine ? range.end.line - 1 : range.end.line],
      text,
      problems: problemsIn(document.uri, range),
      taint: taintOf(levels.sourcesOf(document.uri.toString()), levels),
    },
  };
}

/** A selection of several lines keeps the first line's indentation, which people leave out when they drag. */
function wholeLinesIfMany(document: vscode.TextDocument, { start, end, isSingleLine }: vscode.Range): vscode.Range {
  const line = document.lineAt(start.line);
  const blank = start.character <= line.firstNonWhitespaceCharacterIndex;
  return new vscode.Range(!isSingleLine && blank ? line.range.start : start, end);
}

function linesAround(document: vscode.TextDocument, { line }: vscode.Position): vscode.Range {
  const last = document.lineCount - 1;
  const [from, to] =
    document.lineCount <= SMALL_FILE ? [0, last] : [Math.max(0, line - AROUND), Math.min(last, line + AROUND)];
  return new vscode.Range(document.lineAt(from).range.start, document.lineAt(to).range.end);
}

const KINDS = new Set([
  vscode.SymbolKind.Function,
  vscode.SymbolKind.Method,
  vscode.SymbolKind.Constructor,
  vscode.SymbolKind.Class,
  vscode.SymbolKind.Interface,
  vscode.SymbolKind.Enum,
  vscode.SymbolKind.Struct,
]);

async function symbolAround(
  document: vscode.TextDocument,
  position: vscode.Position,
  clock: Clock,
): Promise<vscode.Range | undefined> {
  let timer: Disposable | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = clock.after(SYMBOLS_WAIT, () => resolve(undefined));
  });
  const asked = vscode.commands
    .executeCommand('vscode.executeDocumentSymbolProvider', document.uri)
    .then(undefined, () => undefined);
  const symbols = await Promise.race([asked, tooLate]);
  timer?.dispose();
  if (!Array.isArray(symbols)) return undefined;
  const found = innermost(symbols.filter(isDocumentSymbol), position);
  return found && new vscode.Range(document.lineAt(found.start.line).range.start, found.end);
}

/** Providers of the older kind give a flat list without ranges of whole symbols; it is not used. */
function isDocumentSymbol(symbol: unknown): symbol is vscode.DocumentSymbol {
  return typeof symbol === 'object' && symbol !== null && 'range' in symbol && 'children' in symbol;
}

function innermost(symbols: readonly vscode.DocumentSymbol[], position: vscode.Position): vscode.Range | undefined {
  for (const { range, children, kind } of symbols) {
    if (!range.contains(position)) continue;
    return innermost(children, position) ?? (KINDS.has(kind) ? range : undefined);
  }
  return undefined;
}

/** Name for people: the path within its folder; of a cell, the notebook with its number. */
export function nameOf({ uri }: vscode.TextDocument): string {
  if (uri.scheme !== 'vscode-notebook-cell') return vscode.workspace.asRelativePath(uri);
  for (const notebook of vscode.workspace.notebookDocuments) {
    const index = notebook.getCells().findIndex(({ document }) => document.uri.toString() === uri.toString());
    if (index >= 0) return `${vscode.workspace.asRelativePath(notebook.uri)} (cell ${index + 1})`;
  }
  return vscode.workspace.asRelativePath(uri.with({ scheme: 'file', fragment: '' }));
}

function problemsIn(uri: vscode.Uri, range: vscode.Range): readonly string[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter((problem) => problem.severity <= vscode.DiagnosticSeverity.Warning && problem.range.intersection(range))
    .slice(0, 20)
    .map(({ range: at, message, source }) => `line ${at.start.line + 1}: ${message}${source ? ` (${source})` : ''}`);
}
