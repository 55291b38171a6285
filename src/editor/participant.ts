import * as vscode from 'vscode';
import { PARTICIPANT } from '../core/chat/participant.ts';
import type { Disposable } from '../core/event.ts';
import type { ChatPartsDeps } from './chatParts.ts';

export interface ParticipantDeps extends ChatPartsDeps {
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>;
  readonly log: Pick<vscode.LogOutputChannel, 'warn'>;
}

/** `@switchyard` in VS Code's own chat view. Nothing is loaded until it is asked. */
export function registerParticipant(deps: ParticipantDeps): Disposable {
  const participant = vscode.chat.createChatParticipant(PARTICIPANT.id, async (request, context, stream, token) => {
    const { answerParticipant } = await import('./participantAnswer.ts');
    return answerParticipant(deps, request, context, stream, token);
  });
  participant.iconPath = vscode.Uri.joinPath(deps.context.extensionUri, 'media', 'icon.svg');
  return participant;
}
