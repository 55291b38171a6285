import type * as vscode from 'vscode';

/** The editor's token as a signal, until it is disposed. */
export function signalOf(token: vscode.CancellationToken): { signal: AbortSignal } & vscode.Disposable {
  const controller = new AbortController();
  const listener = token.onCancellationRequested(() => controller.abort());
  return { signal: controller.signal, dispose: () => void listener.dispose() };
}
