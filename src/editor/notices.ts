import * as vscode from 'vscode';
import { plain } from '../core/plainText.ts';
import type { EndpointProblem } from '../core/routing/endpoints.ts';
import type { BadSetting } from './settings.ts';

const OPEN = 'Open Settings';

/** Tells the user of a setting that was not understood; the caller does so once per setting and problem. */
export function noticeBadSetting({ id, problem, used }: BadSetting): void {
  void offerSettings(`The setting “${id}” is not valid (${problem}). ${JSON.stringify(used)} is used instead.`, id);
}

/** Tells the user of an entry of `switchyard.endpoints` that cannot be used. */
export function noticeBadEndpoint({ id, problem }: EndpointProblem): void {
  void offerSettings(`The server “${id}” cannot be used. ${problem}`, 'switchyard.endpoints');
}

/** Tells the user that a policy file is there and cannot be followed. */
export function noticeBadPolicy({ path, problem }: { readonly path: string; readonly problem: string }): void {
  void offerPolicy(
    `Your organisation’s policy (${path}) cannot be followed: ${problem}. Until it can, every workspace is private-only.`,
    path,
  );
}

async function offerPolicy(text: string, path: string): Promise<void> {
  const open = 'Open the Policy';
  if ((await vscode.window.showErrorMessage(plain(text), open)) === open) {
    await vscode.window.showTextDocument(vscode.Uri.file(path));
  }
}

async function offerSettings(text: string, id: string): Promise<void> {
  if ((await vscode.window.showWarningMessage(plain(text), OPEN)) === OPEN) {
    await vscode.commands.executeCommand('workbench.action.openSettings', id);
  }
}
