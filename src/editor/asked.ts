import { existsSync } from 'node:fs';
import { folderHash } from '../core/privacy/markFile.ts';
import { replaceFile } from './markFiles.ts';

/** Which folders of this machine the user was asked about. */
export interface Asked {
  has(folder: string): boolean;
  /** Where it cannot be kept, it holds until the window closes. */
  add(folder: string): Promise<void>;
}

/** `dir`: a path on this machine. One empty file for each folder, so that windows do not lose each other's. */
export function createAsked(dir: string): Asked {
  const here = new Set<string>();
  return {
    has: (folder) => here.has(folder) || existsSync(`${dir}/${folderHash(folder)}`),
    async add(folder) {
      here.add(folder);
      try {
        await replaceFile(dir, folderHash(folder), '');
      } catch {
        // Asked once more another time.
      }
    },
  };
}
