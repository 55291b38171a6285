import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type IgnoreRules, createIgnoreRules } from '../../../src/editor/ignoreRules.ts';
import { readPatterns } from '../../../src/screen/patterns.ts';
import { until } from './extension.ts';

describe('ignore rules', () => {
  let rules: IgnoreRules;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'the sample workspace is open');
  const at = (path: string) => vscode.Uri.joinPath(folder.uri, path);
  const of = async (path: string) => rules.of(at(path).toString());
  const settings = () => vscode.workspace.getConfiguration('switchyard.privacy', folder);

  beforeEach(() => {
    rules = createIgnoreRules(async () => Promise.resolve(readPatterns));
  });
  afterEach(async () => {
    rules.dispose();
    for (const target of [vscode.ConfigurationTarget.Global, vscode.ConfigurationTarget.Workspace]) {
      await settings().update('ignore', undefined, target);
    }
    await vscode.workspace.fs.delete(at('.switchyardignore')).then(undefined, () => undefined);
  });

  it('keep secrets here, wherever they lie and whatever they are opened as', async () => {
    assert.equal(await of('.env'), '.env');
    assert.equal(await of('greet.ts'), undefined);
    assert.notEqual(await rules.of('file:///home/ada/.ssh/config'), undefined);
    assert.notEqual(await rules.of('untitled:/home/ada/shop/.env.local'), undefined);
    assert.notEqual(await rules.of(`git:${at('.env').path}?ref=HEAD`), undefined);
    assert.notEqual(await rules.of(`vscode-notebook-cell:${at('.aws/a.ipynb').path}#W0`), undefined);
    assert.equal(await rules.of('untitled:Untitled-1'), undefined);
  });

  it('add up what the user and the workspace say; a workspace takes nothing away', async () => {
    await settings().update('ignore', ['*.sql', '/greet.ts'], vscode.ConfigurationTarget.Global);
    await settings().update('ignore', ['*.csv', '!*.sql', '!.env'], vscode.ConfigurationTarget.Workspace);
    assert.equal(await of('db/dump.sql'), '*.sql');
    assert.equal(await of('greet.ts'), '/greet.ts');
    assert.equal(await of('lib/greet.ts'), undefined);
    assert.equal(await of('people.csv'), '*.csv');
    assert.equal(await of('.env'), '.env');
  });

  it('follow the file of the folder, and tell of a change', async () => {
    assert.equal(await of('customers/list.txt'), undefined);
    const changed = new Promise<void>((resolve) => rules.onDidChange(resolve));
    await vscode.workspace.fs.writeFile(at('.switchyardignore'), new TextEncoder().encode('# ours\r\ncustomers/\r\n'));
    await changed;
    assert.equal(await of('customers/list.txt'), 'customers/');
    assert.equal(await of('greet.ts'), undefined);
  });

  it('hold for a version in git, a cell and whatever else shows the file', async () => {
    await vscode.workspace.fs.writeFile(at('.switchyardignore'), new TextEncoder().encode('/customers/\n'));
    await settings().update('ignore', ['/payroll.ts'], vscode.ConfigurationTarget.Workspace);
    const list = at('customers/list.txt');
    const git = (path: string, inQuery: string) =>
      vscode.Uri.from({ scheme: 'git', path, query: JSON.stringify({ path: inQuery, ref: 'HEAD' }) }).toString();
    await until('the file of rules is read', async () => (await rules.of(list.toString())) === '/customers/');
    assert.equal(await rules.of(git(list.path, list.fsPath)), '/customers/');
    assert.equal(await rules.of(git(`${list.path}.git`, list.fsPath)), '/customers/');
    assert.equal(await rules.of(git('/elsewhere/greet.ts', list.fsPath)), '/customers/');
    assert.equal(await rules.of(git(at('payroll.ts').path, at('payroll.ts').fsPath)), '/payroll.ts');
    assert.equal(await rules.of(git(at('greet.ts').path, at('greet.ts').fsPath)), undefined);
    assert.equal(await rules.of(`vscode-notebook-cell:${at('customers/a.ipynb').path}#W0`), '/customers/');
    const history = { location: 'vscode-userdata:/user/History/1/x', associatedResource: list.toString() };
    const version = vscode.Uri.from({ scheme: 'vscode-local-history', path: '/x', query: JSON.stringify(history) });
    assert.equal(await rules.of(version.toString()), '/customers/');
    const other = vscode.Uri.from({ scheme: 'lens', authority: '7b7d', path: list.path, query: 'ref=HEAD' });
    assert.equal(await rules.of(other.toString()), '/customers/');
  });

  it('hold for the file that a link leads to', async () => {
    const root = await mkdtemp(join(tmpdir(), 'switchyard-links-'));
    const links = at('links').fsPath;
    await mkdir(links);
    try {
      await settings().update('ignore', ['/hidden/'], vscode.ConfigurationTarget.Workspace);
      await writeFile(join(root, '.env'), 'KEY=1\n');
      await mkdir(join(root, '.ssh'));
      await writeFile(join(root, '.ssh', 'config'), 'Host *\n');
      await symlink(join(root, '.env'), join(links, 'notes.txt'));
      await symlink(join(root, '.ssh'), join(links, 'docs'));
      await symlink(at('hidden').fsPath, join(links, 'shown'));
      await symlink(join(root, 'gone'), join(links, 'nowhere.txt'));
      await mkdir(at('hidden').fsPath);
      await writeFile(at('hidden/a.txt').fsPath, 'a\n');
      assert.equal(await of('links/notes.txt'), '.env');
      assert.notEqual(await of('links/docs/config'), undefined);
      assert.equal(await of('links/docs/deleted'), '.ssh/');
      assert.equal(await of('links/shown/a.txt'), '/hidden/');
      assert.equal(await of('links/nowhere.txt'), '*');
      assert.equal(await of('links/not-there.txt'), undefined);
    } finally {
      await rm(links, { recursive: true });
      await rm(at('hidden').fsPath, { recursive: true });
      await rm(root, { recursive: true });
    }
  });

  it('keep everything here when the file is there and cannot be read', async () => {
    await vscode.workspace.fs.createDirectory(at('.switchyardignore'));
    assert.equal(await of('greet.ts'), '*');
  });
});
