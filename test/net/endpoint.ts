import type { Endpoint } from '../../src/core/model.ts';

export function endpointAt(url: string, facts: Partial<Endpoint> = {}): Endpoint {
  return { id: 'one', label: 'One', protocol: 'ollama', url, zone: 'device', needsKey: false, ...facts };
}
