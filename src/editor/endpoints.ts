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
  /** Where the built-in engine is fetched from. */
  engineSource(): Endpoint | EndpointProblem;
  /** Reads all again. */
  reread(): void;
}

const READ = ['switchyard.endpoints', 'switchyard.networkHosts', 'switchyard.builtin.registry'] as const;

/** The registry is no server of models: its protocol only says that no key goes there. */
const ENGINE_SOURCE = { id: 'engine-source', label: 'The npm registry', protocol: 'openai', key: false } as const;

/** What a policy that cannot be read allows beyond this machine. */
const NOTHING = { networkHosts: [], allowedHosts: [] };

/** `ollamaUrl` is where Ollama's own tools would look for it; `builtin` tells whether that engine is installed; `report` is told once of every entry that cannot be used. */
export function createEndpoints(
  settings: ReadSettings,
  organisation: Organisation,
  ollamaUrl: string,
  builtin: () => boolean,
  report: (problem: EndpointProblem) => void,
): Endpoints {
  const changed = createEmitter<void>();
  const read = () => {
    const now = settings();
    const policies = organisation.files.map(({ policy }) => (policy === 'unreadable' ? NOTHING : policy));
    const networkHosts = narrowNetworkHosts(now['switchyard.networkHosts'], policies);
    const allows = (address: Address) => allowsHost(address, policies);
    const resolved = resolveEndpoints(now['switchyard.endpoints'], {
      networkHosts,
      ollamaUrl,
      allows,
      builtin: builtin(),
    });
    // Nobody asked for the servers of the default: one that a policy does not allow is no news.
    const own = userValue(vscode.workspace.getConfiguration().inspect('switchyard.endpoints'));
    if (own !== undefined) resolved.problems.forEach(report);
    const source = resolveEndpoints([{ ...ENGINE_SOURCE, url: now['switchyard.builtin.registry'] }], {
      networkHosts,
      ollamaUrl,
      allows,
    });
    const nowhere = { id: ENGINE_SOURCE.id, problem: 'The setting “switchyard.builtin.registry” has no address.' };
    const engineSource = source.endpoints[0] ?? source.problems[0] ?? nowhere;
    return { endpoints: resolved.endpoints, networkHosts, engineSource };
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
      if (READ.some((id) => event.affectsConfiguration(id))) reread();
    }),
  ];
  return {
    all: () => current().endpoints,
    networkHosts: () => current().networkHosts,
    engineSource: () => current().engineSource,
    onDidChange: changed.event,
    reread,
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}
