import type { Taint } from '../chat/taint.ts';
import type { Origins, Owned } from './remembered.ts';

/** The memory of private passages of all windows: see `Remembered`. It is read from the disk with its first use. */
export interface Passages {
  /** Resolves when it is on the disk, for other windows to see and for later. Never rejects. */
  remember(texts: readonly Owned[], documents: readonly Owned[]): Promise<void>;
  /** Everything that was to be remembered before counts. A memory that cannot be read makes every text private. */
  recall(texts: readonly string[], documents: readonly Owned[]): Promise<readonly Taint[]>;
  /**
   * Forgets that texts came from the folders and places: these texts alone where some are given, else all. Tells whether
   * any did.
   */
  release(origins: Origins, texts?: readonly string[]): Promise<boolean>;
}
