import * as vscode from 'vscode';
import type { Clock, Disposable } from '../core/event.ts';
import type { Asked } from './asked.ts';
import { registerCommand } from './command.ts';
import { identity } from './folderNames.ts';
import type { WorkspaceLevels } from './workspaceLevels.ts';

export interface PrivacyParts {
  readonly levels: WorkspaceLevels;
  readonly asked: Asked;
  readonly clock: Pick<Clock, 'after'>;
}

/** The commands that classify folders, and the one question about a folder that nobody has classified. */
export function registerPrivacyCommands({ levels, asked, clock }: PrivacyParts): Disposable {
  const load = async () => import('./classify.ts');
  const ask = () => void askOnce(levels, asked);
  return vscode.Disposable.from(
    registerCommand('switchyard.setLevel', async () => (await load()).chooseLevel(levels)),
    registerCommand('switchyard.markPrivate', async () => (await load()).mark(levels, 'private')),
    registerCommand('switchyard.markInternal', async () => (await load()).mark(levels, 'internal')),
    registerCommand('switchyard.markOpen', async () => (await load()).mark(levels, 'open')),
    registerCommand('switchyard.whyLevel', async () => (await load()).why(levels)),
    // Not while the editor waits for the activation to end.
    clock.after(0, ask),
    // Also after folders and trust changed, and when the patterns and git remotes were read.
    levels.onDidChange(ask),
  );
}

/** Asks about the folders that nobody has classified, once each; they stay private until there is an answer. */
async function askOnce(levels: WorkspaceLevels, asked: Asked): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  const fresh = levels.folders
    .filter(({ verdict: { reasons } }) => reasons.some(({ source }) => source === 'unclassified'))
    .filter(({ verdict: { reasons } }) => !reasons.some(({ source }) => source === 'unread'))
    .map(({ folder }) => folder)
    .filter(({ uri }) => !asked.has(identity(uri)));
  if (fresh.length === 0) return;
  await Promise.all(fresh.map(async ({ uri }) => asked.add(identity(uri))));
  const { askAbout } = await import('./classify.ts');
  await askAbout(levels, fresh);
}
