import * as vscode from 'vscode';
import { AppError, type Refusal, isRefusal } from '../core/outcome.ts';
import type { ChatMessage, ChatRequest, Piece } from '../core/provider.ts';
import { isRecalled } from '../core/routing/rememberingRoad.ts';
import { textOf } from './languageModelText.ts';
import type { MayUse } from './languageModelConsent.ts';
import type { LanguageModelsDeps } from './languageModels.ts';

/** What another extension asks for. */
export interface Wanted {
  readonly id: string;
  readonly messages: readonly vscode.LanguageModelChatRequestMessage[];
  readonly options: vscode.ProvideLanguageModelChatResponseOptions;
  readonly progress: vscode.Progress<vscode.LanguageModelResponsePart>;
  readonly token: vscode.CancellationToken;
}

export interface AnswerDeps extends Pick<LanguageModelsDeps, 'catalog' | 'road' | 'policy' | 'explain'> {
  readonly mayUse: MayUse;
}

/**
 * Answers a request of another extension. Whose text it holds is not known, so it belongs to the whole window, and to
 * every folder whose passages are known again in it. Throws `LanguageModelError` where the caller can do something with it.
 */
export async function answerRequest(deps: AnswerDeps, wanted: Wanted): Promise<void> {
  const { catalog, road, policy, explain, mayUse } = deps;
  const { id, messages, options, progress, token } = wanted;
  const model = catalog.models.find((each) => each.id === id);
  if (!model) throw vscode.LanguageModelError.NotFound(`Switchyard has no model ${id} any more.`);
  if (options.toolMode === vscode.LanguageModelChatToolMode.Required) {
    throw new Error('Switchyard passes no tools on to its models.');
  }
  // Nobody is asked about what the level forbids anyway: the road refuses it, and writes that down.
  if (!policy.forbids(model) && !(await mayUse(model))) {
    throw vscode.LanguageModelError.NoPermissions(
      'The user did not let other extensions use this model. Models on this machine can be used, and those that the user chose in Switchyard.',
    );
  }
  const { temperature } = options.modelOptions ?? {};
  const request: ChatRequest = {
    model,
    messages: messages.map(messageOf),
    think: false,
    ...(typeof temperature === 'number' && { temperature }),
  };
  const abort = new AbortController();
  const listener = token.onCancellationRequested(() => abort.abort());
  try {
    const pieces = await road.chat(request, [{ kind: 'window' }], abort.signal, 'api');
    if (isRefusal(pieces)) throw refusedError(pieces);
    if ((await pass(pieces, progress)) === 'end') return;
    throw new AppError('interrupted', { endpoint: model.endpoint, model: model.name });
  } catch (error) {
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    throw error instanceof AppError ? failedError(error, explain(error).text) : error;
  } finally {
    listener.dispose();
  }
}

/** Thoughts are not passed on: the editor's stable interface has no part for them. */
async function pass(pieces: AsyncIterable<Piece>, progress: Wanted['progress']): Promise<'end' | 'brokenOff'> {
  for await (const piece of pieces) {
    if (piece.kind === 'end') return 'end';
    if (piece.kind === 'text') progress.report(new vscode.LanguageModelTextPart(piece.text));
  }
  return 'brokenOff';
}

function messageOf({ role, content }: vscode.LanguageModelChatRequestMessage): ChatMessage {
  const foreign = content.filter((part) => !(part instanceof vscode.LanguageModelTextPart));
  if (foreign.length > 0) throw new Error('Switchyard’s models take text only: no images, tool calls or tool results.');
  return { role: ROLES.get(role) ?? 'system', text: textOf(content) };
}

const ROLES: ReadonlyMap<vscode.LanguageModelChatMessageRole, ChatMessage['role']> = new Map([
  [vscode.LanguageModelChatMessageRole.User, 'user'],
  [vscode.LanguageModelChatMessageRole.Assistant, 'assistant'],
]);

function refusedError(refused: Refusal): vscode.LanguageModelError {
  const way = isRecalled(refused)
    ? ' The text has passages in it that are remembered as private. “Switchyard: Release Remembered Passages…” forgets those of folders that are open now.'
    : '';
  return vscode.LanguageModelError.NoPermissions(`${refused.reason}${way}`);
}

function failedError(error: AppError, text: string): Error {
  const { kind } = error;
  if (kind === 'refused' || kind === 'unauthorized') return vscode.LanguageModelError.NoPermissions(text);
  if (kind === 'modelMissing') return vscode.LanguageModelError.NotFound(text);
  if (kind === 'rateLimited') return vscode.LanguageModelError.Blocked(text);
  return new Error(text, { cause: error });
}
