import * as vscode from 'vscode';

/** The text of a message; what is no text is left out. */
export function textOf(parts: readonly unknown[]): string {
  return parts.flatMap((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : [])).join('');
}
