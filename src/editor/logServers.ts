import type { Disposable } from '../core/event.ts';
import type { ModelDeps } from './modelDeps.ts';

/** Writes every change of a server's state into the log, with what the server or the system said. */
export function logServers({ catalog, log }: Pick<ModelDeps, 'catalog' | 'log'>): Disposable {
  const known = new Map<string, string>();
  return catalog.onDidChange(() => {
    for (const state of catalog.endpoints) {
      const said = state.state === 'failed' ? `: ${state.error.message}` : '';
      const line = `${state.endpoint.label} (${state.endpoint.url}) is ${state.state}${said}`;
      if (known.get(state.endpoint.id) === line) continue;
      known.set(state.endpoint.id, line);
      if (state.state === 'failed') log.warn(line);
      else log.info(line);
    }
  });
}
