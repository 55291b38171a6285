import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/manifest.ts';
import type { OllamaPeer } from '../../peers/ollama.ts';
import { closeAll, leadToPeer, leaveThePeer, until } from './extension.ts';

const LOCAL = { name: 'tiny-chat:3b', capabilities: ['completion'] };
const OTHER = { name: 'other-chat:1b', sizeBytes: 1e6, capabilities: ['completion'] };
const PROXIED = { name: 'looks-local', remote: { host: 'https://vendor.example:443', model: 'big-model' } };

/** What other extensions, tasks, links and keys might pass. */
const HOSTILE: readonly unknown[] = [
  null,
  0,
  -1,
  Number.NaN,
  '',
  'ollama/looks-local',
  [],
  [['ollama/looks-local']],
  {},
  { model: 'ollama/looks-local' },
  { model: 'ollama/looks-local', role: 'chat' },
  { model: 'ollama/LOOKS-LOCAL:latest', role: 'completion' },
  { model: 'ollama/gpt-oss:120b-cloud', role: 'chat' },
  { model: 'openai/gpt-5', role: 'chat' },
  { model: 'nowhere/at-all' },
  { model: '' },
  { model: '/' },
  { model: '../../etc/passwd' },
  { model: { toString: () => 'ollama/looks-local' } },
  { model: ['ollama/looks-local'], role: 'chat' },
  { role: 'admin', model: 'ollama/looks-local' },
  { role: '__proto__' },
  JSON.parse('{"__proto__":{"model":"ollama/looks-local"}}'),
  { endpoint: 'http://evil.example', url: 'http://evil.example', key: 'sk' },
  'x'.repeat(100_000),
];

describe('commands with hostile arguments', function () {
  // An editor on a busy machine.
  this.timeout(60_000);
  let peer: OllamaPeer;
  before(async () => {
    peer = await leadToPeer([LOCAL, OTHER, PROXIED]);
  });
  after(async () => {
    await closeAll();
    await leaveThePeer(peer);
  });
  /** Runs a command as others do. It may wait for an answer that nobody gives, so nobody waits for it. */
  const fire = (command: string, ...args: readonly unknown[]) => {
    const done = { failed: undefined as unknown };
    Promise.resolve(vscode.commands.executeCommand(command, ...args)).catch((error: unknown) => {
      done.failed = error;
    });
    return done;
  };
  const loadedBy = (name: string) =>
    peer.to('/api/generate').some(({ body }) => JSON.stringify(body ?? {}).includes(name));

  it('chooses nothing that the level forbids, and asks the server for nothing', async () => {
    for (const argument of HOSTILE) fire('switchyard.pickModel', argument);
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    // A command of the same kind that is in order, as the sign that the others were carried out.
    fire('switchyard.pickModel', { model: 'ollama/other-chat:1b', role: 'chat' });
    await until('the allowed model is loaded', () => peer.loaded.has('other-chat:1b'));
    assert.equal(loadedBy('looks-local'), false);
    assert.equal(loadedBy('cloud'), false);
    assert.equal(peer.to('/api/chat').length, 0);
  });

  it('loads, removes and pulls nothing by an argument alone', async () => {
    for (const argument of HOSTILE) {
      fire('switchyard.loadModel', argument);
      fire('switchyard.pullModel', argument, argument);
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    }
    for (const id of ['ollama/looks-local', 'ollama/tiny-chat:3b', 'ollama/gpt-oss:120b-cloud']) {
      fire('switchyard.loadModel', id);
      fire('switchyard.removeModel', id);
      fire('switchyard.pullModel', 'ollama', id);
      fire('switchyard.pullModel', 'ollama', 'gpt-oss:120b-cloud');
    }
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await until('the allowed model is loaded', () => peer.loaded.has('tiny-chat:3b'));
    await vscode.commands.executeCommand('switchyard.refreshModels');
    assert.equal(loadedBy('looks-local'), false);
    assert.deepEqual([...peer.to('/api/pull'), ...peer.to('/api/delete')], []);
    assert.deepEqual(
      peer.models.map(({ name }) => name),
      [LOCAL.name, OTHER.name, PROXIED.name],
    );
  });

  it('survives them in every command', async () => {
    // Those that take no arguments and would change what other tests rely on, or open what nobody closes, stay out.
    const commands = Object.keys(COMMANDS).filter(
      (id) => !/toggle|mark|startOllama|openSettings|showLog|refresh/u.test(id),
    );
    const runs = commands.flatMap((command) =>
      HOSTILE.slice(0, 14).map((argument) => ({ command, done: fire(command, argument, argument) })),
    );
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await vscode.commands.executeCommand('switchyard.refreshModels');
    const broken = runs.filter(({ done }) => done.failed !== undefined && !isRefusedDialog(done.failed));
    assert.deepEqual(
      broken.map(({ command, done }) => `${command}: ${String(done.failed)}`),
      [],
    );
    assert.equal(loadedBy('looks-local'), false);
    assert.equal(peer.to('/api/chat').length, 0);
    assert.deepEqual([...peer.to('/api/pull'), ...peer.to('/api/delete')], []);
  });
});

/** VS Code opens no dialogs while tests run. */
function isRefusedDialog(error: unknown): boolean {
  return /refused to show dialog/iu.test(String(error));
}
