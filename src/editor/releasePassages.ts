import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import { quotedList } from '../core/plainText.ts';
import type { Level } from '../core/privacy/level.ts';
import type { Passages } from '../core/privacy/passages.ts';
import { registerCommand } from './command.ts';
import type { WorkspaceLevels } from './workspaceLevels.ts';

export interface ReleasePassagesDeps {
  readonly levels: Pick<WorkspaceLevels, 'folders' | 'of'>;
  readonly passages: Pick<Passages, 'release'>;
  /** Writes a note into the ledger. Rejects when it cannot be written. */
  readonly note: (level: Level, reason: string) => Promise<void>;
}

/** The command that forgets what is remembered of the text of folders, as far as they are open now. Takes no arguments. */
export function registerReleasePassages(deps: ReleasePassagesDeps): Disposable {
  return registerCommand('switchyard.releasePassages', () => releasePassages(deps));
}

async function releasePassages({ levels, passages, note }: ReleasePassagesDeps): Promise<void> {
  const open = () => levels.folders.filter(({ verdict }) => verdict.level === 'open').map(({ folder }) => folder);
  const folders = open();
  if (folders.length === 0) {
    void vscode.window.showInformationMessage(
      'No folder of this window is open to the cloud, so nothing that is remembered of their text can be released.',
    );
    return;
  }
  const names = quotedList(folders.map(({ name }) => name));
  const yes = 'Release';
  const answer = await vscode.window.showWarningMessage(
    `Forget what is remembered as private text of ${names}?`,
    {
      modal: true,
      detail:
        'While it was stricter than it is now, Switchyard remembered hashes of its text that went to models and came back, to know it again wherever it is pasted. Without them such text may be sent as the place allows where it stands then. Chats stay as they are.',
    },
    yes,
  );
  if (answer !== yes) return;
  // Meanwhile a folder may have become private.
  const still = new Set(open().map(({ uri }) => uri.toString()));
  const released = new Set(folders.map(({ uri }) => uri.toString()).filter((uri) => still.has(uri)));
  await note('open', 'What was remembered as private text of folders that are open now was released by the user.');
  // A place inside may be stricter than its folder.
  const isOpenPlace = (uri: string) =>
    [...released].some((folder) => uri.startsWith(`${folder.replace(/\/+$/, '')}/`)) &&
    levels.of([{ kind: 'place', uri }]).level === 'open';
  await passages.release({ has: (uri) => released.has(uri) || isOpenPlace(uri) });
}
