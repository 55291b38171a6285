import type { Send } from '../../../src/core/completion/run.ts';
import type { Indentation } from '../../../src/core/completion/postprocess.ts';
import type { Cursor, TextAccess } from '../../../src/core/completion/text.ts';
import type { Clock } from '../../../src/core/event.ts';
import type { Model } from '../../../src/core/model.ts';

/** The document as the editor has it at this moment; `text` changes with the document. */
export interface EditorState {
  readonly uri: string;
  readonly fileName: string;
  readonly languageId: string;
  readonly text: TextAccess;
  readonly cursor: Cursor;
  readonly indentation: Indentation;
}

/** What is shown at the cursor. */
export interface Item {
  readonly text: string;
  /** UTF-16 units right of the cursor that the text takes the place of. */
  readonly replaces: number;
}

/** An extension that completes, as VS Code sees it. All but `provide` are told synchronously when the event happens. */
export interface Subject {
  /** The document changed, and the cursor is behind the change. */
  changed?(state: EditorState): void;
  /** The cursor went somewhere else, without a change. */
  moved?(state: EditorState): void;
  /** The editor asks, 50 ms after a change that no other followed. */
  provide(state: EditorState, signal: AbortSignal): Promise<Item | undefined>;
  /** An item of `provide` is on the screen. The same object is told again when its end comes, however much was typed of it. */
  shown?(item: Item): void;
  /** The user took all of it, or its beginning up to there, what he had typed of it included. The change is told first. */
  accepted?(item: Item, how: 'whole' | { readonly characters: number }): void;
  rejected?(item: Item): void;
  dispose(): void;
}

export interface World {
  readonly send: Send;
  readonly clock: Clock;
  readonly model: Model;
  /** Other files of the project, open in tabs. */
  readonly tabs: readonly { readonly path: string; readonly text: string }[];
  /** Makes the editor ask anew at once, for what the cursor is at now (`editor.action.inlineSuggest.trigger`). */
  askAgain(): void;
}

export interface SubjectKind {
  readonly name: string;
  readonly create: (world: World) => Subject;
}
