import * as vscode from 'vscode';
import type { LedgerReader, Verification } from '../core/privacy/ledgerEntry.ts';
import type { Folded } from '../core/requests/fold.ts';
import { createRequestTable } from '../core/requests/table.ts';
import {
  FromRequestsPage,
  type PageRow,
  type RequestsState,
  type ToRequestsPage,
} from '../webview/requestsProtocol.ts';
import { prepareWebview } from './webviewPage.ts';

/** Milliseconds between two updates of the page while much happens. */
const UPDATE_MS = 100;
type Chain = RequestsState['chain'];

/** Opens the table of requests in an editor tab of its own; it lives until the tab is closed. */
export function openRequestsPanel(ledger: LedgerReader, extensionUri: vscode.Uri): vscode.WebviewPanel {
  const panel = vscode.window.createWebviewPanel('switchyard.requests', 'Requests', vscode.ViewColumn.Active);
  const table = createRequestTable({ ledger, now: () => performance.now(), pause: nextTurn });
  let chain: Chain = { state: 'checking', text: 'Checking the chain of hashes…' };
  let ready = false;
  let timer: NodeJS.Timeout | undefined;
  let sent = 0;

  const post = (message: ToRequestsPage) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this goes to the editor's webview, not to a window
    if (ready) void panel.webview.postMessage(message);
  };
  const update = () => {
    timer = undefined;
    sent = performance.now();
    post({ type: 'state', ...table.state, tasks: [...table.state.tasks], chain });
  };
  const updateSoon = () => {
    timer ??= setTimeout(update, Math.max(0, sent + UPDATE_MS - performance.now()));
  };
  const verify = async () => {
    chain = { state: 'checking', text: 'Checking the chain of hashes…' };
    updateSoon();
    try {
      chain = chainText(await ledger.verify());
    } catch (error) {
      chain = { state: 'unknown', text: `The chain of hashes could not be checked: ${String(error)}` };
    }
    updateSoon();
  };
  const load = async () => {
    try {
      await table.load();
    } catch (error) {
      post({ type: 'failed', text: `The ledger could not be read: ${String(error)}` });
    }
    await verify();
  };
  let loading: Promise<void> | undefined;

  const subscriptions = vscode.Disposable.from(
    table,
    table.onDidChange(updateSoon),
    panel.webview.onDidReceiveMessage((data: unknown) => {
      const parsed = FromRequestsPage.safeParse(data);
      if (!parsed.success) return;
      const message = parsed.data;
      switch (message.type) {
        case 'ready':
          ready = true;
          table.show(message.filter);
          loading ??= load();
          break;
        case 'filter':
          table.show(message.filter);
          break;
        case 'rows': {
          const { version, from, count } = message;
          if (version === table.state.version)
            post({ type: 'rows', version, from, rows: table.slice(from, count).map(pageRow) });
          break;
        }
        case 'verify':
          void verify();
          break;
        case 'export':
          void vscode.commands.executeCommand('switchyard.exportRequests');
          break;
      }
    }),
    // The page is thrown away while it is hidden, and asks for everything when it comes back.
    panel.onDidChangeViewState(() => {
      if (!panel.visible) ready = false;
    }),
  );
  panel.onDidDispose(() => {
    ready = false;
    clearTimeout(timer);
    subscriptions.dispose();
  });
  prepareWebview(panel.webview, extensionUri, 'requests', 'Requests');
  return panel;
}

function pageRow({ row, count, since, bytesOut, bytesIn }: Folded): PageRow {
  return count === 1 ? { ...row, count, since } : { ...row, count, since, bytesOut, bytesIn };
}

/** The result of a check in words. */
export function chainText(checked: Verification): Chain {
  if (!checked.intact) {
    const { file, line, problem } = checked;
    return { state: 'broken', text: `The chain of hashes is broken at ${file}, line ${line}: ${problem}` };
  }
  const lines = checked.lines.toLocaleString();
  return {
    state: 'intact',
    text: `Chain of hashes intact: ${lines} lines, checked at ${new Date().toLocaleTimeString()}`,
  };
}

async function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
