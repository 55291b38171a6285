import * as vscode from 'vscode';
import { type Occasion, isMidWord } from '../core/completion/gate.ts';
import type { Snapshot, SuggestOptions } from '../core/completion/snapshot.ts';
import type { Model } from '../core/model.ts';
import type { Levels } from '../core/privacy/levels.ts';
import { indentationOf, notebookOf, surroundingsOf, withSelected } from './documents.ts';
import type { Settings } from './settings.ts';

/** What the engine is asked. */
export interface Wish {
  readonly snapshot: Snapshot;
  readonly options: SuggestOptions;
}

export interface WishParts {
  readonly document: vscode.TextDocument;
  readonly position: vscode.Position;
  readonly occasion: Occasion;
  readonly model: Model;
  readonly values: Settings;
  readonly levels: Pick<Levels, 'sourcesOf'>;
  /** The entry of the suggest widget that counts as accepted. */
  readonly selected?: vscode.SelectedCompletionInfo | undefined;
  /** Milliseconds since the last change of the document. */
  readonly sinceKey: number;
}

/** `undefined` where completions have no place: several cursors, a selection, the middle of a word, read-only files. */
export function wishAt(parts: WishParts): Wish | undefined {
  const { document, position, occasion, values, levels, selected, sinceKey } = parts;
  const notebook = notebookOf(document);
  const owner = notebook?.uri ?? document.uri;
  if (vscode.workspace.fs.isWritableFileSystem(owner.scheme) === false) return undefined;
  const editor = vscode.window.activeTextEditor;
  const selections = editor?.document === document ? editor.selections : [];
  if (selections.length > 1) return undefined;
  const real = surroundingsOf(document, position, notebook);
  const around = selected ? withSelected(real, selected) : real;
  if (!around) return undefined;
  const lineAfter = around.text.line(around.cursor.line).slice(around.cursor.character);
  if (occasion === 'typing' && (isMidWord(lineAfter) || selections.some((s) => !s.isEmpty))) return undefined;
  const explicit = occasion !== 'typing';
  const delay = values['switchyard.completion.delay'];
  return {
    snapshot: {
      ...around,
      uri: document.uri.toString(),
      fileName: vscode.workspace.asRelativePath(owner, false),
      languageId: document.languageId,
      indentation: indentationOf(document),
      eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
      sources: levels.sourcesOf(owner.toString()),
    },
    options: {
      trigger: explicit ? 'explicit' : 'automatic',
      // The editor has waited a little before it asked; the setting counts from the last key.
      delayMs: explicit ? 0 : delay === null ? 'automatic' : Math.max(0, delay - sinceKey),
      maxTokens: values['switchyard.completion.maxTokens'],
      contextTokens: values['switchyard.completion.contextTokens'],
      // With the suggest widget open, the range is the widget's.
      canReplace: selected === undefined,
    },
  };
}
