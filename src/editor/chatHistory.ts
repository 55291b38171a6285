import * as vscode from 'vscode';
import type { ChatStore } from '../core/chat/store.ts';
import type { Thread } from '../core/chat/thread.ts';
import { fileProblem } from '../core/fileProblem.ts';

interface Row extends vscode.QuickPickItem {
  /** Absent for a line that only tells something. */
  readonly thread?: Thread;
}

const DELETE: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('trash'), tooltip: 'Delete This Chat' };

/** Lets the user choose one of the earlier chats, or delete some. Resolves with the id of the chosen one. */
export async function pickThread(
  store: Pick<ChatStore, 'list'>,
  current: string,
  now: number,
  remove: (thread: Thread) => Promise<void>,
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<Row>();
  pick.title = 'Chat History';
  pick.placeholder = 'Type to search in the titles and the questions';
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.busy = true;
  pick.show();
  const show = async () => {
    const { threads, newer, unread } = await store.list();
    const notes = [...noteOf(newer, NEWER), ...noteOf(unread, UNREAD)];
    pick.items = [...threads.map((thread) => rowOf(thread, thread.id === current, now)), ...notes];
    if (threads.length === 0) pick.placeholder = 'There are no earlier chats in this workspace';
    pick.busy = false;
  };
  return new Promise((resolve) => {
    const subscription = vscode.Disposable.from(
      pick.onDidAccept(() => {
        const thread = pick.selectedItems[0]?.thread;
        if (!thread) return;
        resolve(thread.id);
        pick.hide();
      }),
      pick.onDidTriggerItemButton(async ({ item }) => {
        if (!item.thread) return;
        try {
          await remove(item.thread);
        } catch (error) {
          void vscode.window.showErrorMessage(`“${item.label}” could not be deleted: ${fileProblem(error)}.`);
        }
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
    thread,
    label: thread.title || 'Untitled',
    description: `${isCurrent ? 'open · ' : ''}${ago(now - thread.updatedAt)}`,
    ...(questions.length > 1 && last && { detail: last.text.slice(0, 200).replaceAll('\n', ' ') }),
    buttons: [DELETE],
  };
}

const NEWER = ['was saved by a newer version of Switchyard and', 'were saved by a newer version of Switchyard and'];
const UNREAD = ['could not be read and', 'could not be read and'];

function noteOf(count: number, [one, many]: readonly string[]): Row[] {
  if (count === 0) return [];
  const label = `$(info) ${count === 1 ? `1 chat ${one} was` : `${count} chats ${many} were`} left alone`;
  return [{ label, alwaysShow: true }];
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
