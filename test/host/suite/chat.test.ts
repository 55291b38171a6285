import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type Unread, createChatStore } from '../../../src/core/chat/store.ts';
import { addAnswer, addQuestion, startThread } from '../../../src/core/chat/thread.ts';
import type { Clock } from '../../../src/core/event.ts';
import { createChatEdits } from '../../../src/editor/chatEdits.ts';
import { passageHere } from '../../../src/editor/chatPassage.ts';
import { chatFiles } from '../../../src/editor/chatStore.ts';
import { until } from './extension.ts';

const clock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};
const threadOf = (id: string, text: string) =>
  addQuestion(startThread(id, 1), { role: 'user', id: 'q', intent: 'ask', text, passages: [] }, Date.now());

describe('the store of chats', () => {
  let dir: string;
  let told: Unread[];
  let failures: string[];
  const open = () =>
    createChatStore({
      files: chatFiles(vscode.Uri.file(dir), clock),
      clock,
      log: { warn: () => undefined, error: () => undefined },
      unread: (unread) => told.push(unread),
      failed: (name, why) => failures.push(`${name}: ${why}`),
      mended: () => failures.push('mended'),
    });
  const idsOf = async (store: ReturnType<typeof open>) => (await store.list()).threads.map(({ id }) => id);
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'switchyard-chats-'));
    told = [];
    failures = [];
  });
  afterEach(async () => rm(dir, { recursive: true, force: true }));

  it('writes the last state of a thread, whole, and reads it after a restart', async () => {
    const store = open();
    for (let n = 0; n < 50; n += 1) store.save(threadOf('a', `version ${n}`));
    await store.flush();
    assert.deepEqual(await readdir(dir), ['a.json']);
    assert.equal((await open().read('a'))?.messages[0]?.text, 'version 49');
  });

  it('gives back a streaming answer as stopped, with its text so far', async () => {
    const store = open();
    const state = { kind: 'streaming' } as const;
    store.save(addAnswer(threadOf('a', 'q'), { role: 'assistant', id: 'x', text: 'half', thinking: '', state }, 2));
    await store.flush();
    const answer = (await open().read('a'))?.messages[1];
    assert.ok(answer?.role === 'assistant');
    assert.deepEqual([answer.text, answer.state.kind], ['half', 'stopped']);
  });

  it('keeps what it cannot read aside, and goes on', async () => {
    await writeFile(join(dir, 'broken.json'), '{"version":1,');
    await writeFile(join(dir, 'newer.json'), '{"version":99,"id":"newer"}');
    await mkdir(join(dir, 'folder.json'));
    const store = open();
    store.save(threadOf('good', 'fine'));
    assert.deepEqual(await idsOf(store), ['good']);
    const [broken = '', ...others] = await readdir(join(dir, 'unreadable'));
    assert.deepEqual([broken.endsWith('-broken.json'), others], [true, []]);
    assert.equal(await readFile(join(dir, 'unreadable', broken), 'utf8'), '{"version":1,');
    assert.deepEqual(
      told.map(({ names, why, where }) => [names, why, where]),
      [
        [['folder.json'], 'a folder stands in its place', 'left'],
        [['broken.json'], 'not JSON', 'aside'],
      ],
    );
    // A newer version can still read its own.
    assert.equal(await readFile(join(dir, 'newer.json'), 'utf8'), '{"version":99,"id":"newer"}');
    assert.deepEqual([(await store.list()).newer, told.length], [1, 2]);
  });

  it('lists the newest first, and deletes', async () => {
    const store = open();
    store.save({ ...threadOf('old', 'x'), updatedAt: 1 });
    store.save({ ...threadOf('new', 'y'), updatedAt: 2 });
    await store.flush();
    assert.deepEqual(await idsOf(store), ['new', 'old']);
    await store.remove('old');
    await store.remove('one that never was');
    store.save({ ...threadOf('old', 'late'), updatedAt: 3 });
    await store.flush();
    assert.deepEqual([await idsOf(store), await readdir(dir)], [['new'], ['new.json']]);
  });

  it('keeps the draft and the open thread', async () => {
    const store = open();
    store.saveLeft({ threadId: 'a', draft: 'half a thou' });
    await store.flush();
    assert.deepEqual(await open().readLeft(), { threadId: 'a', draft: 'half a thou' });
    await writeFile(join(dir, 'left.json'), '[');
    assert.deepEqual(await open().readLeft(), { draft: '' });
    assert.deepEqual(await idsOf(open()), []);
  });

  it('says so when it cannot write, and writes what waited by itself when it can', async () => {
    await rm(dir, { recursive: true });
    await writeFile(dir, 'a file where the folder should be');
    const store = open();
    store.save(threadOf('a', 'x'));
    await store.flush();
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? '', /^a\.json: something else stands in its place/u);
    assert.deepEqual([await idsOf(store), await open().read('b')], [['a'], undefined]);
    await rm(dir);
    await until('it is tried again', () => failures.includes('mended'));
    assert.deepEqual(await readdir(dir), ['a.json']);
    store.dispose();
  });

  it('writes the others where one cannot be written, and leaves no half file', async () => {
    await mkdir(join(dir, 'a.json', 'something'), { recursive: true });
    const store = open();
    store.save(threadOf('a', 'x'));
    store.save(threadOf('b', 'y'));
    await store.flush();
    store.dispose();
    assert.deepEqual(failures, ['a.json: a folder stands in its place']);
    assert.deepEqual((await readdir(dir)).toSorted(), ['a.json', 'b.json']);
    assert.deepEqual(await readdir(join(dir, 'a.json')), ['something']);
  });
});

