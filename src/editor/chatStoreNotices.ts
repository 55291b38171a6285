import * as vscode from 'vscode';
import type { Unread } from '../core/chat/store.ts';

const AGAIN = 'Try Again';
const LOG = 'Show Log';
const UNDO = 'Undo';

/** Tells the user which files of chats cannot be read, and why. */
export async function tellUnread(
  { names, why, where }: Unread,
  again: (names: readonly string[]) => Promise<void>,
): Promise<void> {
  const text = unreadText({ names, why, where });
  const button = await vscode.window.showWarningMessage(text, ...(where === 'left' ? [AGAIN, LOG] : [LOG]));
  if (button === AGAIN) await again(names);
  else if (button === LOG) await showLog();
}

function unreadText({ names, why, where }: Unread): string {
  const [first = '', second, ...more] = names;
  if (first === '') return `Your earlier chats cannot be read: ${why}.`;
  const all =
    second === undefined
      ? first
      : more.length > 0
        ? `${first}, ${second} and ${more.length} more`
        : `${first} and ${second}`;
  const one = names.length === 1;
  const told = `${one ? 'The chat' : `${names.length} chats`} in ${all} cannot be read (${why}).`;
  if (where === 'aside')
    return `${told} ${one ? 'It was' : 'They were'} moved to the folder “unreadable” beside the others.`;
  return `${told} ${one ? 'It was' : 'They were'} left as ${one ? 'it is' : 'they are'}; the others are in the history.`;
}

/** Tells the user that chats are only in memory for now. */
export async function tellUnsaved(name: string, why: string, again: () => Promise<void>): Promise<void> {
  const text = `Chats cannot be saved (${name}: ${why}). They are kept in memory, and saving is tried again until it works.`;
  const button = await vscode.window.showWarningMessage(text, AGAIN, LOG);
  if (button === AGAIN) await again();
  else if (button === LOG) await showLog();
}

/** Tells that a chat was deleted, with the way back. */
export async function offerUndo(title: string, undo: () => void): Promise<void> {
  const button = await vscode.window.showInformationMessage(`“${title || 'Untitled'}” was deleted.`, UNDO);
  if (button === UNDO) undo();
}

async function showLog(): Promise<void> {
  await vscode.commands.executeCommand('switchyard.showLog');
}
