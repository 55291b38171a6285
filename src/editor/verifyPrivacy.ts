import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { AttemptResult, PageTry, VerificationReport } from '../core/privacy/verification.ts';
import { registerCommand } from './command.ts';
import type { VerifyPanel } from './verifyPanel.ts';

/** What runs the attempts; given by the composition root, because the listeners live with the door. */
export type Verify = (following: {
  readonly fromPage: (url: string, signal: AbortSignal) => Promise<readonly PageTry[]>;
  readonly onResult: (result: AttemptResult, done: number, of: number) => void;
  readonly signal: AbortSignal;
}) => Promise<VerificationReport>;

export interface VerifyParts {
  readonly verify: Verify;
  readonly extension: Pick<vscode.Extension<unknown>, 'extensionUri' | 'packageJSON'>;
}

/** `switchyard.verifyPrivacy`: resolves with the report, for whoever runs the command from a script. */
export function registerVerifyPrivacy(parts: VerifyParts): Disposable {
  let panel: VerifyPanel | undefined;
  return vscode.Disposable.from(
    registerCommand('switchyard.verifyPrivacy', async () => {
      const { openVerifyPanel } = await import('./verifyPanel.ts');
      panel ??= openVerifyPanel(parts, () => (panel = undefined));
      return panel.run();
    }),
    {
      dispose() {
        panel?.dispose();
      },
    },
  );
}
