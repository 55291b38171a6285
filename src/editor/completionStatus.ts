import * as vscode from 'vscode';
import { gate } from '../core/completion/gate.ts';
import type { CompletionState } from '../core/completion/state.ts';
import type { Model } from '../core/model.ts';
import type { Switcher } from '../core/routing/switcher.ts';
import type { CompletionSettings } from './completionSettings.ts';
import type { IgnoreRules } from './ignoreRules.ts';

export interface CompletionStatusParts {
  readonly settings: Pick<CompletionSettings, 'gate'>;
  readonly switcher: Pick<Switcher, 'current'>;
  readonly ignoring: Pick<IgnoreRules, 'of'>;
  readonly log: vscode.LogOutputChannel;
  readonly onState: (state: CompletionState) => void;
}

/** Whether completion is on for the document in front, and why not. */
export interface CompletionStatus {
  /** Tells that nothing is under way: idle, or off and why. */
  tell(): void;
  /** Whether a document may not go to where the model runs; yes, where that cannot be told. */
  isIgnored(document: vscode.TextDocument, model: Model): Promise<boolean>;
}

export function createCompletionStatus({
  settings,
  switcher,
  ignoring,
  log,
  onState,
}: CompletionStatusParts): CompletionStatus {
  async function tellWhetherIgnored(document: vscode.TextDocument, model: Model): Promise<void> {
    if (!(await isIgnored(document, model))) return;
    const still = vscode.window.activeTextEditor?.document === document && switcher.current('completion') === model;
    if (still) onState({ state: 'off', why: 'ignored' });
  }

  async function isIgnored({ uri }: vscode.TextDocument, { zone }: Model): Promise<boolean> {
    if (zone === 'device') return false;
    try {
      return (await ignoring.of(uri.toString())) !== undefined;
    } catch (error) {
      log.error(`Ignore rules: ${String(error)}`);
      return true;
    }
  }

  return {
    tell() {
      const document = vscode.window.activeTextEditor?.document;
      const model = switcher.current('completion');
      const verdict = gate(settings.gate(document?.uri, model?.zone), document?.languageId ?? '*', model, 'typing');
      onState(typeof verdict === 'object' ? { state: 'off', why: verdict.off } : { state: 'idle' });
      if (typeof verdict !== 'object' && document && model) void tellWhetherIgnored(document, model);
    },
    isIgnored,
  };
}
