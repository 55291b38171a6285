import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Model } from '../../../src/core/model.ts';
import type { Level } from '../../../src/core/privacy/level.ts';
import type { Piece } from '../../../src/core/provider.ts';
import type { ParticipantDeps } from '../../../src/editor/participant.ts';
import { answerParticipant } from '../../../src/editor/participantAnswer.ts';
import { CLOUD, type Reply, createParts, words } from '../../core/chat/parts.ts';
import { closeAll } from './extension.ts';

const [folder] = vscode.workspace.workspaceFolders ?? [];
assert.ok(folder);
const FILE = vscode.Uri.joinPath(folder.uri, 'greet.ts');

/** The participant over a real policy and road, with a scripted model. */
function house(reply: Reply = words('Well', ', so.'), model?: Model) {
  const made = createParts(reply, model);
  const own = folder?.uri.toString() ?? '';
  const setLevel = (level: Level) => {
    made.setLevel(level);
    made.setLevel(level, own);
  };
  const { parts } = made;
  const sourcesOf: ParticipantDeps['levels']['sourcesOf'] = (uri) => [
    uri.startsWith(own) ? { kind: 'folder', uri: own } : { kind: 'window' },
  ];
  const deps: ParticipantDeps = {
    road: parts.road,
    clock: { ...parts.clock, after: () => ({ dispose: () => undefined }) },
    levels: { of: parts.levels.of, sourcesOf },
    switcher: { current: () => made.state.model, why: () => 'No model is chosen.', switching: undefined },
    catalog: { models: [], endpoints: [] },
    policy: { forbids: () => undefined },
    fills: () => true,
    screen: { redact: async (text) => Promise.resolve(text) },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the two that are read
    settings: (() => ({
      'switchyard.chat.contextTokens': 4096,
      'switchyard.chat.think': true,
    })) as unknown as ParticipantDeps['settings'],
    explain: parts.explain,
    context: { extensionUri: vscode.Uri.file('/') },
    log: { warn: () => undefined },
  };
  const ask = async (
    prompt: string,
    more: Partial<Pick<vscode.ChatRequest, 'command' | 'references'>> = {},
    history: readonly (vscode.ChatRequestTurn | vscode.ChatResponseTurn)[] = [],
    token: vscode.CancellationToken = new vscode.CancellationTokenSource().token,
  ) => {
    const shown: string[] = [];
    const buttons: vscode.Command[] = [];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts of the stream that are used
    const stream = {
      markdown: (text: string) => void shown.push(text),
      button: (command: vscode.Command) => void buttons.push(command),
      progress: () => undefined,
    } as unknown as vscode.ChatResponseStream;
    const foreign = {
      get model(): never {
        throw new Error('the editor’s own choice of a model was looked at');
      },
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts of the request that are used
    const request = Object.assign(foreign, { prompt, references: [], ...more }) as unknown as vscode.ChatRequest;
    const result = await answerParticipant(deps, request, { history }, stream, token);
    return { text: shown.join(''), buttons, result };
  };
  return { ...made, ask, setLevel };
}

/** What the editor hands back of an earlier turn. */
function turns(prompt: string, answer: string, result: vscode.ChatResult) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its constructor is hidden from extensions
  const Request = vscode.ChatRequestTurn as unknown as new (...args: unknown[]) => vscode.ChatRequestTurn;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  const Response = vscode.ChatResponseTurn as unknown as new (...args: unknown[]) => vscode.ChatResponseTurn;
  return [
    new Request(prompt, undefined, [], 'switchyard.chat', []),
    new Response([new vscode.ChatResponseMarkdownPart(answer)], result, 'switchyard.chat'),
  ];
}

describe('the participant', () => {
  it('answers with Switchyard’s own model, and keeps the taint with the answer', async () => {
    const { ask, sent, setLevel } = house();
    setLevel('private');
    const { text, result } = await ask('Why?', { references: [{ id: 'file', value: FILE }] });
    assert.equal(text, 'Well, so.');
    assert.ok(sent[0]?.sources.some((source) => source.kind === 'folder' && source.uri === folder.uri.toString()));
    assert.match(sent[0]?.request.messages.at(-1)?.text ?? '', /From greet\.ts, lines 1 to \d+:/u);
    assert.deepEqual(result.metadata, {
      taint: [{ folder: folder.uri.toString(), level: 'private' }, { level: 'private' }],
    });
  });

  it('takes a selection as a passage, and the words of a command', async () => {
    const { ask, sent } = house();
    const range = new vscode.Range(0, 0, 0, 10);
    await ask('briefly', {
      command: 'explain',
      references: [{ id: 'selection', value: new vscode.Location(FILE, range) }],
    });
    const last = sent[0]?.request.messages.at(-1)?.text ?? '';
    assert.match(last, /From greet\.ts, lines 1 to 1:/u);
    assert.match(last, /Explain this code\.\n\nbriefly/u);
  });

  it('refuses to go on with a private past in the cloud, in words and with buttons', async () => {
    const { ask, setLevel, state, sent } = house();
    setLevel('private');
    const first = await ask('Something private');
    setLevel('open');
    state.model = CLOUD;
    const refused = await ask('Go on', {}, turns('Something private', first.text, first.result));
    assert.match(refused.text, /carries private-only text/u);
    assert.deepEqual(
      refused.buttons.map(({ command }) => command),
      ['switchyard.pickModel', 'workbench.action.chat.newChat'],
    );
    assert.deepEqual(refused.result.metadata, { taint: [{ level: 'private' }] });
    const before = sent.length;
    const lost = await ask('Go on', {}, turns('Something', 'an answer', {}));
    assert.match(lost.text, /carries private-only text/u);
    assert.ok(sent.length > before);
    assert.equal((await ask('Something new')).text, 'Well, so.');
  });

  it('says what is missing', async () => {
    const made = house();
    Object.assign(made.state, { model: undefined });
    const { text, buttons } = await made.ask('Why?');
    assert.equal(text, 'No model is chosen.');
    assert.deepEqual(buttons, [
      { command: 'switchyard.pickModel', title: 'Switch Model', arguments: [{ role: 'chat' }] },
    ]);
    await closeAll();
    assert.match((await house().ask('', { command: 'fix' })).text, /no code at the cursor/u);
  });

  it('stops when it is cancelled', async () => {
    let aborted = false;
    const source = new vscode.CancellationTokenSource();
    const { ask } = house(async function* reply(_, signal): AsyncIterable<Piece> {
      yield await Promise.resolve({ kind: 'text', text: 'half' });
      source.cancel();
      aborted = signal.aborted;
      yield { kind: 'end', reason: 'cancelled' };
    });
    const { text } = await ask('Why?', {}, [], source.token);
    assert.equal(text, 'half');
    assert.equal(aborted, true);
  });
});
