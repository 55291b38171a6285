import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';

/** Puts code of an answer where the user worked last. Each returns what went wrong, for people, or nothing. */
export interface ChatEdits extends Disposable {
  /** The editor that the user worked in last, if it is still there. */
  editor(): vscode.TextEditor | undefined;
  insert(code: string): Promise<string | undefined>;
  replace(code: string): Promise<string | undefined>;
  newFile(code: string, language: string): Promise<string | undefined>;
}

const NO_EDITOR = 'There is no open editor to put the code into. Open a file and place the cursor first.';
const NOT_TAKEN = 'The editor did not take the change. The file may be read-only.';

/** `given` is told of every document that gets code, before it does where it is there already. */
export function createChatEdits(given: (uri: vscode.Uri) => void = () => undefined): ChatEdits {
  let last: vscode.TextEditor | undefined;
  const remember = (editor: vscode.TextEditor | undefined) => {
    // Panels such as the output are text editors too.
    if (editor && !['output', 'comment', 'debug'].includes(editor.document.uri.scheme)) last = editor;
  };
  remember(vscode.window.activeTextEditor);
  const subscription = vscode.window.onDidChangeActiveTextEditor(remember);
  const current = () => {
    const { visibleTextEditors } = vscode.window;
    return (
      visibleTextEditors.find((editor) => editor === last) ??
      visibleTextEditors.find((editor) => editor.document === last?.document)
    );
  };
  const put = async (editor: vscode.TextEditor, where: vscode.Range, code: string) => {
    given(editor.document.uri);
    const taken = await editor.edit((edit) => edit.replace(where, code));
    if (!taken) return NOT_TAKEN;
    const end = endOf(where.start, code);
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(new vscode.Range(where.start, end), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    // So that typing goes on there. A cell of a notebook would open as a file of its own.
    const { document, viewColumn } = editor;
    if (viewColumn !== undefined && document.uri.scheme !== 'vscode-notebook-cell') {
      await vscode.window.showTextDocument(document, { viewColumn });
    }
    return undefined;
  };
  return {
    editor: current,
    async insert(code) {
      const editor = current();
      if (!editor) return NO_EDITOR;
      const { active } = editor.selection;
      return put(editor, new vscode.Range(active, active), code.replace(/\n$/u, ''));
    },
    async replace(code) {
      const editor = current();
      if (!editor) return NO_EDITOR;
      if (editor.selection.isEmpty) return 'Nothing is selected. Select what to replace, or use Insert at Cursor.';
      const trailing = editor.document.getText(editor.selection).endsWith('\n');
      return put(editor, editor.selection, `${code.replace(/\n$/u, '')}${trailing ? '\n' : ''}`);
    },
    async newFile(code, language) {
      const known = await vscode.languages.getLanguages();
      const id = [language, LANGUAGE_IDS[language.toLowerCase()]].find((name) => name && known.includes(name));
      const document = await vscode.workspace.openTextDocument({ content: code, ...(id && { language: id }) });
      given(document.uri);
      await vscode.window.showTextDocument(document);
      return undefined;
    },
    dispose() {
      subscription.dispose();
    },
  };
}

/** Where a text ends that was put at a position, whatever line ends the document has. */
function endOf(start: vscode.Position, text: string): vscode.Position {
  const lines = text.split(/\r?\n/u);
  const last = lines.at(-1) ?? '';
  return start
    .translate(lines.length - 1)
    .with({ character: last.length + (lines.length === 1 ? start.character : 0) });
}

/** The editor's identifiers for names that models use on code blocks. */
const LANGUAGE_IDS: Readonly<Record<string, string>> = {
  ts: 'typescript',
  tsx: 'typescriptreact',
  js: 'javascript',
  jsx: 'javascriptreact',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  kt: 'kotlin',
  golang: 'go',
  'c++': 'cpp',
  'c#': 'csharp',
  cs: 'csharp',
  sh: 'shellscript',
  bash: 'shellscript',
  shell: 'shellscript',
  console: 'shellscript',
  zsh: 'shellscript',
  ps1: 'powershell',
  yml: 'yaml',
  md: 'markdown',
  docker: 'dockerfile',
  make: 'makefile',
  toml: 'toml',
};
