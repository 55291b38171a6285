import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { OllamaPeer } from '../../peers/ollama.ts';
import type { Seen } from '../../peers/recorder.ts';
import { accept, closeAll, leadToPeer, leaveThePeer, openText, setUser, type, until } from './extension.ts';

const MODEL = 'qwen2.5-coder:1.5b';

describe('completions in the editor', function () {
  // An editor on a busy machine.
  this.timeout(60_000);
  let peer: OllamaPeer;
  /** Requests whose prompt holds `words`. The editor asks again for what follows an accepted completion. */
  const requests = (words: string) => peer.to('/api/generate').filter((request) => promptOf(request).includes(words));
  const promptOf = (request: Seen | undefined) => (hasPrompt(request) ? request.body.prompt : '');
  /** The cursor's line comes last in prompts of this model. */
  const endingWith = (words: string) => requests(words).filter((request) => promptOf(request).endsWith(words));
  const answer = (...tokens: string[]) => speak({ tokens });
  const speak = (how: object) => {
    peer.models = [{ name: MODEL, capabilities: ['completion', 'insert'], ...how }];
  };
  const run = (command: string) => vscode.commands.executeCommand(command);
  const trigger = () => run('editor.action.inlineSuggest.trigger');

  before(async () => {
    for (const kind of ['editor.quickSuggestions', 'editor.suggestOnTriggerCharacters']) await setUser(kind, false);
    await setUser('switchyard.completion.delay', 0);
    peer = await leadToPeer([{ name: MODEL, capabilities: ['completion', 'insert'] }]);
    await openText('const first =|');
    // The list of the models may still be on its way.
    await until('completions come', async () => {
      await type(' x');
      return until('a request', () => requests('const first').length > 0, 2000).catch(() => false);
    });
  });
  after(async () => {
    await closeAll();
    await leaveThePeer(peer);
    for (const id of ['editor.quickSuggestions', 'editor.suggestOnTriggerCharacters', 'switchyard.completion.delay']) {
      await setUser(id, undefined);
    }
  });

  it('shows ghost text while typing, with the template of the model, and accepts it', async () => {
    answer('add(', '1, 2', ');\n', 'more');
    const file = await openText('const v1 =|\nreturn v1;');
    await type(' ');
    await accept(file, 'const v1 = add(1, 2);\nreturn v1;');
    const prompt = promptOf(requests('v1')[0]);
    assert.match(prompt, /<\|fim_prefix\|>[^]*<\|fim_suffix\|>\nreturn v1;<\|fim_middle\|>const v1 = $/u);
  });

  it('replaces the bracket that the editor closed', async () => {
    answer('1, 2);\n');
    const file = await openText('const v2 = add|');
    await type('(');
    assert.equal(file.text(), 'const v2 = add()');
    await accept(file, 'const v2 = add(1, 2);');
  });

  it('accepts word by word, and types through, without asking again', async () => {
    answer('alpha beta gamma;\n');
    const file = await openText('const v3 =|');
    await type(' ');
    await until('a word', async () => {
      await run('editor.action.inlineSuggest.acceptNextWord');
      return file.text() !== 'const v3 = ';
    });
    const rest = 'const v3 = alpha beta gamma;'.slice(file.text().length);
    assert.ok(rest.length > 8, rest);
    for (const letter of rest.slice(0, 4)) await type(letter);
    await accept(file, 'const v3 = alpha beta gamma;');
    const asked = requests('const v3 =').filter((request) => !promptOf(request).includes('gamma;'));
    assert.equal(asked.length, 1);
  });

  it('goes on from the entry that is chosen in the suggest widget', async () => {
    answer('.run();\n');
    const entries = vscode.languages.registerCompletionItemProvider('typescript', {
      provideCompletionItems: () => [new vscode.CompletionItem('chosenEntry', vscode.CompletionItemKind.Function)],
    });
    const file = await openText('const v4 = chosen|');
    await run('editor.action.triggerSuggest');
    await until('a request that takes the entry for accepted', () => endingWith('const v4 = chosenEntry').length > 0);
    await run('acceptSelectedSuggestion');
    await until('the entry', () => file.text().startsWith('const v4 = chosenEntry'));
    await accept(file, 'const v4 = chosenEntry.run();');
    assert.equal(file.text(), 'const v4 = chosenEntry.run();');
    entries.dispose();
  });

  it('keeps the line ends of the document', async () => {
    answer('\n    b();', '\n\n    c();\n}\nfoo\n');
    const file = await openText('x();\nif (a) {|\ny();');
    await file.editor.edit((edit) => edit.setEndOfLine(vscode.EndOfLine.CRLF));
    await run('switchyard.completeHere');
    await accept(file, 'x();\r\nif (a) {\r\n    b();\r\n\r\n    c();\r\n}\r\ny();');
    assert.doesNotMatch(promptOf(requests('if (a)')[0]), /\r/u);
  });

  it('ends the request at the server when typing goes elsewhere', async () => {
    speak({ tokens: Array.from({ length: 400 }, () => 'alpha '), tokenMs: 50 });
    await openText('const v5 =|\n');
    await type(' ');
    const first = await until('a request', () => endingWith('const v5 = ')[0]);
    await type('x');
    assert.equal(await first.closed, true);
    const underWay = requests('const v5');
    speak({ tokens: ['never'], prefillMs: 60_000 });
    await run('cursorBottom');
    await Promise.all(underWay.map(({ closed }) => closed));
    await type('y =');
    const waiting = await until('a request', () => requests('y =')[0]);
    await run('deleteLeft');
    assert.equal(await waiting.closed, true);
  });

  it('leaves nothing running after a burst of a hundred keys', async () => {
    speak({ tokens: Array.from({ length: 400 }, (_, n) => `w${n} `), prefillMs: 30, tokenMs: 20 });
    await openText('// |');
    for (let key = 0; key < 100; key += 1) await type('abcdefg hij'.charAt(key % 11));
    await until('a request', () => requests('// abc').length > 0);
    await run('cursorTop');
    const aborted = await Promise.all(requests('// abc').map(({ closed }) => closed));
    assert.ok(aborted.length < 100, `${aborted.length} requests for 100 keys`);
    assert.ok(aborted.some(Boolean));
  });

  it('asks nothing for several cursors, nor in documents that nobody writes in', async () => {
    answer('x;\n');
    const { editor } = await openText('a = |\nb = ');
    editor.selections = [new vscode.Selection(0, 4, 0, 4), new vscode.Selection(1, 4, 1, 4)];
    await trigger();
    const scheme = 'switchyard-test-version';
    const version = vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: () => 'const old = ',
    });
    await vscode.window.showTextDocument(vscode.Uri.parse(`${scheme}:/old.ts`));
    await trigger();
    await run('workbench.action.output.toggleOutput');
    await trigger();
    version.dispose();
    const file = await openText('const v7 =|');
    await type(' ');
    await accept(file, 'const v7 = x;');
    assert.equal(endingWith('const v7 = ').length, 1);
    for (const words of ['a = ', 'b = ']) assert.equal(endingWith(`\n${words}`).length, 0, words);
    assert.equal(requests('const old').length, 0);
  });

  it('does not go on in vain where the editor shows no completions', async () => {
    answer('z;\n');
    await setUser('editor.inlineSuggest.enabled', false);
    await openText('const hidden = |');
    for (const key of 'abcdefghijklmnop') await type(key);
    await setUser('editor.inlineSuggest.enabled', undefined);
    await type('q');
    await until('a request', () => endingWith('hidden = abcdefghijklmnopq').length > 0);
    const asked = (typed: string) => endingWith(`hidden = ${typed}`).length;
    assert.deepEqual([asked('abcdefghijkl'), asked('abcdefghijklm'), asked('abcdefghijklmn')], [0, 0, 0]);
  });

  it('is turned off and on, for all and for a language; the command works all the same', async () => {
    answer('y;\n');
    for (const [toggle, name] of [
      ['switchyard.toggleCompletion', 'v8'],
      ['switchyard.toggleCompletionForLanguage', 'v9'],
    ] as const) {
      const file = await openText(`const ${name} = |`);
      await run(toggle);
      await trigger();
      assert.equal(requests(`const ${name}`).length, 0);
      await run('switchyard.completeHere');
      await accept(file, `const ${name} = y;`);
      await run(toggle);
      const again = await openText(`let ${name} =|`);
      await type(' ');
      await accept(again, `let ${name} = y;`);
    }
  });

  it('has in its prompt what is imported, but for a file that cannot be read; also when somebody typed first', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    const write = async (name: string, text: string) => {
      const uri = vscode.Uri.joinPath(folder, name);
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
      return uri;
    };
    const sound = await write('sound.ts', 'export const sound = (pitch: number): number => pitch * 2;\n');
    // The last name is looked up first.
    const text = "import { sound } from './sound';\nimport { missing } from './missing';\nconst heard =";
    const heard = await write('heard.ts', text);
    const finder = vscode.languages.registerDefinitionProvider('typescript', {
      provideDefinition: (document, at) => {
        const name = document.getText(document.getWordRangeAtPosition(at));
        return new vscode.Location(vscode.Uri.joinPath(folder, `${name}.ts`), new vscode.Position(0, 0));
      },
    });
    answer('sound(1);\n');
    // As if nothing were known yet: neither this nor what was in front before.
    await setUser('switchyard.completion.context', 'off');
    await vscode.window.showTextDocument(heard);
    await run('workbench.action.focusActiveEditorGroup');
    await run('cursorBottom');
    await type(' ');
    await until('a request', () => endingWith('const heard = ')[0]);
    await setUser('switchyard.completion.context', undefined);
    // Each pause gives the definitions time to be looked up.
    await until('a prompt with the definition', async () => {
      await type('x');
      const has = () => requests('const heard = x').some((request) => promptOf(request).includes('(pitch: number)'));
      return until('it', has, 2500).catch(() => false);
    });
    finder.dispose();
    await run('workbench.action.revertAndCloseActiveEditor');
    for (const file of [sound, heard]) await vscode.workspace.fs.delete(file);
  });

  it('completes in a cell of a notebook, with the cells above', async () => {
    answer('total(numbers)\n');
    const cells = ['numbers = [1, 2]', 'sum ='].map(
      (code) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, 'python'),
    );
    const data = new vscode.NotebookData(cells);
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
    const shown = await vscode.window.showNotebookDocument(notebook);
    shown.selection = new vscode.NotebookRange(1, 2);
    const cell = notebook.cellAt(1).document;
    await until('the cell is edited', async () => {
      await run('notebook.cell.edit');
      return vscode.window.activeTextEditor?.document === cell;
    });
    await run('cursorBottom');
    await type(' ');
    await accept({ document: cell, editor: editorInFront(), text: () => cell.getText() }, 'sum = total(numbers)');
    assert.match(promptOf(requests('sum = ')[0]), /numbers = \[1, 2\]/u);
  });

  it('sends what was in front before, unless that is turned off', async () => {
    answer('v11;\n');
    await openText('export interface CartItem {\n  readonly price: number;\n  readonly count: number;\n}|\n');
    await openText('const other = 1;|');
    await new Promise((resolve) => void setTimeout(resolve, 2500));
    const file = await openText('const v11 =|');
    await type(' ');
    await accept(file, 'const v11 = v11;');
    assert.match(promptOf(endingWith('const v11 = ')[0]), /<\|file_sep\|>[^]*readonly price[^]*<\|fim_prefix\|>/u);
    await setUser('switchyard.completion.context', 'off');
    const again = await openText('const v12 =|');
    await type(' ');
    await accept(again, 'const v12 = v11;');
    await setUser('switchyard.completion.context', undefined);
    assert.doesNotMatch(promptOf(endingWith('const v12 = ')[0]), /readonly price/u);
  });

  it('is quick in a file of 50,000 lines, and sends only its surroundings', async () => {
    answer('z;\n');
    const lines = Array.from({ length: 50_000 }, (_, n) => `const value${n} = compute(${n});`);
    lines[25_000] = 'const v10 =|';
    const { editor, text } = await openText(lines.join('\n'), 'plaintext');
    const started = Date.now();
    await type(' ');
    await until('ghost text is accepted', async () => {
      await run('editor.action.inlineSuggest.commit');
      return editor.document.lineAt(25_000).text === 'const v10 = z;';
    });
    assert.ok(Date.now() - started < 30_000);
    assert.ok(promptOf(requests('const v10')[0]).length < 20_000);
    assert.equal(text().split('\n').length, 50_000);
  });
});

function hasPrompt(request: Seen | undefined): request is Seen & { readonly body: { readonly prompt: string } } {
  const body = request?.body;
  return typeof body === 'object' && body !== null && 'prompt' in body && body.prompt !== '';
}

function editorInFront(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  assert.ok(editor);
  return editor;
}
