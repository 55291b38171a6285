import * as vscode from 'vscode';
import type { Clock, Disposable } from '../core/event.ts';
import type { Words } from '../core/chat/failure.ts';
import type { Intent } from '../core/chat/thread.ts';
import type { AppError } from '../core/outcome.ts';
import type { Level } from '../core/privacy/level.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Passages } from '../core/privacy/passages.ts';
import type { Policy } from '../core/privacy/policy.ts';
import type { Screen } from '../core/privacy/screen.ts';
import type { Catalog } from '../core/routing/catalog.ts';
import type { Fills } from '../core/routing/choice.ts';
import type { Road } from '../core/routing/road.ts';
import type { Switcher } from '../core/routing/switcher.ts';
import { VIEWS } from '../manifest.ts';
import { registerChatCommands } from './chatCommands.ts';
import type { LooseDocuments } from './looseDocuments.ts';
import type { ReadSettings } from './settings.ts';

export interface ChatDeps {
  readonly road: Pick<Road, 'chat'>;
  readonly switcher: Switcher;
  readonly catalog: Catalog;
  readonly levels: Levels;
  readonly policy: Pick<Policy, 'forbids'>;
  readonly fills: Fills;
  readonly screen: Pick<Screen, 'redact'>;
  readonly settings: ReadSettings;
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri' | 'storageUri' | 'globalStorageUri'>;
  readonly log: vscode.LogOutputChannel;
  readonly clock: Clock;
  readonly explain: (error: AppError) => Words;
  readonly passages: Pick<Passages, 'release'>;
  /** Where code of an answer goes that has no folder. */
  readonly loose: Pick<LooseDocuments, 'add'>;
  /** Writes a note into the ledger. Rejects when it cannot be written. */
  readonly note: (level: Level, reason: string) => Promise<void>;
}

/** The chat once it is needed: everything heavy lies behind it. */
export interface Chat extends Disposable {
  /** Fills a view that the editor has made. */
  attach(view: vscode.WebviewView): void;
  focus(): Promise<void>;
  startNew(): Promise<void>;
  showHistory(): Promise<void>;
  /** Shows what the question in the box would send. */
  showManifest(): Promise<void>;
  /** Shows what makes the open chat stricter than the window, and lets the user release it. */
  release(): Promise<void>;
  /** Asks about the selection, or about what stands at the cursor. */
  askHere(intent: Intent): Promise<void>;
  /** Resolves when everything is on the disk. */
  flush(): Promise<void>;
}

export interface ChatRegistration extends Disposable {
  /** For `deactivate`: resolves when every chat is on the disk. */
  flush(): Promise<void>;
}

/** Registers the chat view and its commands. Nothing is loaded until the first use. */
export function registerChatView(deps: ChatDeps): ChatRegistration {
  let loading: Promise<Chat> | undefined;
  const load = async () => {
    loading ??= import('./chat.ts')
      .then(async ({ createChat }) => createChat(deps))
      .catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
    return loading;
  };
  const registrations = vscode.Disposable.from(
    // The page is thrown away while hidden (retainContextWhenHidden costs memory all day): it is rebuilt from the thread,
    // and the answer keeps streaming into the thread meanwhile.
    vscode.window.registerWebviewViewProvider(VIEWS.chat, {
      resolveWebviewView: async (view) => (await load()).attach(view),
    }),
    registerChatCommands(load),
  );
  return {
    flush: async () => (await loading)?.flush(),
    dispose() {
      registrations.dispose();
      void loading?.then(
        (chat) => chat.dispose(),
        () => undefined,
      );
    },
  };
}
