import * as vscode from 'vscode';
import { AppError, type Refusal } from '../core/outcome.ts';
import { plain } from '../core/plainText.ts';
import { explain } from '../core/wording.ts';
import type { CommandId } from '../manifest.ts';

const LOG = 'Show Log';

/** Says in words what went wrong, with the button that mends it. Resolves when the message is closed. */
export async function showFailure(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  log.error(error instanceof Error ? error : String(error));
  const known = error instanceof AppError ? error : new AppError('serverError', { detail: String(error) });
  const { text, mend } = explain(known);
  const buttons = new Set([...(mend ? [mend.title] : []), LOG]);
  const picked = await vscode.window.showErrorMessage(plain(text), ...buttons);
  if (picked === LOG) await vscode.commands.executeCommand('switchyard.showLog' satisfies CommandId);
  else if (mend && picked === mend.title) await vscode.commands.executeCommand(mend.command, ...(mend.args ?? []));
}

/** Says that the policy refused, and offers to show why. */
export async function showRefusal(refusal: Refusal): Promise<void> {
  const { text, mend } = explain(refusal);
  const picked = await vscode.window.showWarningMessage(plain(text), ...(mend ? [mend.title] : []));
  if (mend && picked === mend.title) await vscode.commands.executeCommand(mend.command, ...(mend.args ?? []));
}
