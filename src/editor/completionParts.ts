import type * as vscode from 'vscode';
import type { Proofs } from '../core/completion/proofs.ts';
import type { CompletionState } from '../core/completion/state.ts';
import type { Clock } from '../core/event.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Screen } from '../core/privacy/screen.ts';
import type { Road } from '../core/routing/road.ts';
import type { Switcher } from '../core/routing/switcher.ts';
import type { IgnoreRules } from './ignoreRules.ts';
import type { ReadSettings } from './settings.ts';
import type { Snooze } from './snooze.ts';

/** What completion in the editor is made of. */
export interface InlineCompletionParts {
  readonly road: Pick<Road, 'complete' | 'chat'>;
  /** Where it is remembered whether a model fills holes. */
  readonly proofs: Proofs;
  readonly switcher: Pick<Switcher, 'current' | 'onDidChange'>;
  readonly levels: Pick<Levels, 'of' | 'sourcesOf'>;
  readonly settings: ReadSettings;
  /** Which documents never leave this machine. Not asked for models that run here. */
  readonly ignoring: Pick<IgnoreRules, 'of' | 'onDidChange'>;
  /** What keeps secrets of other files out of prompts. */
  readonly screen: Pick<Screen, 'inspect'>;
  readonly snooze: Snooze;
  readonly log: vscode.LogOutputChannel;
  readonly clock: Clock;
  /** For the counts of what became of completions. */
  readonly memory: vscode.Memento;
  /** What completion is doing, for the status bar. */
  readonly onState: (state: CompletionState) => void;
}
