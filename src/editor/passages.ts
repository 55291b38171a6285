import type * as vscode from 'vscode';
import type { Taint } from '../core/chat/taint.ts';
import type { Passages } from '../core/privacy/passages.ts';
import type { PassageMemory } from './passageMemory.ts';

/** The memory of private passages, loaded with its first use. `load` is asked again after it failed. */
export function createPassages(
  load: () => Promise<PassageMemory>,
  log: Pick<vscode.LogOutputChannel, 'error'>,
): Passages {
  return {
    async remember(texts, documents) {
      try {
        await (await load()).remember(texts, documents);
      } catch (error) {
        log.error(`Private passages could not be remembered: ${String(error)}`);
      }
    },
    async recall(texts, documents) {
      try {
        return await (await load()).recall(texts, documents);
      } catch (error) {
        log.error(
          `The memory of private passages cannot be read, so every text counts as private until “Switchyard: Release Remembered Passages…” begins anew: ${String(error)}`,
        );
        return UNREADABLE;
      }
    },
    release: async (folders, texts) => (await load()).release(folders, texts),
  };
}

const UNREADABLE: readonly Taint[] = [{ level: 'private' }];
