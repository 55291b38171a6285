import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { LedgerReader } from '../core/privacy/ledgerEntry.ts';
import { registerCommand } from './command.ts';

/** `switchyard.showRequests` and `switchyard.exportRequests`. Everything behind them is loaded at the first use. */
export function registerShowRequests(ledger: () => Promise<LedgerReader>, extensionUri: vscode.Uri): Disposable {
  let panel: vscode.WebviewPanel | undefined;
  return vscode.Disposable.from(
    registerCommand('switchyard.showRequests', async () => {
      if (panel) {
        panel.reveal();
        return;
      }
      const [{ openRequestsPanel }, opened] = await Promise.all([import('./requestsPanel.ts'), ledger()]);
      if (panel) return;
      const made = openRequestsPanel(opened, extensionUri);
      panel = made;
      made.onDidDispose(() => (panel = undefined));
    }),
    registerCommand('switchyard.exportRequests', async () => {
      const [{ exportRequests }, opened] = await Promise.all([import('./exportRequests.ts'), ledger()]);
      await exportRequests(opened);
    }),
    {
      dispose() {
        panel?.dispose();
      },
    },
  );
}
