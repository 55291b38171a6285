import * as vscode from 'vscode';
import { registerCommand } from './command.ts';
import type { InlineCompletionParts } from './completionParts.ts';
import type { InlineCompletion } from './inlineCompletion.ts';

/** Registers the commands of completion, and loads the rest as soon as activation is over. */
export function registerCompletion(parts: InlineCompletionParts): vscode.Disposable {
  const { clock, log } = parts;
  let loading: Promise<InlineCompletion> | undefined;
  const load = async () => {
    loading ??= import('./inlineCompletion.ts').then(({ createInlineCompletion }) => createInlineCompletion(parts));
    return loading;
  };
  return vscode.Disposable.from(
    clock.after(0, () => {
      load().catch((error: unknown) => log.error(`Completion could not be loaded: ${String(error)}`));
    }),
    registerCommand('switchyard.toggleCompletion', async () => (await load()).toggle()),
    registerCommand('switchyard.toggleCompletionForLanguage', async () => (await load()).toggleForLanguage()),
    registerCommand('switchyard.snoozeCompletion', async () => parts.snooze.choose()),
    registerCommand('switchyard.completeHere', async () => (await load()).completeHere()),
    {
      dispose() {
        void loading?.then(
          (loaded) => void loaded.dispose(),
          () => undefined,
        );
      },
    },
  );
}
