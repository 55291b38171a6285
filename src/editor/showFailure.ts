import * as vscode from 'vscode';
import { AppError, type Refusal } from '../core/outcome.ts';
import { errorProblem } from '../core/routing/problem.ts';
import type { CommandId } from '../manifest.ts';

const LOG = 'Show Log';
const WHY = 'Show Why';

/** Says in words what went wrong, with the button that mends it. Resolves when the message is closed. */
export async function showFailure(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  log.error(error instanceof Error ? error : String(error));
  const known = error instanceof AppError ? error : new AppError('serverError', { detail: String(error) });
  const { text, mend } = errorProblem(known);
  const picked = await vscode.window.showErrorMessage(text, ...(mend ? [mend.title, LOG] : [LOG]));
  if (picked === LOG) await run('switchyard.showLog');
  else if (mend && picked === mend.title) await vscode.commands.executeCommand(mend.command, ...(mend.args ?? []));
}

/** Says that the policy refused, and offers to show why. */
export async function showRefusal(refusal: Refusal): Promise<void> {
  const picked = await vscode.window.showWarningMessage(refusal.reason, WHY);
  if (picked === WHY) await run('switchyard.whyLevel');
}

function run(command: CommandId): Thenable<unknown> {
  return vscode.commands.executeCommand(command);
}
