import * as vscode from 'vscode';
import type { Clock, Disposable, Event } from '../core/event.ts';
import type { Catalog } from '../core/routing/catalog.ts';

/** Milliseconds between two looks at the servers while the window has the focus. */
const FOCUSED_MS = 15_000;

export interface FreshModelsDeps {
  readonly catalog: Pick<Catalog, 'poll' | 'refresh'>;
  /** Fire when other servers may be asked, or asked in another way: levels, settings, keys. */
  readonly triggers: readonly Event<unknown>[];
  readonly clock: Pick<Clock, 'after'>;
}

/** Keeps the catalog current: while the window has the focus, when it gets it back, and when a trigger fires. */
export function registerFreshModels({ catalog, triggers, clock }: FreshModelsDeps): Disposable {
  let polling: Disposable | undefined;
  const follow = ({ focused }: Pick<vscode.WindowState, 'focused'>) => {
    if (focused) polling ??= catalog.poll(FOCUSED_MS);
    else {
      polling?.dispose();
      polling = undefined;
    }
  };
  // The first look loads the network's code: in a turn of its own, so that activation does not hold up other extensions.
  const first = clock.after(0, () => {
    follow(vscode.window.state);
    // A window that starts in the background still shows its models.
    if (!polling) void catalog.refresh('gently');
  });
  return vscode.Disposable.from(
    first,
    vscode.window.onDidChangeWindowState(follow),
    ...triggers.map((trigger) => trigger(() => void catalog.refresh())),
    { dispose: () => polling?.dispose() },
  );
}
