import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Clock } from '../../../src/core/event.ts';
import type { TextSource } from '../../../src/core/privacy/policy.ts';
import { createChatEdits } from '../../../src/editor/chatEdits.ts';
import { createLooseDocuments } from '../../../src/editor/looseDocuments.ts';
import { createOrganisation } from '../../../src/editor/organisation.ts';
import { createWorkspaceLevels } from '../../../src/editor/workspaceLevels.ts';
import { until } from './extension.ts';

const clock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};

/** Storage of nobody. */
function createStorage(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the interface leaves it to the caller
    get: <T>(key: string, fallback?: T) => (values.has(key) ? values.get(key) : fallback) as T,
    update(key, value: unknown) {
      values.set(key, value);
      return Promise.resolve();
    },
  };
}

const [folder] = vscode.workspace.workspaceFolders ?? [];
assert.ok(folder);

/** The levels and the documents without a folder, as the extension wires them. */
function openHouse(workspaceState = createStorage()) {
  const organisation = createOrganisation([], () => {});
  const carried = (uri: string): readonly TextSource[] => loose.of(uri);
  const storage = mkdtempSync(join(tmpdir(), 'switchyard-taint-'));
  const levels = createWorkspaceLevels({ storage, memory: createStorage(), organisation, clock, carried });
  const loose = createLooseDocuments({ memory: workspaceState, levels });
  return {
    levels,
    loose,
    levelOf: (uri: vscode.Uri) => levels.of(levels.sourcesOf(uri.toString())).level,
    close() {
      loose.dispose();
      levels.dispose();
      organisation.dispose();
      rmSync(storage, { recursive: true, force: true });
    },
  };
}

describe('a document without a folder', () => {
  let house: ReturnType<typeof openHouse>;
  beforeEach(() => {
    house = openHouse();
  });
  afterEach(async () => {
    house.close();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('keeps the strictest level that the window had since it was opened', async () => {
    await house.levels.marks.set(folder.uri, 'private');
    const before = await vscode.workspace.openTextDocument({ content: 'written while it was private' });
    await house.levels.marks.set(folder.uri, 'open');
    const after = await vscode.workspace.openTextDocument({ content: 'written while it was open' });
    assert.equal(house.levels.window().level, 'open');
    assert.equal(house.levelOf(before.uri), 'private');
    assert.equal(house.levelOf(after.uri), 'open');
    await house.levels.marks.set(folder.uri, 'internal');
    await house.levels.marks.set(folder.uri, 'open');
    assert.equal(house.levelOf(after.uri), 'internal');
  });

  it('is as private as the chat whose code was put into it', async () => {
    await house.levels.marks.set(folder.uri, 'open');
    const edits = createChatEdits((uri) => house.loose.add(uri, 'private'));
    await edits.newFile('const rate = 0.19;', 'typescript');
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, 'untitled');
    assert.equal(house.levelOf(document.uri), 'private');
    const other = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: 'x\n' }));
    assert.equal(house.levelOf(other.document.uri), 'open');
    await until('the edits know the editor', async () => (await edits.insert('const more = 1;')) === undefined);
    assert.equal(house.levelOf(other.document.uri), 'private');
    edits.dispose();
  });

  it('is still so after a restart', async () => {
    const storage = createStorage();
    const first = openHouse(storage);
    await first.levels.marks.set(folder.uri, 'open');
    const uri = vscode.Uri.parse('untitled:Untitled-77');
    first.loose.add(uri, 'private');
    first.close();
    const second = openHouse(storage);
    await second.levels.marks.set(folder.uri, 'open');
    assert.equal(second.levelOf(uri), 'private');
    assert.equal(second.levelOf(vscode.Uri.parse('untitled:Untitled-78')), 'open');
    second.close();
  });

  for (const scheme of ['output', 'search-editor', 'vscode-scm', 'comment', 'review', 'walkThrough']) {
    it(`belongs to the window, and to what was put into it: ${scheme}`, async () => {
      await house.levels.marks.set(folder.uri, 'open');
      const uri = vscode.Uri.parse(`${scheme}:${folder.uri.path}/greet.ts`);
      const place = { kind: 'place', uri: uri.toString() };
      assert.deepEqual(house.levels.sourcesOf(uri.toString()), [{ kind: 'window' }, place]);
      house.loose.add(uri, 'private');
      assert.equal(house.levelOf(uri), 'private');
    });
  }

  it('is not what a file of a folder is: its folder answers for it', () => {
    const file = vscode.Uri.joinPath(folder.uri, 'greet.ts');
    house.loose.add(file, 'private');
    assert.deepEqual(house.levels.sourcesOf(file.toString()), [
      { kind: 'folder', uri: folder.uri.toString() },
      { kind: 'place', uri: file.toString() },
    ]);
  });
});

describe('a version of a file in git', () => {
  const git = (path: string, inQuery: string) =>
    vscode.Uri.from({ scheme: 'git', path, query: JSON.stringify({ path: inQuery, ref: 'HEAD' }) }).toString();

  it('belongs to the folder of the file, and to the window where its address is odd', () => {
    const { levels, close } = openHouse();
    const path = `${folder.uri.path}/greet.ts`;
    const place = (of: string) => ({ kind: 'place', uri: vscode.Uri.file(of).toString() });
    const own = [{ kind: 'folder', uri: folder.uri.toString() }, place(path)];
    assert.deepEqual(levels.sourcesOf(git(path, path)), own);
    const window = [{ kind: 'window' }, place(path)];
    assert.deepEqual(levels.sourcesOf(git(path, '/elsewhere/secret.ts')), window);
    assert.deepEqual(levels.sourcesOf(git('/elsewhere/secret.ts', path)), [window[0], place('/elsewhere/secret.ts')]);
    assert.deepEqual(levels.sourcesOf(`git:${path}?nonsense`), window);
    close();
  });
});
