import * as vscode from 'vscode';
import { PARTICIPANT_COMMANDS } from '../core/chat/participant.ts';
import { INTENT_WORDS } from '../core/chat/prompt.ts';
import { createChatSession } from '../core/chat/session.ts';
import { taintOf } from '../core/chat/taint.ts';
import type { Intent, Passage, Thread } from '../core/chat/thread.ts';
import { type Turn, keptOf, threadOfTurns } from '../core/chat/turns.ts';
import { placeOf } from '../core/routing/describe.ts';
import type { Mend } from '../core/routing/problem.ts';
import { COMMANDS } from '../manifest.ts';
import { createChatParts } from './chatParts.ts';
import { nameOf, passageHere } from './chatPassage.ts';
import type { ParticipantDeps } from './participant.ts';

/**
 * Answers with Switchyard's chat model of this window, whatever the editor's picker says, along the same road as the chat
 * view. The level of everything so far is kept with each answer.
 */
export async function answerParticipant(
  deps: ParticipantDeps,
  request: vscode.ChatRequest,
  { history }: vscode.ChatContext,
  stream: vscode.ChatResponseStream,
  token: vscode.CancellationToken,
): Promise<vscode.ChatResult> {
  const parts = createChatParts(deps);
  const session = createChatSession(parts, threadOfTurns(history.map(turnOf), parts.newId, deps.clock.now()));
  const intent = intentOf(request.command);
  const { passages, typed, unread } = await gather(request, intent, deps);
  if (unread.length > 0) stream.progress(`Left out: ${unread.join(', ')}.`);
  if (intent !== 'ask' && passages.length === 0 && request.prompt.trim() === '') {
    stream.markdown('There is no code at the cursor. Add a file with `#`, or place the cursor in one.');
    return { metadata: keptOf(session.thread) };
  }

  let thought = false;
  const listener = session.onDidChange((change) => {
    if (change.kind !== 'piece') return;
    if (change.text) stream.markdown(change.text);
    else if (!thought) stream.progress('Thinking…');
    thought = true;
  });
  const cancelling = token.onCancellationRequested(() => session.stop());
  try {
    const text = [intent === 'ask' ? '' : INTENT_WORDS[intent], request.prompt, ...typed];
    await session.ask(intent, text.filter(Boolean).join('\n\n'), passages);
  } finally {
    cancelling.dispose();
    listener.dispose();
  }
  const metadata = keptOf(session.thread);
  tellEnd(session.thread, stream);
  session.dispose();
  return { metadata };
}

/** Who answered and where, or what went wrong, with the buttons that mend it. */
function tellEnd({ messages }: Thread, stream: vscode.ChatResponseStream): void {
  const answer = messages.at(-1);
  if (answer?.role !== 'assistant') return;
  const { state, model, omitted } = answer;
  if (omitted !== undefined) stream.progress(omitted);
  switch (state.kind) {
    case 'failed':
      stream.markdown(`${answer.text === '' ? '' : '\n\n'}${state.failure.text}`);
      for (const mend of state.failure.mends.flatMap(mendHere)) stream.button(mend);
      return;
    case 'held':
      stream.markdown(
        'Nothing was sent: the text holds what looks like a secret, or is from a file that your ignore rules keep on this machine. Ask in Switchyard’s own chat to see what was found and to choose.',
      );
      stream.button({ command: 'switchyard.openChat', title: COMMANDS['switchyard.openChat'].title });
      stream.button({ command: 'switchyard.pickModel', title: 'Switch Model', arguments: [{ role: 'chat' }] });
      return;
    case 'cutOff':
      stream.markdown('\n\n*Cut off: the model reached its limit of tokens.*');
      break;
    case 'complete':
    case 'stopped':
    case 'streaming':
      break;
  }
  if (model) stream.progress(`${model.label}, ${placeOf(model)}`);
}

/** The buttons of a failure, as far as they make sense in the editor's own chat view. */
function mendHere({ command, title, args }: Mend): vscode.Command[] {
  if (command === 'switchyard.releaseChat' || !(command in COMMANDS)) return [];
  if (command === 'switchyard.newChat') return [{ command: 'workbench.action.chat.newChat', title }];
  return [{ command, title, ...(args && { arguments: [...args] }) }];
}

function intentOf(command: string | undefined): Intent {
  return command !== undefined && isCommand(command) ? PARTICIPANT_COMMANDS[command].intent : 'ask';
}

function isCommand(command: string): command is keyof typeof PARTICIPANT_COMMANDS {
  return Object.hasOwn(PARTICIPANT_COMMANDS, command);
}

function turnOf(turn: vscode.ChatRequestTurn | vscode.ChatResponseTurn): Turn {
  if (turn instanceof vscode.ChatRequestTurn) {
    return { role: 'user', intent: intentOf(turn.command), text: turn.prompt };
  }
  const parts = turn.response.flatMap((part) =>
    part instanceof vscode.ChatResponseMarkdownPart ? part.value.value : [],
  );
  return { role: 'assistant', text: parts.join(''), kept: turn.result.metadata };
}

interface Gathered {
  readonly passages: readonly Passage[];
  /** References that are text and no document. */
  readonly typed: readonly string[];
  /** Names of what could not be read. */
  readonly unread: readonly string[];
}

/** What the question refers to, each with its folder; the code at the cursor where a command has nothing else. */
async function gather(request: vscode.ChatRequest, intent: Intent, deps: ParticipantDeps): Promise<Gathered> {
  const passages: Passage[] = [];
  const typed: string[] = [];
  const unread: string[] = [];
  for (const { value, id } of request.references) {
    if (typeof value === 'string') typed.push(value);
    else if (value instanceof vscode.Uri || value instanceof vscode.Location) {
      const [uri, range] = value instanceof vscode.Uri ? [value] : [value.uri, value.range];
      const passage = await passageOf(uri, range, deps).catch((error: unknown) => {
        deps.log.warn(`A reference in the chat could not be read: ${String(error)}`);
      });
      if (passage) passages.push(passage);
      else unread.push(vscode.workspace.asRelativePath(uri));
    } else unread.push(id);
  }
  const editor = vscode.window.activeTextEditor;
  if (intent !== 'ask' && passages.length === 0 && editor) {
    const found = await passageHere(editor, deps.levels, deps.clock);
    if (found) passages.push(found.passage);
  }
  return { passages, typed, unread };
}

async function passageOf(
  uri: vscode.Uri,
  range: vscode.Range | undefined,
  { levels }: ParticipantDeps,
): Promise<Passage | undefined> {
  const document = await vscode.workspace.openTextDocument(uri);
  const text = document.getText(range);
  if (text.trim() === '') return undefined;
  return {
    uri: uri.toString(),
    name: nameOf(document),
    language: document.languageId,
    lines: range ? [range.start.line, range.end.line] : [0, document.lineCount - 1],
    text,
    problems: [],
    taint: taintOf(levels.sourcesOf(uri.toString()), levels),
  };
}
