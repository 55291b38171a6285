import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { OllamaPeer } from '../../peers/ollama.ts';
import { leadToPeer, leaveThePeer, setUser, until } from './extension.ts';

/** To VS Code, the tests are another extension: they see of the models what every extension sees. */

const CAPABLE = { capabilities: ['completion'], contextLength: 8192 };
const MODELS = [
  { name: 'tiny-chat:3b', ...CAPABLE, tokens: ['Sure', ', ', 'here.'] },
  {
    name: 'slow-chat:3b',
    ...CAPABLE,
    tokens: Array.from({ length: 200 }, () => 'word '),
    prefillMs: 3_000,
    tokenMs: 20,
  },
  // Runs in its vendor's cloud, whatever it is called.
  {
    name: 'looks-local',
    ...CAPABLE,
    tokens: ['From afar.'],
    remote: { host: 'https://vendor.example:443', model: 'big' },
  },
];
const CODE = `export function premiumOf(policy: Policy, claims: readonly Claim[]): Cents {
  const loading = claims.filter(({ closedAt }) => closedAt > policy.renewedAt).length * policy.loadingPerClaim;
  return Math.max(policy.minimumPremium, Math.round(policy.basePremium * (1 + loading)));
}`;

const ask = async (model: vscode.LanguageModelChat, text: string, token?: vscode.CancellationToken) => {
  const response = await model.sendRequest([vscode.LanguageModelChatMessage.User(text)], {}, token);
  let answer = '';
  for await (const part of response.text) answer += part;
  return answer;
};
const listed = async () => {
  const models = await vscode.lm.selectChatModels({ vendor: 'switchyard' });
  return models.map(({ id }) => id).toSorted();
};
const find = async (id: string) =>
  until(`${id} is offered`, async () => (await vscode.lm.selectChatModels({ vendor: 'switchyard', id }))[0]);
const isRefusedAs = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof vscode.LanguageModelError, `a LanguageModelError, not ${String(error)}`);
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

describe('the models, to other extensions', () => {
  let peer: OllamaPeer;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  /** The user's pattern for the folder: the one way to loosen a folder that asks nobody. */
  const makeOpen = async () => setUser('switchyard.privacy.patterns', [{ match: folder.uri.fsPath, level: 'open' }]);
  const makePrivate = async () => setUser('switchyard.privacy.patterns', undefined);
  const choose = async (model: string) =>
    vscode.commands.executeCommand('switchyard.pickModel', { role: 'chat', model });
  const chats = () => peer.to('/api/chat').length;

  before(async () => {
    await makePrivate();
    peer = await leadToPeer(MODELS);
  });
  after(async () => {
    await choose('ollama/tiny-chat:3b');
    await makePrivate();
    await leaveThePeer(peer);
  });

  it('are those of this machine alone while the window is private', async () => {
    await until('the models of this machine are offered', async () => (await listed()).length === 2);
    assert.deepEqual(await listed(), ['ollama/slow-chat:3b', 'ollama/tiny-chat:3b']);
    const model = await find('ollama/tiny-chat:3b');
    assert.equal(model.maxInputTokens, 8192 - 2048);
    assert.equal(await model.countTokens('x'.repeat(300)), 100);
  });

  it('answer in pieces', async () => {
    const model = await find('ollama/tiny-chat:3b');
    const response = await model.sendRequest([vscode.LanguageModelChatMessage.User(`What is wrong here?\n${CODE}`)]);
    const parts: string[] = [];
    for await (const part of response.text) parts.push(part);
    assert.equal(parts.join(''), 'Sure, here.');
  });

  it('end their request when the caller cancels', async function cancels() {
    // Its `$startChatRequest` returns before the answer begins, and with that the call the token is cut off.
    if (vscode.version.startsWith('1.104.')) this.skip();
    const model = await find('ollama/slow-chat:3b');
    const source = new vscode.CancellationTokenSource();
    const before = chats();
    const asked = ask(model, 'Count.', source.token).catch((error: unknown) => error);
    await until('the request is there', () => chats() > before);
    source.cancel();
    assert.equal(await peer.to('/api/chat').at(-1)?.closed, true);
    await asked;
    source.dispose();
  });

  it('take no pictures, and no tools by force', async () => {
    const model = await find('ollama/tiny-chat:3b');
    const before = chats();
    const result = new vscode.LanguageModelToolResultPart('1', [new vscode.LanguageModelTextPart('text')]);
    await assert.rejects(async () => {
      const response = await model.sendRequest([vscode.LanguageModelChatMessage.User([result])]);
      for await (const _ of response.text);
    }, /text only/u);
    assert.equal(chats(), before);
  });

  it('are all there as soon as the window is open; those in the cloud do nothing that the user did not allow', async () => {
    await makeOpen();
    await until('the cloud’s model is offered', async () => (await listed()).includes('ollama/looks-local'));
    const model = await find('ollama/looks-local');
    await assert.rejects(ask(model, 'Anything?'), isRefusedAs('NoPermissions', /did not let other extensions use/u));
    assert.equal(peer.to('/api/chat').filter(({ body }) => JSON.stringify(body).includes('Anything?')).length, 0);
  });

  it('in the cloud answer once the user chose them', async () => {
    await choose('ollama/looks-local');
    assert.equal(await ask(await find('ollama/looks-local'), 'What is a monad?'), 'From afar.');
  });

  it('in the cloud refuse private text that went to a model before the window was opened', async () => {
    const model = await find('ollama/looks-local');
    const before = chats();
    await assert.rejects(
      ask(model, `Translate this to Rust:\n${CODE.split('\n').slice(1, 3).join('\n').replaceAll(/^\s+/gmu, '\t\t\t')}`),
      isRefusedAs('NoPermissions', /some of the text is private-only.*Release Remembered Passages/u),
    );
    assert.equal(chats(), before);
    assert.equal(await ask(await find('ollama/tiny-chat:3b'), CODE), 'Sure, here.');
  });

  it('are refused at the request, too, when the level changed after they were listed', async () => {
    const model = await find('ollama/looks-local');
    await makePrivate();
    const before = chats();
    await assert.rejects(ask(model, 'What is a monad?'), (error: unknown) => {
      assert.ok(error instanceof vscode.LanguageModelError, String(error));
      assert.ok(['NoPermissions', 'NotFound'].includes(error.code), error.code);
      return true;
    });
    assert.equal(chats(), before);
    await until('it is no longer offered', async () => !(await listed()).includes('ollama/looks-local'));
  });
});
