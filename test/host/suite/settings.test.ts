import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type BadSetting, createSettings } from '../../../src/editor/settings.ts';
import { SETTINGS } from '../../../src/manifest.ts';
import { leadToPeer, leaveThePeer, setUser, until } from './extension.ts';

describe('settings that are broken', function () {
  this.timeout(60_000);
  const ids = ['switchyard.completion.delay', 'switchyard.completion.trigger', 'switchyard.endpoints'] as const;
  afterEach(async () => {
    for (const id of ids) await setUser(id, undefined);
  });

  it('are reported once, by name, and the default counts instead', async () => {
    await setUser('switchyard.completion.delay', 'soon');
    await setUser('switchyard.completion.trigger', 7);
    const bad: BadSetting[] = [];
    const read = createSettings((one) => bad.push(one));
    const first = read();
    read();
    assert.equal(first['switchyard.completion.delay'], null);
    assert.equal(first['switchyard.completion.trigger'], 'automatic');
    const used = Object.fromEntries(bad.map((one) => [one.id, one.used]));
    assert.deepEqual(used, { 'switchyard.completion.delay': null, 'switchyard.completion.trigger': 'automatic' });
    assert.equal(bad.length, 2);
    await setUser('switchyard.completion.delay', 20);
    assert.equal(read()['switchyard.completion.delay'], 20);
    assert.equal(bad.length, 2);
  });

  it('lose their bad entries only, where they are lists', async () => {
    const good = { id: 'one', protocol: 'ollama' };
    await setUser('switchyard.endpoints', [good, { id: 'Two!', protocol: 'ollama' }, 3, { ...good, evil: true }]);
    const bad: BadSetting[] = [];
    assert.deepEqual(createSettings((one) => bad.push(one))()['switchyard.endpoints'], [good]);
    assert.deepEqual(
      bad.map(({ id }) => id),
      ['switchyard.endpoints'],
    );
  });

  it('do not stop the extension', async () => {
    for (const garbage of [42, 'http://127.0.0.1:11434', {}, [[]], [null], [{ id: 'x' }], null]) {
      await setUser('switchyard.endpoints', garbage);
      await vscode.commands.executeCommand('switchyard.refreshModels');
    }
    const peer = await leadToPeer([{ name: 'tiny-chat:3b', capabilities: ['completion'] }]);
    assert.ok(peer.to('/api/tags').length > 0);
    await leaveThePeer(peer);
  });

  it('leave every default as it is when there is nothing wrong', async () => {
    const bad: BadSetting[] = [];
    const now = createSettings((one) => bad.push(one))();
    await until('the defaults', () => Object.values(now).length === Object.keys(SETTINGS).length);
    assert.deepEqual(bad, []);
  });
});
