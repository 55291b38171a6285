import * as vscode from 'vscode';
import type { Files } from '../core/chat/store.ts';
import type { Clock } from '../core/event.ts';
import { isMissing } from '../core/fileProblem.ts';

/** The files of a folder by the editor's file system, which is also there for folders that are not on a disk. */
export function chatFiles(dir: vscode.Uri, clock: Pick<Clock, 'now'>): Files {
  const { fs } = vscode.workspace;
  const at = (name: string) => vscode.Uri.joinPath(dir, name);
  const remove = async (name: string) =>
    fs.delete(at(name)).then(undefined, (error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  return {
    async names() {
      try {
        return (await fs.readDirectory(dir)).map(([name]) => name);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    read: async (name) => new TextDecoder().decode(await fs.readFile(at(name))),
    async write(name, text) {
      await fs.createDirectory(dir);
      try {
        // The editor would delete a folder in the file's place, with all that is in it.
        if (await isFolder(at(name))) throw vscode.FileSystemError.FileIsADirectory(at(name));
        await fs.writeFile(at(`${name}.tmp`), new TextEncoder().encode(text));
        await fs.rename(at(`${name}.tmp`), at(name), { overwrite: true });
      } catch (error) {
        await fs.delete(at(`${name}.tmp`)).then(undefined, () => undefined);
        throw error;
      }
    },
    async remove(name) {
      // An editor that ended in the midst of a write left this.
      await remove(`${name}.tmp`);
      await remove(name);
    },
    async setAside(name) {
      await fs.createDirectory(at('unreadable'));
      await fs.rename(at(name), at(`unreadable/${clock.now()}-${name}`), { overwrite: false });
    },
  };
}

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  try {
    const { type } = await vscode.workspace.fs.stat(uri);
    return (type & vscode.FileType.Directory) !== 0;
  } catch {
    return false;
  }
}
