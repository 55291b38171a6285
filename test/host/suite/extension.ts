import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type OllamaPeer, type PeerModel, startOllamaPeer } from '../../peers/ollama.ts';

/** The running extension, led to a peer, and what the tests do to it. */

const SETTLE_MS = 45_000;

/** Waits until `probe` gives something other than `undefined` and `false`. */
export async function until<T>(what: string, probe: () => T | Promise<T>, ms = SETTLE_MS): Promise<NonNullable<T>> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value;
    assert.ok(Date.now() < end, `never: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}

export async function setUser(id: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
}

/** Starts a peer and makes it the only server of the extension; resolves when it was asked for its models. */
export async function leadToPeer(models: readonly PeerModel[]): Promise<OllamaPeer> {
  await vscode.extensions.getExtension('switchyard.switchyard')?.activate();
  const peer = await startOllamaPeer({ models });
  await setUser('switchyard.endpoints', [{ id: 'ollama', label: 'Ollama', protocol: 'ollama', url: peer.url }]);
  await until('the peer is asked for its models', () => peer.to('/api/tags').length > 0);
  await vscode.commands.executeCommand('switchyard.refreshModels');
  return peer;
}

/** Ends what `leadToPeer` began. */
export async function leaveThePeer(peer: OllamaPeer): Promise<void> {
  await setUser('switchyard.endpoints', []);
  await peer.stop();
}

export interface Opened {
  readonly document: vscode.TextDocument;
  readonly editor: vscode.TextEditor;
  readonly text: () => string;
}

/** A new untitled document in front, with the cursor at `|`. Others stay: a name that is free again may still be known. */
export async function openText(marked: string, language = 'typescript'): Promise<Opened> {
  const at = marked.indexOf('|');
  const content = marked.slice(0, at) + marked.slice(at + 1);
  const document = await vscode.workspace.openTextDocument({ content, language });
  const editor = await vscode.window.showTextDocument(document);
  const position = document.positionAt(at);
  editor.selection = new vscode.Selection(position, position);
  // Ghost text is for the editor that has the focus.
  await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
  await until('the cursor is there', () => vscode.window.activeTextEditor?.selection.active.isEqual(position));
  return { document, editor, text: () => document.getText() };
}

/** Closes every editor, and what was written in them is gone: no dialog may ask in tests. */
export async function closeAll(): Promise<void> {
  const count = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).length;
  await until('the editors are closed', async () => {
    if (count() > 0) await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    return count() === 0;
  });
}

export async function type(text: string): Promise<void> {
  await vscode.commands.executeCommand('type', { text });
}

/** Accepts ghost text as soon as it shows; waits until the document reads as `wanted`. */
export async function accept({ text }: Opened, wanted: string): Promise<void> {
  let last = '';
  await until(`the document reads ${JSON.stringify(wanted)}`, async () => {
    last = text();
    if (last === wanted) return true;
    await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    return false;
  }).catch((error: unknown) => {
    assert.equal(last, wanted);
    throw error;
  });
}
