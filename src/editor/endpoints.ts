import * as vscode from 'vscode';
import { createEmitter, type Disposable, type Event } from '../core/event.ts';
import type { Endpoint } from '../core/model.ts';
import { type EndpointProblem, resolveEndpoints } from '../core/routing/endpoints.ts';
import type { ReadSettings } from './settings.ts';

/** The servers of the user's settings, read again when those change. */
export interface Endpoints extends Disposable {
  all(): readonly Endpoint[];
  networkHosts(): readonly string[];
  readonly onDidChange: Event<void>;
}

/** `ollamaUrl` is where Ollama's own tools would look for it; `report` is told once of every entry that cannot be used. */
export function createEndpoints(
  settings: ReadSettings,
  ollamaUrl: string,
  report: (problem: EndpointProblem) => void,
): Endpoints {
  const changed = createEmitter<void>();
  const read = () => {
    const now = settings();
    const networkHosts = now['switchyard.networkHosts'];
    const resolved = resolveEndpoints(now['switchyard.endpoints'], { networkHosts, ollamaUrl });
    resolved.problems.forEach(report);
    return { endpoints: resolved.endpoints, networkHosts };
  };
  let current = read();
  const subscription = vscode.workspace.onDidChangeConfiguration((event) => {
    if (!event.affectsConfiguration('switchyard.endpoints') && !event.affectsConfiguration('switchyard.networkHosts'))
      return;
    current = read();
    changed.fire();
  });
  return {
    all: () => current.endpoints,
    networkHosts: () => current.networkHosts,
    onDidChange: changed.event,
    dispose() {
      subscription.dispose();
      changed.dispose();
    },
  };
}
