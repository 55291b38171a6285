import * as vscode from 'vscode';
import type { Clock, Disposable } from '../core/event.ts';
import { registerCommand } from './command.ts';
import type { WorkspaceLevels } from './workspaceLevels.ts';

const ASKED = 'switchyard.privacy.asked';

export interface PrivacyParts {
  readonly levels: WorkspaceLevels;
  /** User storage, for which folders were asked about already. */
  readonly memory: vscode.Memento;
  readonly clock: Pick<Clock, 'after'>;
}

/** The commands that classify folders, and the one question about a folder that nobody has classified. */
export function registerPrivacyCommands({ levels, memory, clock }: PrivacyParts): Disposable {
  const load = async () => import('./classify.ts');
  const ask = () => void askOnce(levels, memory);
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
async function askOnce(levels: WorkspaceLevels, memory: vscode.Memento): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  const asked = memory.get<readonly string[]>(ASKED, []);
  const fresh = levels.folders
    .filter(({ verdict: { reasons } }) => reasons.some(({ source }) => source === 'unclassified'))
    .filter(({ verdict: { reasons } }) => !reasons.some(({ source }) => source === 'unread'))
    .map(({ folder }) => folder)
    .filter(({ uri }) => !asked.includes(uri.toString()));
  if (fresh.length === 0) return;
  await memory.update(ASKED, [...asked, ...fresh.map(({ uri }) => uri.toString())]);
  const { askAbout } = await import('./classify.ts');
  await askAbout(levels, fresh);
}
