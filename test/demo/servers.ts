import { z } from 'zod';
import { type CloudPeer, startCloudPeer } from '../peers/cloud.ts';
import { type OllamaServer, runningOllama, startOllama } from '../setup/ollama.ts';
import { ALWAYS_THE_SAME, CHAT_MODEL, FIM_MODELS } from '../setup/ollamaModels.ts';

/** The servers that the demo's models run on. */

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
  'Ollama and the model are real, but what it writes is not what those models would write.',
  'The closed API is a stand-in on this machine. It is reached as a real one: over TLS, through the editor’s network stack.',
] as const;

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
export function serverSettings(ollamaUrl: string, cloud: CloudPeer): Readonly<Record<string, unknown>> {
  return {
    'switchyard.endpoints': [
      { id: 'ollama', label: 'Ollama', protocol: 'ollama', url: ollamaUrl },
      // A loopback address that is not this machine counts as the cloud, with all that follows.
      { id: 'closed', label: CLOUD_LABEL, protocol: 'openai', url: cloud.url, key: true, notThisMachine: true },
    ],
  };
}
