import * as vscode from 'vscode';
import { importedNames } from '../core/completion/imports.ts';
import { DOCUMENT_SCHEMES, linesOf } from './documents.ts';

/** A part of a file, as text. */
export interface Excerpt {
  readonly uri: vscode.Uri;
  readonly text: string;
}

/** Lines of one definition. */
const SHORTEST = 12;
const LONGEST = 40;
/** Larger files are not read, in bytes. */
const LARGEST = 512_000;
const SCHEMES: ReadonlySet<string> = new Set(DOCUMENT_SCHEMES);

/**
 * What the names that a document imports stand for, as its language server tells: files of the workspace only, one excerpt
 * each. Takes as long as the server does; stops asking when `goesOn` says no. Files are not opened for it. What cannot be found
 * or read is left out.
 */
export async function importedDefinitions(document: vscode.TextDocument, goesOn: () => boolean): Promise<Excerpt[]> {
  const byFile = new Map<string, { uri: vscode.Uri; parts: string[] }>();
  for (const { line, character } of importedNames(linesOf(document))) {
    if (!goesOn()) break;
    const found = await definitionAt(document.uri, new vscode.Position(line, character)).catch(() => undefined);
    if (!found || !isOwn(found.uri) || found.uri.toString() === document.uri.toString()) continue;
    const text = await linesAt(found.uri, found.range).catch(() => undefined);
    const key = found.uri.toString();
    const entry = byFile.get(key) ?? { uri: found.uri, parts: [] };
    if (text !== undefined && !entry.parts.includes(text)) entry.parts.push(text);
    byFile.set(key, entry);
  }
  return [...byFile.values()].map(({ uri, parts }) => ({ uri, text: parts.join('\n') }));
}

/** Of the workspace, and nothing that was installed into it. */
function isOwn(uri: vscode.Uri): boolean {
  const installed = /\/(node_modules|site-packages|\.venv|vendor)\//.test(uri.path);
  return !installed && SCHEMES.has(uri.scheme) && vscode.workspace.getWorkspaceFolder(uri) !== undefined;
}

async function definitionAt(uri: vscode.Uri, at: vscode.Position): Promise<vscode.Location | undefined> {
  const found = await vscode.commands.executeCommand<readonly (vscode.Location | vscode.LocationLink)[]>(
    'vscode.executeDefinitionProvider',
    uri,
    at,
  );
  const [first] = found;
  if (!first) return undefined;
  return 'targetUri' in first ? new vscode.Location(first.targetUri, first.targetRange) : first;
}

async function linesAt(uri: vscode.Uri, range: vscode.Range): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
  const lines = (open ? open.getText() : await readFile(uri))?.split(/\r?\n/);
  const end = Math.min(range.start.line + LONGEST, Math.max(range.end.line + 1, range.start.line + SHORTEST));
  return lines?.slice(range.start.line, end).join('\n');
}

async function readFile(uri: vscode.Uri): Promise<string | undefined> {
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > LARGEST) return undefined;
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}
