import { Clearance } from '../core/privacy/policy.ts';
import type { VerifyParts } from './verifyStage.ts';
import { PRIVATE, type Outcome, type Stage, endpointAt, modelNamed, outcomeOf } from './verifyStage.ts';

/** One thing that must be impossible. */
export interface Attempt {
  readonly id: string;
  readonly tried: string;
  /** The rules that may stop it; the first is the one that should. */
  readonly rules: readonly string[];
  /** What a connection means in which not one byte came, where that is not the attempt's doing. */
  readonly emptyConnection?: string;
  readonly run: (stage: Stage) => Promise<Outcome>;
}

/** Attempts on the servers that the user configured, by the very policy and door that serve the user. */
export function configuredAttempts({ endpoints }: VerifyParts): Attempt[] {
  const distant = endpoints().filter(({ zone }) => zone !== 'device');
  return distant.flatMap((endpoint): Attempt[] => {
    const name = `${endpoint.label} (${new URL(endpoint.url).host})`;
    const where = endpoint.zone === 'cloud' ? 'in the cloud' : 'in the network';
    return [
      {
        id: `configured:${endpoint.id}`,
        tried: `Send private text to ${name}, which is configured ${where}.`,
        rules: ['level:private'],
        run: (stage) => stage.send({ endpoint, model: { name: 'any-model' } }),
      },
      {
        id: `disguised:${endpoint.id}`,
        tried: `Pretend that ${name} is this machine, as a fault elsewhere in the program might.`,
        rules: ['endpoint', 'zone'],
        run: (stage) => stage.send({ endpoint: { ...endpoint, zone: 'device' } }),
      },
    ];
  });
}

/** Attempts by names of models. */
const CLOUD_NAMES = [
  'gpt-oss:120b-cloud',
  'kimi-k2:cloud',
  'GPT-OSS:120B-Cloud ',
  'registry.ollama.ai/library/x:cloud',
];

export const CLOUD_NAME_ATTEMPTS: readonly Attempt[] = CLOUD_NAMES.map((name) => ({
  id: `cloudName:${name.trim()}`,
  tried: `Ask an Ollama on this machine for “${name}”: it would dial its vendor for a name like this.`,
  rules: ['level:private'],
  async run(stage) {
    const endpoint = endpointAt(stage.outside.url);
    const door = stage.door({ endpoints: () => [endpoint] });
    return stage.send({ endpoint, model: modelNamed(name, endpoint) }, { door });
  },
}));

/** Attempts to go around the policy. */
export const CLEARANCE_ATTEMPTS: readonly Attempt[] = [
  {
    id: 'forged',
    tried: 'Hand the door a clearance that the policy did not make, with the shape and the class of a real one.',
    rules: ['forged'],
    async run(stage) {
      const endpoint = endpointAt(stage.outside.url);
      const verdict = { level: 'open', reasons: [] };
      const forged: unknown = Object.create(Clearance.prototype, {
        ask: { value: { task: 'verify', endpoint, sources: [{ kind: 'window' }] } },
        zone: { value: 'device' },
        verdict: { value: verdict },
      });
      if (!(forged instanceof Clearance)) return { instead: 'It could not be forged.' };
      return outcomeOf(async () => {
        const line = await stage.parts.door.open(forged);
        return `The door opened, and the server answered ${(await line.fetch(endpoint.url)).status}.`;
      });
    },
  },
  {
    id: 'notConfigured',
    tried: 'Send to a server that nobody configured, on this machine.',
    rules: ['endpoint'],
    async run(stage) {
      return stage.send({ endpoint: endpointAt(stage.outside.url, { id: 'verify-not-configured' }) });
    },
  },
  {
    id: 'removed',
    tried: 'Clear a request, remove its server from the settings, and then send.',
    rules: ['endpoint'],
    async run(stage) {
      const endpoint = endpointAt(stage.outside.url);
      let configured = [endpoint];
      const door = stage.door({ endpoints: () => configured });
      const line = stage.parts.policy.clear({ task: 'verify', endpoint, sources: PRIVATE });
      if (!(line instanceof Clearance)) return { instead: line.reason };
      configured = [];
      return outcomeOf(async () => {
        const opened = await door.open(line);
        return `It was sent, and answered with status ${(await opened.fetch(`${endpoint.url}/verify`)).status}.`;
      });
    },
  },
  {
    id: 'otherServer',
    tried: 'Use a request that was cleared for one server for another one.',
    rules: ['address'],
    async run(stage) {
      const [cleared, other] = [await stage.inside(), stage.outside];
      const endpoint = endpointAt(cleared.url);
      const door = stage.door({ endpoints: () => [endpoint] });
      const clearance = stage.parts.policy.clear({ task: 'verify', endpoint, sources: PRIVATE });
      if (!(clearance instanceof Clearance)) return { instead: clearance.reason };
      return outcomeOf(async () => {
        const line = await door.open(clearance);
        return `It was sent, and answered with status ${(await line.fetch(`${other.url}/verify`)).status}.`;
      });
    },
  },
];
