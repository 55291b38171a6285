import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS, VIEWS } from '../../../src/manifest.ts';

const extension = () => {
  const found = vscode.extensions.getExtension('switchyard.switchyard');
  assert.ok(found, 'the extension is installed');
  return found;
};

describe('activation', () => {
  it('activates', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it('runs where the files are', () => {
    assert.equal(extension().extensionKind, vscode.ExtensionKind.Workspace);
  });

  it('registers every command of the manifest', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = Object.keys(COMMANDS).filter((id) => !registered.has(id));
    assert.deepEqual(missing, []);
  });

  it('opens its chat view', async () => {
    await assert.doesNotReject(async () => vscode.commands.executeCommand(`${VIEWS.chat}.focus`));
  });

  it('sees the sample workspace', async () => {
    const files = await vscode.workspace.findFiles('**/*.ts');
    assert.deepEqual(
      files.map((file) => vscode.workspace.asRelativePath(file)),
      ['greet.ts'],
    );
  });
});
