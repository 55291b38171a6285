import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { type CloudPeer, startCloudPeer } from '../peers/cloud.ts';
import { type OllamaServer, runningOllama, startOllama } from '../setup/ollama.ts';
import { placeEngine, storageIn } from '../setup/engine.ts';
import { ALWAYS_THE_SAME, CHAT_MODEL, FIM_MODELS } from '../setup/ollamaModels.ts';
import { builtinModels } from './builtinModels.ts';

/** What the demo's models run on. */

export const CLOUD_LABEL = 'Closed API (demo)';
export const CLOUD_MODEL = 'demo-large';
export const CLOUD_KEY = 'demo-key';

const ANSWER =
  'This is the stand-in for a closed API. It runs on this machine, and nothing has left it. ' +
  'Switchyard reached it as it reaches a real one: over TLS, with the key that you entered, and through the editor’s ' +
  'network stack. In a private-only workspace you will not hear from me.';

/** What is not what it looks like. */
export const HONESTLY = [
  `${[CHAT_MODEL, ...FIM_MODELS].join(', ')} all stand for one small model, SmolLM2 with 135 million parameters.`,
  'What runs it is real, and so is the model, but what it writes is not what those models would write.',
  'The closed API is a stand-in on this machine. It is reached as a real one: over TLS, through the editor’s network stack.',
] as const;

/** What the demo's models run on. */
export interface Engine {
  /** As the picker calls it. */
  readonly label: 'Ollama' | 'Built-in engine';
  /** Where its models run, as the end of a sentence and as the bar has it. */
  readonly place: string;
  readonly word: string;
  /** User settings, and the environment of the extension host. */
  readonly endpoints: readonly object[];
  readonly env: Readonly<Record<string, string>>;
  /** Prepares a workbench's folder of user data. */
  prepare(userDataDir: string): Promise<void>;
  /** A crash, and the way back. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The built-in engine, for a machine without Ollama. */
export async function builtinEngine(): Promise<Engine> {
  const models = await builtinModels();
  process.stdout.write(
    `  engine: built in; no Ollama is needed\n${HONESTLY.map((line) => `  note: ${line}\n`).join('')}`,
  );
  let storage = '';
  return {
    label: 'Built-in engine',
    place: 'in the editor',
    word: 'in the editor',
    endpoints: [],
    env: { OLLAMA_MODELS: models.dir },
    async prepare(userDataDir) {
      storage = userDataDir;
      await placeEngine(storageIn(userDataDir));
    },
    kill: () => Promise.resolve(killEngines(storage)),
    restart: () => Promise.resolve(),
    stop: () => Promise.resolve(models.remove()),
  };
}

/** SIGKILL to the engine's processes that were started from one folder of user data. */
function killEngines(userDataDir: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes(userDataDir) && command.includes('builtin/child.js')) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** An Ollama that answers somewhere, as an engine. */
export function ollamaEngine(url: string, server?: OllamaServer): Engine {
  const nothing = () => Promise.resolve();
  return {
    label: 'Ollama',
    place: 'on this machine',
    word: 'device',
    endpoints: [{ id: 'ollama', label: 'Ollama', protocol: 'ollama', url }],
    env: {},
    prepare: nothing,
    kill: server ? () => server.kill() : nothing,
    restart: server ? () => server.restart() : nothing,
    stop: server ? () => server.stop() : nothing,
  };
}

/** An Ollama with the small model under four names that people know. */
export async function ownOllama(): Promise<OllamaServer> {
  const server = await startOllama({ models: [CHAT_MODEL, ...FIM_MODELS], parameters: ALWAYS_THE_SAME });
  process.stdout.write(`  ollama: answers at ${server.url}\n${HONESTLY.map((line) => `  note: ${line}\n`).join('')}`);
  return server;
}

const Tags = z.object({ models: z.array(z.unknown()).min(1) });

/** Address of an Ollama of the user's on this machine that answers and has models. */
export async function usersOllama(): Promise<string | undefined> {
  const url = await runningOllama();
  if (url === undefined || !/^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)) return undefined;
  try {
    const answer = await fetch(`${url}/api/tags`, { signal: AbortSignal.timeout(5000) });
    return Tags.safeParse(await answer.json()).success ? url : undefined;
  } catch {
    return undefined;
  }
}

export async function closedApi(anyKey: boolean): Promise<CloudPeer> {
  const tokens = ANSWER.match(/\S+\s*/g) ?? [];
  return startCloudPeer({ models: [CLOUD_MODEL], tokens, tokenMs: 20, ...(anyKey ? {} : { key: CLOUD_KEY }) });
}

/** User settings by which nothing else asks for attention. */
export const QUIET = { 'chat.disableAIFeatures': true, 'remote.autoForwardPorts': false };

/** User settings that name the servers. */
export function serverSettings({ endpoints }: Engine, cloud: CloudPeer): Readonly<Record<string, unknown>> {
  return {
    'switchyard.endpoints': [
      ...endpoints,
      // A loopback address that is not this machine counts as the cloud, with all that follows.
      { id: 'closed', label: CLOUD_LABEL, protocol: 'openai', url: cloud.url, key: true, notThisMachine: true },
    ],
  };
}
