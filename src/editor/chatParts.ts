import * as vscode from 'vscode';
import type { ChatParts } from '../core/chat/session.ts';
import { localModel } from '../core/routing/localModel.ts';
import type { ChatDeps } from './chatView.ts';

export type ChatPartsDeps = Pick<
  ChatDeps,
  'road' | 'clock' | 'levels' | 'switcher' | 'catalog' | 'policy' | 'fills' | 'screen' | 'settings' | 'explain'
>;

/** What a conversation is made of, wherever it is shown. */
export function createChatParts(deps: ChatPartsDeps): ChatParts {
  const { road, clock, levels, switcher, catalog } = deps;
  return {
    road,
    clock,
    levels,
    model: () => switcher.current('chat'),
    why: () => switcher.why('chat'),
    local: () =>
      localModel('chat', catalog.models, { forbids: (model) => deps.policy.forbids(model), fills: deps.fills }),
    redact: deps.screen.redact,
    settings: () => {
      const settings = deps.settings(vscode.workspace.workspaceFolders?.[0]?.uri);
      return {
        contextTokens: settings['switchyard.chat.contextTokens'],
        think: settings['switchyard.chat.think'],
      };
    },
    explain: deps.explain,
    newId: () => crypto.randomUUID(),
  };
}
