import * as vscode from 'vscode';
import { plain } from '../core/plainText.ts';
import { type FolderSource, type Reason, type Verdict, silentSources } from '../core/privacy/level.ts';
import { LEVEL_WORDS, SILENT_WORDS, chainAsText, sentence, sourceTitle } from '../core/privacy/words.ts';
import type { SettingId } from '../manifest.ts';
import { shown } from './folderNames.ts';
import type { WorkspaceLevels } from './workspaceLevels.ts';

type Folder = Pick<vscode.WorkspaceFolder, 'name' | 'uri'>;

interface Row extends vscode.QuickPickItem {
  /** Goes to where it can be changed. */
  readonly go?: () => unknown;
}

/**
 * The chain of reasons for each folder, each with where to change it, then the sources that said nothing.
 * `changeMark` asks for the level of a folder that is not one of the window's.
 */
export async function showWhy(levels: WorkspaceLevels, changeMark: (folder: Folder) => Promise<void>): Promise<void> {
  const verdict = levels.window();
  const folders = levels.folders;
  const text = () =>
    chainAsText(
      verdict.level,
      folders.map((each) => ({ name: each.folder.name, ...each.verdict })),
    );
  const copy = async () => {
    await vscode.env.clipboard.writeText(text());
    vscode.window.setStatusBarMessage('Copied.', 3_000);
  };
  const rows: Row[] = [
    ...folders.flatMap((each) => folderRows(levels, each.folder, each.verdict, folders.length > 1, changeMark)),
    ...(folders.length === 0 ? verdict.reasons.map((reason) => reasonRow(reason, openFolder)) : []),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(edit) Change the level…', go: () => run('switchyard.setLevel') },
    { label: '$(copy) Copy as Text', go: copy },
  ];
  const picked = await vscode.window.showQuickPick(rows, {
    title: `This Workspace Is ${LEVEL_WORDS[verdict.level].name}`,
    placeHolder: 'The strictest source decides. Choose one to go where it can be changed.',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  await picked?.go?.();
}

function folderRows(
  levels: WorkspaceLevels,
  folder: vscode.WorkspaceFolder,
  { level, reasons }: Verdict,
  areSeveral: boolean,
  changeMark: (folder: Folder) => Promise<void>,
): Row[] {
  const title = areSeveral ? `${plain(folder.name)}: ${LEVEL_WORDS[level].name}` : LEVEL_WORDS[level].meaning;
  const silent = silentSources(reasons);
  const ancestor = ({ by }: Reason) =>
    levels.marks
      .around(folder.uri)
      .map((mark) => mark.by)
      .find((mark) => shown(mark) === by);
  const go = (reason: Reason) => {
    const source = reason.what ?? reason.source;
    if (source !== 'ancestorMark') return goTo(source, folder, reason);
    const uri = vscode.Uri.parse(ancestor(reason) ?? folder.uri.toString());
    return changeMark({ name: shown(uri.toString()), uri });
  };
  return [
    { label: title, kind: vscode.QuickPickItemKind.Separator },
    ...reasons.map((reason) => reasonRow(reason, () => go(reason))),
    ...(silent.length === 0
      ? []
      : [
          {
            label: areSeveral ? `${plain(folder.name)}: nothing to say` : 'Nothing to say',
            kind: vscode.QuickPickItemKind.Separator,
          },
          ...silent.map((source): Row => ({
            label: `$(dash) ${sourceTitle({ source })}`,
            detail: SILENT_WORDS[source],
            go: () => goTo(source, folder),
          })),
        ]),
  ];
}

function reasonRow(reason: Reason, go: () => unknown): Row {
  return {
    label: `$(${LEVEL_WORDS[reason.level].icon}) ${LEVEL_WORDS[reason.level].name}`,
    description: sourceTitle(reason),
    detail: sentence(reason),
    go,
  };
}

/** Where a source can be changed, or read where only an administrator can. */
async function goTo(source: FolderSource | Reason['source'], folder: Folder, reason?: Reason): Promise<unknown> {
  switch (source) {
    case 'mark':
    case 'ancestorMark':
    case 'unclassified':
    case 'unread':
    case 'unreadable':
      return run('switchyard.setLevel');
    case 'pattern':
      return openSetting('switchyard.privacy.patterns');
    case 'maximum':
      return openSetting('switchyard.privacy.maximumLevel');
    case 'repository':
      return openRepositorySettings(folder);
    case 'organisation':
      return openPolicy(reason?.by);
    case 'untrusted':
      return run('workbench.trust.manage');
    case 'noFolder':
      return openFolder();
    case 'taint':
      return run('switchyard.newChat');
  }
}

function run(command: string, ...args: readonly unknown[]): Thenable<unknown> {
  return vscode.commands.executeCommand(command, ...args);
}

function openFolder(): Thenable<unknown> {
  return run('workbench.action.files.openFolder');
}

function openSetting(id: SettingId): Thenable<unknown> {
  return run('workbench.action.openSettings', `@id:${id}`);
}

/** The folder's own settings where they say something, else those of the workspace. */
async function openRepositorySettings({ uri }: Folder): Promise<unknown> {
  const found = vscode.workspace.getConfiguration('switchyard', uri).inspect('privacy.level');
  const isOwn = found?.workspaceFolderValue !== undefined || vscode.workspace.workspaceFile === undefined;
  if (!isOwn) return run('workbench.action.openWorkspaceSettingsFile');
  const file = vscode.Uri.joinPath(uri, '.vscode', 'settings.json');
  try {
    await vscode.workspace.fs.stat(file);
    return await vscode.window.showTextDocument(file);
  } catch {
    return run('workbench.action.openWorkspaceSettings', 'switchyard.privacy.level');
  }
}

/** Only an administrator may change it, so it is opened for reading. */
export async function openPolicy(by: string | undefined): Promise<unknown> {
  const path = by?.replace(/^“.*” in /, '');
  if (path === undefined || !/[/\\]/.test(path)) {
    return vscode.window.showInformationMessage('No policy of an organisation was found on this machine.');
  }
  await vscode.window.showTextDocument(vscode.Uri.file(path));
  return run('workbench.action.files.setActiveEditorReadonlyInSession');
}
