import * as vscode from 'vscode';
import type { ChatParts } from '../core/chat/session.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Catalog } from '../core/routing/catalog.ts';
import { localModel } from '../core/routing/localModel.ts';
import type { Switcher } from '../core/routing/switcher.ts';
import { setupOf } from './chatMessages.ts';
import type { ChatDeps } from './chatView.ts';

export interface ChatPartsDeps extends Pick<
  ChatDeps,
  'road' | 'clock' | 'policy' | 'fills' | 'screen' | 'settings' | 'explain'
> {
  readonly levels: Pick<Levels, 'of' | 'sourcesOf'>;
  readonly switcher: Pick<Switcher, 'current' | 'why' | 'switching'>;
  readonly catalog: Pick<Catalog, 'models' | 'endpoints'>;
}

/** What a conversation is made of, wherever it is shown. */
export function createChatParts(deps: ChatPartsDeps): ChatParts {
  const { road, clock, levels, switcher, catalog } = deps;
  return {
    road,
    clock,
    levels,
    model: () => switcher.current('chat'),
    why: () => switcher.why('chat'),
    mends: () => setupOf(deps).flatMap(({ mend }) => (mend ? [mend] : [])),
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
