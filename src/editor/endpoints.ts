import * as vscode from 'vscode';
import { createEmitter, type Disposable, type Event } from '../core/event.ts';
import type { Endpoint } from '../core/model.ts';
import type { Address } from '../core/privacy/address.ts';
import { allowsHost, narrowNetworkHosts } from '../core/privacy/organisation.ts';
import { type EndpointProblem, resolveEndpoints } from '../core/routing/endpoints.ts';
import type { Organisation } from './organisation.ts';
import type { ReadSettings } from './settings.ts';
import { userValue } from './userValue.ts';

/** The servers of the user's settings, read again when those change. */
export interface Endpoints extends Disposable {
  all(): readonly Endpoint[];
  networkHosts(): readonly string[];
  readonly onDidChange: Event<void>;
}

/** What a policy that cannot be read allows beyond this machine. */
const NOTHING = { networkHosts: [], allowedHosts: [] };

/** `ollamaUrl` is where Ollama's own tools would look for it; `report` is told once of every entry that cannot be used. */
export function createEndpoints(
  settings: ReadSettings,
  organisation: Organisation,
  ollamaUrl: string,
  report: (problem: EndpointProblem) => void,
): Endpoints {
  const changed = createEmitter<void>();
  const read = () => {
    const now = settings();
    const policies = organisation.files.map(({ policy }) => (policy === 'unreadable' ? NOTHING : policy));
    const networkHosts = narrowNetworkHosts(now['switchyard.networkHosts'], policies);
    const allows = (address: Address) => allowsHost(address, policies);
    const resolved = resolveEndpoints(now['switchyard.endpoints'], { networkHosts, ollamaUrl, allows });
    // Nobody asked for the servers of the default: one that a policy does not allow is no news.
    const own = userValue(vscode.workspace.getConfiguration().inspect('switchyard.endpoints'));
    if (own !== undefined) resolved.problems.forEach(report);
    return { endpoints: resolved.endpoints, networkHosts };
  };
  // Read when it is first asked for: not while the editor waits for the activation to end.
  let known: ReturnType<typeof read> | undefined;
  const current = () => (known ??= read());
  const reread = () => {
    known = read();
    changed.fire();
  };
  const subscriptions = [
    organisation.onDidChange(reread),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('switchyard.endpoints') || event.affectsConfiguration('switchyard.networkHosts')) {
        reread();
      }
    }),
  ];
  return {
    all: () => current().endpoints,
    networkHosts: () => current().networkHosts,
    onDidChange: changed.event,
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}
