import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type IgnoreRules, createIgnoreRules } from '../../../src/editor/ignoreRules.ts';
import { readPatterns } from '../../../src/screen/patterns.ts';

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

  it('keep everything here when the file is there and cannot be read', async () => {
    await vscode.workspace.fs.createDirectory(at('.switchyardignore'));
    assert.equal(await of('greet.ts'), '*');
  });
});
