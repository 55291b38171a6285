import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import { type Level, type Reason, type Verdict, LEVELS } from '../core/privacy/level.ts';
import type { CommandId } from '../manifest.ts';
import { registerCommand } from './command.ts';
import type { WorkspaceLevels } from './workspaceLevels.ts';

const ASKED = 'switchyard.privacy.asked';

export const LEVEL_WORDS: Readonly<Record<Level, { name: string; icon: string; meaning: string }>> = {
  private: { name: 'Private-only', icon: 'lock', meaning: 'Only models on this machine. Nothing leaves it.' },
  internal: {
    name: 'Internal',
    icon: 'shield',
    meaning: 'Models on this machine, and on the servers that you listed as your organisation’s.',
  },
  open: { name: 'Open', icon: 'unlock', meaning: 'Any model that you configured, also closed ones in the cloud.' },
};

export interface PrivacyParts {
  readonly levels: WorkspaceLevels;
  /** User storage, for which folders were asked about already. */
  readonly memory: vscode.Memento;
}

/** The commands that classify folders, and the one question about a folder that nobody has classified. */
export function registerPrivacyCommands({ levels, memory }: PrivacyParts): Disposable {
  return vscode.Disposable.from(
    registerCommand('switchyard.setLevel', () => chooseLevel(levels)),
    registerCommand('switchyard.markPrivate', () => mark(levels, 'private')),
    registerCommand('switchyard.markInternal', () => mark(levels, 'internal')),
    registerCommand('switchyard.markOpen', () => mark(levels, 'open')),
    registerCommand('switchyard.whyLevel', () => showWhy(levels)),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void askOnce(levels, memory)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void askOnce(levels, memory)),
  );
}

/** Asks about the folders that nobody has classified, once each; they stay private until there is an answer. */
export async function askOnce(levels: WorkspaceLevels, memory: vscode.Memento): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  const asked = memory.get<readonly string[]>(ASKED, []);
  const fresh = levels.folders
    .map(({ folder }) => folder)
    .filter(({ uri }) => levels.marks.of(uri) === undefined && !asked.includes(uri.toString()));
  if (fresh.length === 0) return;
  await memory.update(ASKED, [...asked, ...fresh.map(({ uri }) => uri.toString())]);
  const names = fresh.map(({ name }) => `“${name}”`).join(', ');
  const answer = await vscode.window.showInformationMessage(
    `How private is ${names}? Until you answer, only models on this machine can be used.`,
    ...LEVELS.map((level) => LEVEL_WORDS[level].name),
  );
  const level = LEVELS.find((candidate) => LEVEL_WORDS[candidate].name === answer);
  if (level) await setMarks(levels, fresh, level);
}

async function chooseLevel(levels: WorkspaceLevels): Promise<void> {
  const now = levels.window().level;
  const picked = await vscode.window.showQuickPick(
    LEVELS.map((level) => ({
      label: `$(${LEVEL_WORDS[level].icon}) ${LEVEL_WORDS[level].name}`,
      description: level === now ? 'now' : '',
      detail: LEVEL_WORDS[level].meaning,
      level,
    })),
    { title: 'Privacy Level of This Workspace', placeHolder: 'How far may the text of this workspace travel?' },
  );
  if (picked) await mark(levels, picked.level);
}

async function mark(levels: WorkspaceLevels, level: Level): Promise<void> {
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
      label: folder.name,
      description: LEVEL_WORDS[verdict.level].name,
      picked: true,
      folder,
    })),
    { title: 'Which Folders?', canPickMany: true },
  );
  return picked?.map(({ folder }) => folder);
}

/** Tightening happens at once; loosening asks first and says what will change. */
async function setMarks(
  levels: WorkspaceLevels,
  folders: readonly vscode.WorkspaceFolder[],
  level: Level,
): Promise<void> {
  if (folders.length === 0) return;
  if (level !== 'private' && folders.some(({ uri }) => loosens(levels.marks.of(uri), level))) {
    const names = folders.map(({ name }) => `“${name}”`).join(', ');
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
    const why = 'Show Why';
    const answer = await vscode.window.showInformationMessage(
      `The workspace stays ${LEVEL_WORDS[verdict.level].name.toLowerCase()}: ${verdict.reasons[0] ? sentence(verdict.reasons[0]) : ''}`,
      why,
    );
    if (answer === why) await showWhy(levels);
  }
}

const CONSEQUENCE: Readonly<Record<Exclude<Level, 'private'>, string>> = {
  internal:
    'Code and questions may then be sent to the servers under “switchyard.networkHosts”. Closed APIs in the cloud stay out of reach. Chats that carry private text keep it private.',
  open: 'Code and questions may then be sent to any model that you choose, also to closed APIs in the cloud. Nothing is sent before you choose such a model. Chats that carry private text keep it private.',
};

function loosens(before: Level | 'unreadable' | undefined, after: Level): boolean {
  const from = before === undefined || before === 'unreadable' ? 'private' : before;
  return LEVELS.indexOf(after) > LEVELS.indexOf(from);
}

async function showWhy(levels: WorkspaceLevels): Promise<void> {
  const verdict: Verdict = levels.window();
  const change = { label: '$(edit) Change the level…', command: 'switchyard.setLevel' satisfies CommandId };
  const picked = await vscode.window.showQuickPick(
    [
      ...verdict.reasons.map((reason) => ({
        label: `$(${LEVEL_WORDS[reason.level].icon}) ${LEVEL_WORDS[reason.level].name}`,
        description: reason.of ?? 'this window',
        detail: sentence(reason),
        command: CHANGE_AT[reason.source],
      })),
      change,
    ],
    {
      title: `This Workspace Is ${LEVEL_WORDS[verdict.level].name}`,
      placeHolder: 'The strictest source decides. Choose one to change it.',
      matchOnDetail: true,
    },
  );
  if (picked) await vscode.commands.executeCommand(picked.command);
}

/** Where the user can change what a source says. */
const CHANGE_AT: Readonly<Record<Reason['source'], string>> = {
  mark: 'switchyard.setLevel',
  ancestorMark: 'switchyard.setLevel',
  unclassified: 'switchyard.setLevel',
  repository: 'workbench.action.openWorkspaceSettingsFile',
  untrusted: 'workbench.trust.manage',
  noFolder: 'workbench.action.files.openFolder',
  taint: 'switchyard.newChat',
  unreadable: 'switchyard.setLevel',
};

/** One reason as a sentence for people. */
export function sentence({ source, of }: Reason): string {
  const name = of ? `“${of}”` : 'this window';
  switch (source) {
    case 'mark':
      return `You marked ${name} so.`;
    case 'ancestorMark':
      return `You marked a folder that contains ${name} so.`;
    case 'unclassified':
      return `Nobody has said yet how private ${name} is.`;
    case 'repository':
      return `The settings inside ${name} ask for it.`;
    case 'untrusted':
      return 'The workspace is not trusted.';
    case 'noFolder':
      return 'The window has no folder.';
    case 'taint':
      return `The text came from ${name}.`;
    case 'unreadable':
      return `What should be known of ${name} cannot be read.`;
  }
}
