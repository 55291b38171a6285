import type { Event } from '../event.ts';
import type { Verdict } from './level.ts';
import type { Ask } from './policy.ts';

/** The levels of the window as they are now. Implemented over the editor's folders, marks and settings. */
export interface Levels {
  /** Strictest of everything that the sources name; what cannot be found counts as private. */
  of(sources: Ask['sources']): Verdict;
  /** The strictest level of the window's folders. */
  window(): Verdict;
  /** Whose text a document is. Takes a URI as text. */
  sourcesOf(uri: string): Ask['sources'];
  /** Fires after a level may have changed. */
  readonly onDidChange: Event<void>;
}
