import * as vscode from 'vscode';
import type { CommandId } from '../manifest.ts';

/** `registerCommand` for ids of the manifest only. Arguments may come from anywhere and are checked by `run`. */
export function registerCommand(id: CommandId, run: (...args: readonly unknown[]) => unknown): vscode.Disposable {
  return vscode.commands.registerCommand(id, run);
}
