import * as vscode from 'vscode';
import { plain, quoted, quotedList } from '../core/plainText.ts';
import { type Level, LEVELS, type Said, isStricter } from '../core/privacy/level.ts';
import { LEVEL_WORDS, sentence } from '../core/privacy/words.ts';
import type { WorkspaceLevels } from './workspaceLevels.ts';

/** How the user classifies folders: questions, picks, and what follows from the answers. */

type Folder = Pick<vscode.WorkspaceFolder, 'name' | 'uri'>;

export async function askAbout(levels: WorkspaceLevels, folders: readonly Folder[]): Promise<void> {
  const names = quotedList(folders.map(({ name }) => name));
  const answer = await vscode.window.showInformationMessage(
    `How private is ${names}? Private-only keeps its text on this machine. Internal lets it go to your organisation’s servers, Open also to the cloud. Until you answer, only models on this machine can be used.`,
    ...LEVELS.map((level) => LEVEL_WORDS[level].name),
  );
  const level = LEVELS.find((candidate) => LEVEL_WORDS[candidate].name === answer);
  if (level) await setMarks(levels, folders, level);
}

export async function chooseLevel(levels: WorkspaceLevels): Promise<void> {
  const level = await pickLevel('Privacy Level of This Workspace', levels.window().level);
  if (level) await mark(levels, level);
}

async function pickLevel(title: string, now: Said): Promise<Level | undefined> {
  const picked = await vscode.window.showQuickPick(
    LEVELS.map((level) => ({
      label: `$(${LEVEL_WORDS[level].icon}) ${LEVEL_WORDS[level].name}`,
      description: level === now ? 'now' : '',
      detail: LEVEL_WORDS[level].meaning,
      level,
    })),
    { title, placeHolder: 'How far may the text in it travel?' },
  );
  return picked?.level;
}

export async function mark(levels: WorkspaceLevels, level: Level): Promise<void> {
  const folders = levels.folders.map(({ folder }) => folder);
  if (folders.length === 0) {
    void vscode.window.showInformationMessage(
      'A window without a folder is private-only. Open a folder to classify it.',
    );
    return;
  }
  const chosen = folders.length === 1 ? folders : await chooseFolders(levels);
  if (chosen) await setMarks(levels, chosen, level);
}

async function chooseFolders(levels: WorkspaceLevels): Promise<vscode.WorkspaceFolder[] | undefined> {
  const picked = await vscode.window.showQuickPick(
    levels.folders.map(({ folder, verdict }) => ({
      label: plain(folder.name),
      description: LEVEL_WORDS[verdict.level].name,
      picked: true,
      folder,
    })),
    { title: 'Which Folders?', canPickMany: true },
  );
  return picked?.map(({ folder }) => folder);
}

/** Tightening happens at once; loosening asks first and says what will change. */
async function setMarks(levels: WorkspaceLevels, folders: readonly Folder[], level: Level): Promise<void> {
  if (folders.length === 0) return;
  if (level !== 'private' && folders.some(({ uri }) => loosens(levels.marks.of(uri), level))) {
    const names = quotedList(folders.map(({ name }) => name));
    const yes = `Mark ${LEVEL_WORDS[level].name}`;
    const answer = await vscode.window.showWarningMessage(
      `Mark ${names} ${LEVEL_WORDS[level].name.toLowerCase()}?`,
      { modal: true, detail: CONSEQUENCE[level] },
      yes,
    );
    if (answer !== yes) return;
  }
  for (const { uri } of folders) await levels.marks.set(uri, level);
  const verdict = levels.window();
  if (verdict.level !== level) {
    const show = 'Show Why';
    const answer = await vscode.window.showInformationMessage(
      `The workspace stays ${LEVEL_WORDS[verdict.level].name.toLowerCase()}: ${verdict.reasons[0] ? sentence(verdict.reasons[0]) : ''}`,
      show,
    );
    if (answer === show) await why(levels);
  }
}

const CONSEQUENCE: Readonly<Record<Exclude<Level, 'private'>, string>> = {
  internal:
    'Code and questions may then be sent to the servers under “switchyard.networkHosts”, and these are asked for the list of their models, with your key where they want one. Closed APIs in the cloud stay out of reach. Chats that carry private text keep it private.',
  open: 'Code and questions may then be sent to any model that you choose, also to closed APIs in the cloud. The servers under “switchyard.endpoints” are asked for the list of their models, at once and now and then, with your key where they want one. No text of yours goes there before you choose such a model, or let another extension use it. Chats that carry private text keep it private.',
};

function loosens(before: Said, after: Level): boolean {
  const from = LEVELS.find((level) => level === before) ?? 'private';
  return isStricter(from, after);
}

export async function why(levels: WorkspaceLevels): Promise<void> {
  const { showWhy } = await import('./whyLevel.ts');
  await showWhy(levels, (folder) => markAnother(levels, folder));
}

/** Changes the mark of a folder that is not one of the window's. */
async function markAnother(levels: WorkspaceLevels, folder: Folder): Promise<void> {
  const level = await pickLevel(`Privacy Level of ${quoted(folder.name)}`, levels.marks.of(folder.uri));
  if (level) await setMarks(levels, [folder], level);
}
