import * as vscode from 'vscode';

/**
 * Path of the `ollama` program: the first on the PATH, else in the places where its installers put it. Relative parts of
 * the PATH and those inside the workspace are left out: a repository must not be able to say which program is started.
 */
export async function findOllama(): Promise<string | undefined> {
  const windows = process.platform === 'win32';
  const name = windows ? 'ollama.exe' : 'ollama';
  const onPath = (process.env['PATH'] ?? '').split(windows ? ';' : ':');
  for (const folder of [...onPath, ...usualFolders()]) {
    if (!isAbsolute(folder)) continue;
    const uri = vscode.Uri.joinPath(vscode.Uri.file(folder), name);
    if (vscode.workspace.getWorkspaceFolder(uri)) continue;
    if (await isFile(uri)) return uri.fsPath;
  }
  return undefined;
}

function usualFolders(): readonly string[] {
  const home = process.env['HOME'] ?? '';
  if (process.platform === 'win32') return [`${process.env['LOCALAPPDATA'] ?? ''}\\Programs\\Ollama`];
  if (process.platform === 'darwin') {
    return ['/usr/local/bin', '/opt/homebrew/bin', '/Applications/Ollama.app/Contents/Resources'];
  }
  return ['/usr/local/bin', '/usr/bin', '/snap/bin', '/opt/ollama/bin', ...(home ? [`${home}/.local/bin`] : [])];
}

function isAbsolute(folder: string): boolean {
  return process.platform === 'win32' ? /^[A-Za-z]:[\\/]/u.test(folder) : folder.startsWith('/');
}

async function isFile(uri: vscode.Uri): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(uri)).type & vscode.FileType.File) !== 0;
  } catch {
    return false;
  }
}
