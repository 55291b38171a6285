import { promises } from 'node:fs';
import * as vscode from 'vscode';
import { codeOf } from './folderNames.ts';

/** Depth of the query of an address that is looked into, and how many texts of it. */
const DEEPEST = 3;
const MOST_TEXTS = 32;

/**
 * The files whose text a document may show: the one that it is, or those that its address names. A version in git, a cell of
 * a notebook, a version of the local history and a document of another extension have the path in their address, in its
 * query, or in both; each of them counts.
 */
export function filesShown(uri: vscode.Uri): readonly vscode.Uri[] {
  if (uri.scheme === 'file') return [uri.with({ query: '', fragment: '' })];
  const named = textsOf(uri.query).map(fileNamed);
  const folders = vscode.workspace.workspaceFolders ?? [];
  const places = [...folders.map((folder) => folder.uri), vscode.Uri.file('/')];
  const own = [uri.with({ query: '', fragment: '' }), ...named];
  const placed = own.flatMap((each) => {
    if (!each.path.startsWith('/')) return [];
    // The path is one of the place that the window works in, whatever the scheme is that wraps it.
    const path = each.path.replace(/^\/+/u, '/');
    return places.map(({ scheme, authority }) => each.with({ scheme, authority, path }));
  });
  return [...new Map([...own, ...placed].map((each) => [each.toString(), each])).values()];
}

/** Where the text of a file really lies; `unreadable` where that cannot be found, `undefined` where there is no other place. */
export async function realFile(uri: vscode.Uri): Promise<vscode.Uri | 'unreadable' | undefined> {
  if (uri.scheme !== 'file') return undefined;
  const path = await realPath(uri.fsPath);
  if (path === undefined) return 'unreadable';
  const real = vscode.Uri.file(path);
  return real.toString() === uri.toString() ? undefined : real;
}

/** A file that was deleted keeps the real path of its folder; a link that leads nowhere has none. */
async function realPath(path: string): Promise<string | undefined> {
  try {
    return await promises.realpath(path);
  } catch (error) {
    const file = vscode.Uri.file(path);
    const parent = vscode.Uri.joinPath(file, '..');
    if (!isGone(error) || parent.path === file.path || (await exists(path))) return undefined;
    const folder = await realPath(parent.fsPath);
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    return folder === undefined ? undefined : vscode.Uri.joinPath(vscode.Uri.file(folder), name).fsPath;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await promises.lstat(path);
    return true;
  } catch (error) {
    return !isGone(error);
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
}

/** Every text in the query of an address: JSON as the editor's own extensions write it, or pairs as on the web. */
function textsOf(query: string): readonly string[] {
  if (query === '') return [];
  try {
    return textsIn(JSON.parse(query), DEEPEST).slice(0, MOST_TEXTS);
  } catch {
    return query.split(/[&=]/u).slice(0, MOST_TEXTS);
  }
}

function textsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.values(value).flatMap((part) => textsIn(part, depth - 1));
}

/** A text as the file that it would name: an address, or a path in the spelling of any system. */
function fileNamed(text: string): vscode.Uri {
  const isAddress = /^[a-z][\w+.-]+:/iu.test(text);
  if (isAddress) {
    try {
      return vscode.Uri.parse(text, true).with({ query: '', fragment: '' });
    } catch {
      // Not one after all.
    }
  }
  return vscode.Uri.file(text.replaceAll('\\', '/'));
}
