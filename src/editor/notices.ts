import * as vscode from 'vscode';
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

async function offerSettings(text: string, id: string): Promise<void> {
  if ((await vscode.window.showWarningMessage(text, OPEN)) === OPEN) {
    await vscode.commands.executeCommand('workbench.action.openSettings', id);
  }
}