describe('code of an answer', () => {
  const show = async (content: string) =>
    vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'plaintext', content }));
  afterEach(async () => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('goes to the cursor, and one undo takes it back', async () => {
    const editor = await show('one\ntwo\n');
    editor.selection = new vscode.Selection(1, 0, 1, 0);
    const edits = createChatEdits();
    assert.equal(await edits.insert('a\nb\n'), undefined);
    assert.equal(editor.document.getText().replaceAll('\r', ''), 'one\na\nbtwo\n');
    assert.deepEqual([editor.selection.active.line, editor.selection.active.character], [2, 1]);
    await vscode.commands.executeCommand('undo');
    assert.equal(editor.document.getText().replaceAll('\r', ''), 'one\ntwo\n');
    edits.dispose();
  });

  it('replaces the selection, and nothing when there is none', async () => {
    const editor = await show('one\ntwo\nthree');
    const edits = createChatEdits();
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    assert.match((await edits.replace('x')) ?? '', /Nothing is selected/u);
    editor.selection = new vscode.Selection(1, 0, 2, 0);
    assert.equal(await edits.replace('2\n'), undefined);
    assert.equal(editor.document.getText().replaceAll('\r', ''), 'one\n2\nthree');
    edits.dispose();
  });

  it('opens as a new file in its language, also under the names that models use', async () => {
    const edits = createChatEdits();
    await edits.newFile('print(1)', 'py');
    assert.equal(vscode.window.activeTextEditor?.document.languageId, 'python');
    await edits.newFile('x', 'a language of nobody');
    assert.equal(vscode.window.activeTextEditor?.document.getText(), 'x');
    edits.dispose();
  });

  it('has nowhere to go without an editor, and says so', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const edits = createChatEdits();
    assert.match((await edits.insert('x')) ?? '', /no open editor/u);
    edits.dispose();
  });
});

describe('what a question is about', () => {
  const levels = {
    of: () => ({ level: 'private', reasons: [] }) as const,
    window: () => ({ level: 'private', reasons: [] }) as const,
    sourcesOf: () => [{ kind: 'window' }] as const,
    onDidChange: () => ({ dispose: () => undefined }),
  };
  const lines = Array.from({ length: 300 }, (_, n) => `line ${n}`);

  it('is the selection, else the lines around the cursor', async () => {
    const editor = await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ language: 'plaintext', content: lines.join('\n') }),
    );
    editor.selection = new vscode.Selection(3, 0, 5, 6);
    const chosen = (await passageHere(editor, levels, clock))?.passage;
    assert.equal(chosen?.text.replaceAll('\r', ''), 'line 3\nline 4\nline 5');
    assert.deepEqual(chosen?.lines, [3, 5]);
    assert.deepEqual(chosen?.taint, [{ level: 'private' }]);
    editor.selection = new vscode.Selection(150, 2, 150, 2);
    assert.deepEqual((await passageHere(editor, levels, clock))?.passage.lines, [110, 190]);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is the function around the cursor where the language tells', async () => {
    const registration = vscode.languages.registerDocumentSymbolProvider('plaintext', {
      provideDocumentSymbols: () => {
        const range = (from: number, to: number) => new vscode.Range(from, 0, to, 6);
        const outer = new vscode.DocumentSymbol('C', '', vscode.SymbolKind.Class, range(10, 50), range(10, 10));
        const inner = new vscode.DocumentSymbol('f', '', vscode.SymbolKind.Method, range(20, 30), range(20, 20));
        const local = new vscode.DocumentSymbol('v', '', vscode.SymbolKind.Variable, range(24, 26), range(24, 24));
        inner.children = [local];
        outer.children = [inner];
        return [outer];
      },
    });
    const editor = await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ language: 'plaintext', content: lines.join('\n') }),
    );
    editor.selection = new vscode.Selection(25, 1, 25, 1);
    assert.deepEqual((await passageHere(editor, levels, clock))?.passage.lines, [20, 30]);
    editor.selection = new vscode.Selection(45, 1, 45, 1);
    assert.deepEqual((await passageHere(editor, levels, clock))?.passage.lines, [10, 50]);
    registration.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
