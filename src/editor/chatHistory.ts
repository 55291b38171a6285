import * as vscode from 'vscode';
import type { Thread } from '../core/chat/thread.ts';
import type { ChatStore } from './chatStore.ts';

interface Row extends vscode.QuickPickItem {
  readonly id: string;
}

const DELETE: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('trash'), tooltip: 'Delete This Chat' };

/** Lets the user choose one of the earlier chats, or delete some. Resolves with the chosen one. */
export async function pickThread(
  store: ChatStore,
  current: string,
  now: number,
  removed: (id: string) => void,
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<Row>();
  pick.title = 'Chat History';
  pick.placeholder = 'Type to search in the titles and the questions';
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.busy = true;
  pick.show();
  const show = async () => {
    pick.items = (await store.list()).map((thread) => rowOf(thread, thread.id === current, now));
    if (pick.items.length === 0) pick.placeholder = 'There are no earlier chats in this workspace';
    pick.busy = false;
  };
  return new Promise((resolve) => {
    const subscription = vscode.Disposable.from(
      pick.onDidAccept(() => {
        resolve(pick.selectedItems[0]?.id);
        pick.hide();
      }),
      pick.onDidTriggerItemButton(async ({ item }) => {
        await store.remove(item.id);
        removed(item.id);
        await show();
      }),
      pick.onDidHide(() => {
        resolve(undefined);
        subscription.dispose();
        pick.dispose();
      }),
    );
    void show();
  });
}

function rowOf(thread: Thread, isCurrent: boolean, now: number): Row {
  const questions = thread.messages.filter((message) => message.role === 'user');
  const last = questions.at(-1);
  return {
    id: thread.id,
    label: thread.title || 'Untitled',
    description: `${isCurrent ? 'open · ' : ''}${ago(now - thread.updatedAt)}`,
    ...(questions.length > 1 && last && { detail: last.text.slice(0, 200).replaceAll('\n', ' ') }),
    buttons: [DELETE],
  };
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const;

function ago(ms: number): string {
  for (const [size, unit] of UNITS) {
    const count = Math.floor(ms / size);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}
