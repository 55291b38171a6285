import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Zone } from '../../../src/core/model.ts';
import { createCompletionSettings } from '../../../src/editor/completionSettings.ts';
import { createSettings } from '../../../src/editor/settings.ts';
import { closeAll, openText, setUser } from './extension.ts';

describe('settings of completion that a workspace brings', () => {
  const { Workspace } = vscode.ConfigurationTarget;
  const ids = ['enabled', 'languages', 'trigger', 'holeFilling', 'context'].map((id) => `switchyard.completion.${id}`);
  let zone: Zone = 'cloud';
  const settings = createCompletionSettings(
    createSettings(() => {}),
    { active: false, wake: () => {} },
    () => zone,
  );
  const read = (where: Zone | undefined) => {
    settings.clear();
    return { ...settings.gate(undefined, where), context: settings.hasContext(undefined, where) };
  };
  const setWorkspace = async (id: string, value: unknown) =>
    vscode.workspace.getConfiguration('switchyard.completion').update(id, value, Workspace);

  afterEach(async () => {
    zone = 'cloud';
    for (const id of ids) {
      await setUser(id, undefined);
      await vscode.workspace.getConfiguration().update(id, undefined, Workspace);
    }
  });

  it('turn nothing on while the model is not on this machine', async () => {
    await setUser('switchyard.completion.enabled', false);
    await setUser('switchyard.completion.languages', { '*': true, markdown: false });
    await setUser('switchyard.completion.trigger', 'manual');
    await setUser('switchyard.completion.holeFilling', 'off');
    await setUser('switchyard.completion.context', 'off');
    await setWorkspace('enabled', true);
    await setWorkspace('languages', { markdown: true });
    await setWorkspace('trigger', 'automatic');
    await setWorkspace('holeFilling', 'automatic');
    await setWorkspace('context', 'on');
    for (const where of ['cloud', 'network', undefined] as const) {
      const now = read(where);
      assert.equal(now.enabled, false);
      assert.equal(now.languages['markdown'], false);
      assert.equal(now.languages['*'], true);
      assert.equal(now.trigger, 'manual');
      assert.equal(now.holeFilling, 'off');
      assert.equal(now.context, false);
    }
    const here = read('device');
    assert.equal(here.enabled, true);
    assert.equal(here.languages['markdown'], true);
    assert.equal(here.trigger, 'automatic');
    assert.equal(here.holeFilling, 'automatic');
    assert.equal(here.context, true);
  });

  it('turn things off', async () => {
    await setWorkspace('enabled', false);
    await setWorkspace('trigger', 'manual');
    await setWorkspace('context', 'off');
    const now = read('cloud');
    assert.equal(now.enabled, false);
    assert.equal(now.trigger, 'manual');
    assert.equal(now.context, false);
  });

  it('give way to the user’s own command, which turns completion on', async () => {
    await openText('const a = 1;|');
    await setUser('switchyard.completion.enabled', false);
    await setUser('switchyard.completion.languages', { '*': true, typescript: false });
    await setWorkspace('enabled', true);
    settings.clear();
    await settings.toggle();
    assert.equal(read('cloud').enabled, true);
    settings.clear();
    await settings.toggleForLanguage();
    assert.equal(read('cloud').languages['typescript'], true);
    settings.clear();
    await settings.toggle();
    assert.equal(read('cloud').enabled, false);
    await closeAll();
  });
});
