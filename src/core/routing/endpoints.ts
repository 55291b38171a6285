import type { Endpoint, Protocol } from '../model.ts';
import { type Address, BUILTIN_ADDRESS, readBaseUrl } from '../privacy/address.ts';
import { zoneOf } from '../privacy/zone.ts';

/** One entry of the setting `switchyard.endpoints`. */
export interface EndpointEntry {
  readonly id: string;
  readonly label?: string | undefined;
  readonly protocol: Protocol;
  readonly url?: string | undefined;
  readonly key?: boolean | undefined;
  readonly notThisMachine?: boolean | undefined;
}

/** The built-in engine, where it is installed. */
export const BUILTIN: Endpoint = {
  id: 'builtin',
  label: 'Built-in engine',
  protocol: 'builtin',
  url: BUILTIN_ADDRESS.url,
  zone: 'device',
  needsKey: false,
};

export interface EndpointProblem {
  readonly id: string;
  /** One sentence for people. */
  readonly problem: string;
}

export interface EndpointFacts {
  readonly networkHosts: readonly string[];
  /** Where Ollama's own tools would look for it: `OLLAMA_HOST` as Ollama reads it, else its default. */
  readonly ollamaUrl: string;
  /** Whether the organisation's policy allows a server beyond this machine. */
  readonly allows: (address: Address) => boolean;
  /** Whether the built-in engine is installed. */
  readonly builtin?: boolean;
}

/** The servers that can be used, and why each of the others cannot. */
export function resolveEndpoints(
  entries: readonly EndpointEntry[],
  facts: EndpointFacts,
): { readonly endpoints: readonly Endpoint[]; readonly problems: readonly EndpointProblem[] } {
  const endpoints: Endpoint[] = [];
  const problems: EndpointProblem[] = [];
  for (const entry of entries) {
    const endpoint = resolveEndpoint(entry, facts);
    if (typeof endpoint === 'string') problems.push({ id: entry.id, problem: endpoint });
    else if (endpoints.some(({ id }) => id === entry.id))
      problems.push({ id: entry.id, problem: 'The id is used twice.' });
    else endpoints.push(endpoint);
  }
  if (facts.builtin === true) endpoints.push(BUILTIN);
  return { endpoints, problems };
}

/** Where an entry without a URL leads. None for OpenAI's protocol: many speak it. */
export const DEFAULT_URLS: { readonly [P in Protocol]?: string } = {
  llamacpp: 'http://127.0.0.1:8080',
  mistral: 'https://api.mistral.ai/v1',
  deepseek: 'https://api.deepseek.com',
  anthropic: 'https://api.anthropic.com/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta',
};

function resolveEndpoint(entry: EndpointEntry, facts: EndpointFacts): Endpoint | string {
  // Where a model runs is told from its id, and stored choices and answers have nothing else.
  if (entry.id === BUILTIN.id) return 'The id belongs to the built-in engine. Give the server another one.';
  const fromEnvironment = !entry.url && entry.protocol === 'ollama';
  const url = entry.url ?? (entry.protocol === 'ollama' ? facts.ollamaUrl : DEFAULT_URLS[entry.protocol]);
  if (!url) return 'It needs a url.';
  const address = readBaseUrl(url);
  if ('problem' in address) return address.problem;
  const zone = zoneOf(address, facts.networkHosts, entry.notThisMachine);
  // The environment may come from a repository (a dev container), so it cannot name a host that the user did not.
  if (fromEnvironment && zone === 'cloud') {
    return `OLLAMA_HOST names ${address.host}, which is not in “switchyard.networkHosts”.`;
  }
  if (zone !== 'device' && !facts.allows(address)) return 'Your organisation’s policy does not allow this host.';
  if (zone === 'cloud' && address.scheme !== 'https') return 'Servers in the cloud are reached over https only.';
  return {
    id: entry.id,
    label: entry.label ?? entry.id,
    protocol: entry.protocol,
    url: address.url,
    zone,
    needsKey: entry.key ?? (entry.protocol !== 'ollama' && address.scheme === 'https'),
  };
}
