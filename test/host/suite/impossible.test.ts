import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Clock } from '../../../src/core/event.ts';
import { createOrganisation } from '../../../src/editor/organisation.ts';
import { type BadSetting, createSettings } from '../../../src/editor/settings.ts';
import { createWorkspaceLevels } from '../../../src/editor/workspaceLevels.ts';
import { SETTINGS } from '../../../src/manifest.ts';

const clock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};

/** User storage of nobody. */
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

describe('text that has no folder', () => {
  const organisation = createOrganisation([], () => {});
  const storage = mkdtempSync(join(tmpdir(), 'switchyard-impossible-'));
  const levels = createWorkspaceLevels({ storage, memory: createStorage(), organisation, clock });
  after(() => {
    levels.dispose();
    organisation.dispose();
    rmSync(storage, { recursive: true, force: true });
  });
  const uris = [
    'untitled:Untitled-1',
    'untitled:/somewhere/new.ts',
    `untitled:${folder.uri.path}/new.ts`,
    vscode.Uri.file(join(tmpdir(), 'loose.ts')).toString(),
    'vscode-notebook-cell:/gone.ipynb#W0sZmlsZQ%3D%3D',
    'vscode-notebook-cell:Untitled-1.ipynb#W0sdW50aXRsZWQ%3D',
    'output:extension-output-switchyard.switchyard-%231-Switchyard',
    `git:${folder.uri.path}/greet.ts?%7B%22ref%22%3A%22HEAD%22%7D`,
    `git:/elsewhere/greet.ts?%7B%22ref%22%3A%22~%22%7D`,
    'vscode-scm:git/scm0/input?rootUri%3Dx',
    'search-editor:Untitled-1',
    'comment://x/commentinput',
    'vscode-interactive-input:/InteractiveInput-1',
    'vscode-chat-code-block:/x',
    'walkThrough:/x.md',
    'vscode-vfs://github/acme/shop/a.ts',
    'review:/x/a.ts?%7B%22commit%22%3A%221%22%7D',
    'ssh://elsewhere/a.ts',
    'nonsense',
    '',
  ];
  const strange = () => uris.filter((uri) => levels.of(levels.sourcesOf(uri)).level !== levels.window().level);

  it('is private in a window that nobody has classified', () => {
    assert.equal(levels.window().level, 'private');
    assert.deepEqual(strange(), []);
  });

  for (const level of ['internal', 'private', 'open'] as const) {
    it(`is as private as the window is: ${level}`, async () => {
      await levels.marks.set(folder.uri, level);
      assert.equal(levels.window().level, level);
      assert.deepEqual(strange(), []);
    });
  }

  it('is that of an open document, too: untitled, shown in a diff, or made up by an extension', async () => {
    await levels.marks.set(folder.uri, 'internal');
    const provider = vscode.workspace.registerTextDocumentContentProvider('made-up', {
      provideTextDocumentContent: () => 'text',
    });
    const documents = await Promise.all([
      vscode.workspace.openTextDocument({ content: 'text', language: 'python' }),
      vscode.workspace.openTextDocument(vscode.Uri.parse(`made-up:${folder.uri.path}/greet.ts`)),
    ]);
    for (const { uri } of documents) assert.equal(levels.of(levels.sourcesOf(uri.toString())).level, 'internal');
    provider.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is private where a folder that is named is not in the window', () => {
    assert.equal(levels.of([{ kind: 'folder', uri: 'file:///not/here' }]).level, 'private');
  });
});

describe('a repository’s settings', () => {
  const file = join(folder.uri.fsPath, '.vscode/settings.json');
  afterEach(async () => rm(join(file, '..'), { recursive: true, force: true }));

  const endpoints = [{ id: 'ollama', protocol: 'ollama', url: 'https://evil.example' }];
  const hostile: Record<string, unknown> = {
    'switchyard.endpoints': endpoints,
    'switchyard.networkHosts': ['*.example', '127.0.0.1'],
    'switchyard.ollama.keepAlive': '-1',
  };
  const spellings: Record<string, object> = {
    flat: hostile,
    nested: { switchyard: { endpoints, networkHosts: ['*.example'], ollama: { keepAlive: '-1' } } },
    'half nested': { 'switchyard.ollama': { keepAlive: '-1' }, switchyard: { endpoints } },
    'for a language': { '[typescript]': hostile, '[plaintext]': hostile },
  };
  for (const [index, [how, settings]] of Object.entries(spellings).entries()) {
    it(`change no server, host or key: ${how}`, async () => {
      const bad: BadSetting[] = [];
      const read = createSettings((one) => bad.push(one));
      const before = read(folder.uri);
      await mkdir(join(file, '..'), { recursive: true });
      // One that may change, to see that this file has been read.
      const delay = 7 + index;
      await writeFile(file, JSON.stringify({ ...settings, 'switchyard.completion.delay': delay }));
      for (let tries = 0; tries < 100 && read(folder.uri)['switchyard.completion.delay'] !== delay; tries += 1) {
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
      const now = read(folder.uri);
      assert.equal(now['switchyard.completion.delay'], delay);
      const own = Object.entries(SETTINGS).filter(([, { scope }]) => scope === 'application');
      assert.ok(own.length >= 3);
      const changed = own.map(([id]) => id).filter((id) => textOf(now, id) !== textOf(before, id));
      assert.deepEqual(changed, []);
      assert.deepEqual(bad, []);
    });
  }
});

function textOf(settings: object, id: string): string {
  return JSON.stringify(Object.entries(settings).find(([key]) => key === id)?.[1]);
}
