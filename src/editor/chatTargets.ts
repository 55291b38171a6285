import * as vscode from 'vscode';
import { plain } from '../core/plainText.ts';
import type { Passage } from '../core/chat/thread.ts';

/** Web and mail addresses only. The editor asks before it opens a site that the user does not trust yet. */
export async function openLink(href: string): Promise<void> {
  if (/^(https?:\/\/|mailto:)/iu.test(href)) await vscode.env.openExternal(vscode.Uri.parse(href, true));
}

/** Opens the document that a passage is from, with its lines selected. */
export async function showPassage(passage: Passage | undefined, notice: (text: string) => void): Promise<void> {
  if (!passage) return;
  try {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(passage.uri, true));
    const [first, last] = passage.lines;
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(first, 0, last + 1, 0) });
  } catch {
    notice(`${plain(passage.name)} cannot be opened any more.`);
  }
}
