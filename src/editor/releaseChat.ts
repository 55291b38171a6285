import * as vscode from 'vscode';
import { type Content, contentsOf, heldBy, releaseThread, textsOf } from '../core/chat/release.ts';
import type { ChatSession } from '../core/chat/session.ts';
import { type Passage, levelOfThread } from '../core/chat/thread.ts';
import { isRefusal } from '../core/outcome.ts';
import { plain, quoted, quotedList } from '../core/plainText.ts';
import type { Level } from '../core/privacy/level.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Passages } from '../core/privacy/passages.ts';
import type { TextSource } from '../core/privacy/policy.ts';
import { LEVEL_WORDS } from '../core/privacy/words.ts';
import { showPassage } from './chatTargets.ts';

export interface ReleaseDeps {
  readonly levels: Pick<Levels, 'of'>;
  readonly passages: Pick<Passages, 'release'>;
  /** Writes a note into the ledger. Rejects when it cannot be written. */
  readonly note: (level: Level, reason: string) => Promise<void>;
  readonly now: () => number;
  readonly notice: (text: string) => void;
}

interface Row extends vscode.QuickPickItem {
  readonly next?: { readonly show: Passage } | 'release';
}

/** Shows what made a chat stricter than the window, and lets it go on without that after the user has seen it. */
export async function releaseChat(session: ChatSession, deps: ReleaseDeps): Promise<void> {
  const { thread } = session;
  const contents = contentsOf(thread);
  const before = levelOfThread(thread) ?? 'open';
  if (contents.length === 0) {
    deps.notice('Nothing in this chat is private or internal.');
    return;
  }
  const outcome = releaseThread(thread, deps.levels, deps.now());
  const release = isRefusal(outcome) ? undefined : outcome.released?.at(-1);
  const held = heldBy(thread, deps.levels).map(nameOf);
  const rows: Row[] = [
    ...contents.flatMap(rowsOf),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    release
      ? {
          label: '$(unlock) Release This Chat…',
          detail: `It then goes on as ${LEVEL_WORDS[release.after].name.toLowerCase()}. Asks once more.`,
          next: 'release',
        }
      : {
          label: '$(lock) This chat cannot be released',
          detail: `${quotedList(held)} ${held.length === 1 ? 'is' : 'are'} still ${LEVEL_WORDS[before].name.toLowerCase()}, or not open in this window.`,
        },
  ];
  const chosen = await vscode.window.showQuickPick(rows, {
    title: `What Makes This Chat ${LEVEL_WORDS[before].name}`,
    placeHolder: 'Choose a passage to see it',
    matchOnDescription: true,
  });
  if (!chosen?.next) return;
  if (chosen.next !== 'release') {
    await showPassage(chosen.next.show, deps.notice);
    return;
  }
  if (release) await releaseAfterAsking(session, before, release.after, contents, deps);
}

async function releaseAfterAsking(
  session: ChatSession,
  before: Level,
  after: Level,
  contents: readonly Content[],
  deps: ReleaseDeps,
): Promise<void> {
  const { thread } = session;
  const yes = 'Release This Chat';
  const answer = await vscode.window.showWarningMessage(
    `Let this chat go on as ${LEVEL_WORDS[after].name.toLowerCase()}?`,
    {
      modal: true,
      detail: `Its questions, passages and answers are ${LEVEL_WORDS[before].name.toLowerCase()} until now. With the next question they may be sent: ${LEVEL_WORDS[after].meaning} The release is noted in the chat and in the list of requests.`,
    },
    yes,
  );
  // Meanwhile a level may have changed, or an answer may have come.
  if (answer !== yes || session.answering || session.thread !== thread) return;
  await deps.note(after, `A chat that was ${before} was released by the user and goes on as ${after}.`);
  const refused = session.release();
  if (refused) {
    deps.notice(refused.reason);
    return;
  }
  // What came from the window came from one of its folders. What is not open yet is known again elsewhere as before.
  const inWindow = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.toString());
  const origins = contents.flatMap(({ folder, place }) => (place === undefined ? (folder ?? inWindow) : []));
  const places = contents.flatMap(({ place }) => place ?? []);
  const isOpen = (source: TextSource) => deps.levels.of([source]).level === 'open';
  const released = [
    ...origins.filter((uri) => isOpen({ kind: 'folder', uri })),
    ...places.filter((uri) => isOpen({ kind: 'place', uri })),
  ];
  await deps.passages.release(new Set(released), textsOf(thread));
  const last = session.thread.messages.at(-1);
  if (last?.role === 'assistant' && last.state.kind === 'failed' && last.text === '') await session.regenerate(last.id);
}

function rowsOf(content: Content): Row[] {
  const { folder, place, level, passages } = content;
  const { icon, name } = LEVEL_WORDS[level];
  const shown = passages.map((passage): Row => {
    const [first, last] = passage.lines;
    return {
      label: `$(file) ${plain(passage.name)}`,
      description: first === last ? `line ${first + 1}` : `lines ${first + 1}–${last + 1}`,
      next: { show: passage },
    };
  });
  const others: Row = {
    label: 'What was typed, pasted or answered',
    description:
      folder === undefined && place === undefined
        ? 'while the window was so'
        : `known as text of ${quoted(nameOf(content))}`,
  };
  return [
    { label: `${plain(nameOf(content))}: ${name}`, kind: vscode.QuickPickItemKind.Separator },
    ...(shown.length > 0 ? shown : [{ ...others, iconPath: new vscode.ThemeIcon(icon) }]),
  ];
}

function nameOf({ folder, place }: Pick<Content, 'folder' | 'place'>): string {
  if (place !== undefined) return vscode.workspace.asRelativePath(vscode.Uri.parse(place));
  if (folder === undefined) return 'this window';
  const open = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.toString() === folder);
  return open?.name ?? decodeURIComponent(folder.replace(/\/+$/u, '').split('/').at(-1) ?? folder);
}
