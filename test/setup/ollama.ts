import { accessSync, constants, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onStop, run, start, type Child } from './child.ts';
import { builtOllama, buildOllama, smallModel } from './ollamaBuild.ts';
import { modelfile } from './ollamaModels.ts';

export interface OllamaOptions {
  /** Names to create from the small model. */
  readonly models: readonly string[];
  /** Of the models, as in a Modelfile: `temperature 0`. */
  readonly parameters?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** Leaves the server's folder (models, key pair, log) behind. */
  readonly keep?: boolean;
}

/** A real Ollama of our own, with a home, models and a port that nobody else uses. */
export interface OllamaServer {
  readonly url: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Its home; `server.log` in it has what it says. */
  readonly dir: string;
  /** Adds a model under a name. */
  create(name: string): Promise<void>;
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>;
  /** SIGKILL, to it and its runners: a crash. The models stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same models, after `kill` or while it runs. */
  restart(): Promise<void>;
}

const READY_MS = 30_000;

/** Starts a server, and builds Ollama first if this machine has none. Throws `CannotRun` when it cannot have one. */
export async function startOllama(options: OllamaOptions): Promise<OllamaServer> {
  const binary = builtOllama() ?? installedOllama() ?? (await buildOllama());
  const gguf = await smallModel();
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-ollama-'));
  const discard = () => {
    if (options.keep !== true) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const forget = onStop(discard);
  const port = options.port ?? (await freePort());
  const env = environment(dir, port);
  const url = `http://127.0.0.1:${port}`;
  let server = await launch(binary, env, dir, url);
  const ollama: OllamaServer = {
    url,
    dir,
    get pid() {
      return server.pid;
    },
    async create(name) {
      const file = join(dir, 'Modelfile');
      writeFileSync(file, modelfile(name, gguf, options.parameters));
      await run(binary, ['create', name, '-f', file], { env });
    },
    async stop() {
      await server.stop();
      forget();
      discard();
    },
    kill: () => server.kill(),
    async restart() {
      await server.stop();
      server = await launch(binary, env, dir, url);
    },
  };
  for (const name of options.models) await ollama.create(name);
  return ollama;
}

/** Address of an Ollama that answers where the user's environment says, or `undefined`. */
export async function runningOllama(): Promise<string | undefined> {
  const host = process.env['OLLAMA_HOST'] ?? '127.0.0.1:11434';
  const url = /^https?:\/\//.test(host) ? host : `http://${/:\d+$/.test(host) ? host : `${host}:11434`}`;
  const reachable = url.replace('//0.0.0.0', '//127.0.0.1');
  return (await isUp(reachable)) ? reachable : undefined;
}

/** A port of the loopback address that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}

/** The program on the path, or `undefined`. */
export function installedOllama(): string | undefined {
  const name = process.platform === 'win32' ? 'ollama.exe' : 'ollama';
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Nothing of the user's own Ollama settings is left in it. */
function environment(dir: string, port: number): Record<string, string | undefined> {
  const cleared = Object.keys(process.env).filter((key) => key.startsWith('OLLAMA_'));
  return {
    ...Object.fromEntries(cleared.map((key) => [key, undefined])),
    HOME: dir,
    OLLAMA_MODELS: join(dir, 'models'),
    OLLAMA_HOST: `127.0.0.1:${port}`,
  };
}

async function launch(
  binary: string,
  env: Record<string, string | undefined>,
  dir: string,
  url: string,
): Promise<Child> {
  const log = join(dir, 'server.log');
  const out = createWriteStream(log, { flags: 'a' });
  const server = start(binary, ['serve'], { env, onLine: (line) => out.write(`${line}\n`) });
  let exited = false;
  const ended = server.exited.finally(() => {
    exited = true;
    out.end();
  });
  ended.catch(() => {});
  const deadline = Date.now() + READY_MS;
  while (!(await isUp(url))) {
    if (exited || Date.now() > deadline) {
      await server.kill();
      const tail = readFileSync(log, 'utf8').split('\n').slice(-15).join('\n');
      throw new Error(`Ollama does not answer at ${url}\n${tail}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return server;
}

async function isUp(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/api/version`, { signal: AbortSignal.timeout(2000) });
    return answer.ok;
  } catch {
    return false;
  }
}
