import type { Model } from '../model.ts';
import type { Sources } from '../routing/road.ts';
import type { Indentation } from './postprocess.ts';
import type { Cursor, TextAccess } from './text.ts';

/** A document at the moment of a request. Read at once and not kept: the text may change afterwards. */
export interface Snapshot {
  readonly uri: string;
  /** Name for people and for prompts, without folders above the workspace. */
  readonly fileName: string;
  readonly languageId: string;
  readonly text: TextAccess;
  readonly cursor: Cursor;
  readonly indentation: Indentation;
  readonly eol: '\n' | '\r\n';
  /** Whose text it is. */
  readonly sources: Sources;
}

export interface SuggestOptions {
  /** `explicit`: the user asked for it, here and now. */
  readonly trigger: 'automatic' | 'explicit';
  /**
   * Milliseconds from the last change to a request; nothing that is known already waits. `automatic`: none for models on
   * this machine and in the network, and as long as it takes to see whether typing pauses for all others.
   */
  readonly delayMs: number | 'automatic';
  readonly maxTokens: number;
  /** Largest prompt. */
  readonly contextTokens: number;
  /** 0, the default, is greedy. */
  readonly temperature?: number;
  /** Whether the text may take the place of closers right of the cursor. */
  readonly canReplace?: boolean;
}

export interface Suggestion {
  /** For the cursor, with the document's line ends. */
  readonly text: string;
  /** UTF-16 units right of the cursor that the text takes the place of. */
  readonly replaces: number;
  readonly model: Model;
  /** `reuse`: no request was needed. */
  readonly from: 'model' | 'reuse';
}
