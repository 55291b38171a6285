import type * as vscode from 'vscode';
import type { CompletionState } from '../core/completion/state.ts';
import type { Clock, Event } from '../core/event.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Policy } from '../core/privacy/policy.ts';
import type { Catalog } from '../core/routing/catalog.ts';
import type { Fills } from '../core/routing/choice.ts';
import type { Road } from '../core/routing/road.ts';
import type { Switcher } from '../core/routing/switcher.ts';

/** What the status bar, the picker and the commands on models are made of. */
export interface ModelDeps {
  readonly catalog: Catalog;
  readonly switcher: Switcher;
  readonly road: Pick<Road, 'load' | 'unload' | 'remove' | 'pull'>;
  readonly levels: Pick<Levels, 'window' | 'onDidChange'>;
  readonly policy: Pick<Policy, 'forbids'>;
  readonly fills: Fills;
  readonly log: vscode.LogOutputChannel;
  readonly clock: Clock;
  readonly completionState: { readonly current: CompletionState; readonly onDidChange: Event<unknown> };
}
