import { type OllamaPeer, startOllamaPeer } from '../peers/ollama.ts';
import { startOpenAIPeer } from '../peers/openai.ts';
import type { Fault, Peer } from '../peers/recorder.ts';
import { type Listener, listenBefore } from './tap.ts';

/** One server for each zone, at a socket of its own: what they keep is what was really sent. */
export interface Servers {
  readonly ollama: Listener;
  readonly team: Listener;
  readonly cloud: Listener;
  readonly ports: ReadonlySet<number>;
  readonly peers: { readonly ollama: OllamaPeer; readonly team: Peer; readonly cloud: Peer };
  /** In place of the editor's: every host of the cloud is the listener, over a socket that can be looked into. */
  readonly cloudFetch: typeof globalThis.fetch;
  /** Whether the local Ollama would send this request on to its vendor. */
  goesOn(request: string): boolean;
  reset(): void;
  stop(): Promise<void>;
}

export const CLOUD_ORIGIN = 'https://api.closed.example';
export const KEY = 'sk-canary-key-0123456789';
/** Made from a model of the vendor's cloud, under a name that tells nothing. */
export const ALIAS = 'alias:latest';

export async function startServers(): Promise<Servers> {
  const [ollama, team, cloud] = await Promise.all([
    startOllamaPeer({
      models: [
        { name: 'tiny:1b', tokens: ['one ', 'two ', 'three'], tokenMs: 1 },
        { name: ALIAS, remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' } },
        { name: 'odd:cloud' },
      ],
    }),
    startOpenAIPeer({ models: ['team-model'], tokenMs: 1 }),
    startOpenAIPeer({ models: ['closed-model'], tokenMs: 1 }),
  ]);
  const [ollamaAt, teamAt, cloudAt] = await Promise.all([
    listenBefore(ollama.url, '127.0.0.1'),
    listenBefore(team.url, '127.0.0.2'),
    listenBefore(cloud.url, '127.0.0.3'),
  ]);
  const peers = { ollama, team, cloud };
  const { models } = ollama;
  return {
    ollama: ollamaAt,
    team: teamAt,
    cloud: cloudAt,
    ports: new Set([ollamaAt.port, teamAt.port, cloudAt.port]),
    peers,
    async cloudFetch(input, init) {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const answer = await fetch(`http://${cloudAt.host}:${cloudAt.port}${pathname}`, init);
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
    // As Ollama does: by the ending of the name, or by the metadata, unless asked for the local form.
    goesOn(request) {
      const name = /"model":"((?:[^"\\]|\\.)*)"/.exec(request)?.[1] ?? '';
      return /cloud\s*$/i.test(name) || name === ALIAS || name === 'alias';
    },
    reset() {
      ollama.models = models;
      for (const peer of Object.values(peers)) peer.fault(undefined);
      for (const listener of [ollamaAt, teamAt, cloudAt]) listener.clear();
    },
    async stop() {
      await Promise.all([ollamaAt.stop(), teamAt.stop(), cloudAt.stop()]);
      await Promise.all([ollama.stop(), team.stop(), cloud.stop()]);
    },
  };
}

export function faults(servers: Servers): readonly (Fault | undefined)[] {
  const away = (to: Listener): Fault => ({
    kind: 'answer',
    status: 307,
    body: '',
    headers: { location: `http://${to.host}:${to.port}/v1/chat/completions` },
  });
  return [
    undefined,
    { kind: 'answer', status: 500, body: '{"error":"broken"}', headers: { 'content-type': 'application/json' } },
    {
      kind: 'answer',
      status: 404,
      body: '{"error":"model not found"}',
      headers: { 'content-type': 'application/json' },
    },
    { kind: 'drop' },
    { kind: 'hang', ms: 4 },
    { kind: 'cut', after: 1, how: 'break' },
    away(servers.cloud),
    away(servers.team),
  ];
}
