import { dirname, join } from 'node:path';
import { start } from './child.ts';
import { freePort } from './ollama.ts';
import { builtOllama, buildOllama, smallModel } from './ollamaBuild.ts';

/** A real server of llama.cpp: the engine that was built for Ollama, by itself, with the small model. */
export interface LlamaServer {
  readonly url: string;
  stop(): Promise<void>;
}

const READY_MS = 60_000;

/** Builds the engine first if this machine has none. Throws `CannotRun` when it cannot have one. */
export async function startLlamaServer(options: { slots: number; contextTokens: number }): Promise<LlamaServer> {
  const ollama = builtOllama() ?? (await buildOllama());
  const binary = join(dirname(dirname(ollama)), 'lib/ollama/llama-server');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['-m', await smallModel(), '--host', '127.0.0.1', '--port', `${port}`];
  // One thread is plenty for a model of this size; see ollamaModels.ts.
  args.push('-t', '1', '-np', `${options.slots}`, '-c', `${options.slots * options.contextTokens}`, '--offline');
  const server = start(binary, args);
  let exited = false;
  server.exited.finally(() => (exited = true)).catch(() => {});
  const deadline = Date.now() + READY_MS;
  while (!(await isReady(url))) {
    if (exited || Date.now() > deadline) {
      await server.kill();
      throw new Error(`llama-server does not answer at ${url}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  return { url, stop: () => server.stop() };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
