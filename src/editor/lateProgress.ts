import * as vscode from 'vscode';

/** Milliseconds that a person waits without wondering. */
const LATE_MS = 1_000;

/** Does some work; when it takes longer than a second, shows a notification that can cancel it. */
export async function withLateProgress<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const working = work(abort.signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), LATE_MS);
  });
  try {
    const first = await Promise.race([working.then(() => 'done' as const), late]);
    if (first === 'done') return await working;
  } finally {
    clearTimeout(timer);
  }
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  return vscode.window.withProgress(options, async (_, token) => {
    const subscription = token.onCancellationRequested(() => abort.abort());
    try {
      return await working;
    } finally {
      subscription.dispose();
    }
  });
}
