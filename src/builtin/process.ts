import { type ChildProcess, fork } from 'node:child_process';
import type { Failure, Frame, LoadedFacts } from '../core/builtinWire.ts';
import { type Request, ToHost, type ToChild } from './messages.ts';
import { noGpuFound, whyNotStarted } from './startWords.ts';
import { memoryNow } from './vmStat.ts';

/** The engine's process as the extension host sees it: started when it is needed, again after it died, ended when idle. */
export interface EngineProcess {
  /** Resolves with the failure, or with nothing when all went well. */
  ask(request: Unsent, signal: AbortSignal, frame: (frame: Frame) => void): Promise<Failure | undefined>;
  /** What is in its memory, by path. */
  loaded(): ReadonlyMap<string, LoadedFacts>;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** Ends it; the next request starts another. */
  end(): void;
}

/** A request without its number. */
export type Unsent = Request extends infer Each ? (Each extends Request ? Omit<Each, 'id'> : never) : never;

export interface ProcessParts {
  /** The bundled file of the child. */
  readonly script: string;
  /** Path of the engine's addon; `undefined` while none is installed. */
  readonly binary: () => string | undefined;
  /** 0: as many as there are real cores. */
  readonly threads: () => number;
  readonly idleMs: () => number;
  /** Bytes of memory that can be had, where that can be told; default: as the system says. */
  readonly memory?: () => Promise<number | undefined>;
  readonly log: (text: string) => void;
}

interface Child {
  readonly process: ChildProcess;
  /** Resolves when it can be asked, or with why it cannot. */
  readonly ready: Promise<Failure | undefined>;
  readonly waiting: Map<number, Waiting>;
}
interface Waiting {
  readonly frame: (frame: Frame) => void;
  readonly end: (failure: Failure | undefined) => void;
}

const START_MS = 30_000;
/** Milliseconds between two looks at the memory while the engine rests, and what counts as scarce. */
const LOOK_MS = 10_000;
const SCARCE_BYTES = 300e6;

const FENCE = ['--permission', '--allow-addons', '--allow-fs-read=*'];

export function createEngineProcess({
  script,
  binary,
  threads,
  idleMs,
  memory = memoryNow,
  log,
}: ProcessParts): EngineProcess {
  let child: Child | undefined;
  let loaded = new Map<string, LoadedFacts>();
  let latest = 0;
  let idle: NodeJS.Timeout | undefined;
  let look: NodeJS.Timeout | undefined;

  const stopLooking = () => {
    clearInterval(look);
    look = undefined;
  };
  const end = () => {
    clearTimeout(idle);
    stopLooking();
    child?.process.kill('SIGKILL');
    child = undefined;
    loaded = new Map();
  };
  const tellMemory = async (to: ChildProcess) => {
    const bytes = await memory();
    send(to, { kind: 'memory', ...(bytes !== undefined && { bytes }) });
  };
  const giveBackIfScarce = async () => {
    const resting = child;
    if (!resting || resting.waiting.size > 0) return;
    const bytes = await memory();
    if (bytes === undefined || bytes >= SCARCE_BYTES) return;
    if (child !== resting || resting.waiting.size > 0) return;
    log('Memory is scarce: the built-in engine gives its models back.');
    end();
  };
  const restIdle = () => {
    clearTimeout(idle);
    if (!child || child.waiting.size > 0) return;
    if (!look) {
      // It goes on from request to request: whoever types steadily would put it off for ever.
      look = setInterval(() => void giveBackIfScarce(), LOOK_MS);
      look.unref();
    }
    const ms = idleMs();
    if (ms === Infinity) return;
    // Everything is given back at once, and for certain.
    idle = setTimeout(end, Math.min(ms, 2 ** 31 - 1));
    idle.unref();
  };
  /** Node's own fence, where this Node has it: no other program, no worker, nothing written. */
  let fenced = process.allowedNodeEnvironmentFlags.has('--permission');
  const start = (addon: string): Child => {
    const made = fork(script, [], {
      // No proxy, no token, nothing that a library could read: only what tells Electron to be Node, and where memory is.
      env: environment(),
      execArgv: fenced ? FENCE : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    const noGpu = noGpuFound(addon);
    const waiting = new Map<number, Waiting>();
    const { promise: ready, resolve } = withResolvers<Failure | undefined>();
    const late = setTimeout(() => made.kill('SIGKILL'), START_MS);
    const mine: Child = { process: made, ready, waiting };
    made.on('message', (raw) => {
      const parsed = ToHost.safeParse(raw);
      if (!parsed.success) return log('A message of the built-in engine was not understood.');
      const message = parsed.data;
      switch (message.kind) {
        case 'ready':
          clearTimeout(late);
          if (message.network.length > 0) {
            const detail = `the network could not be taken away from it: ${message.network.join(', ')} stayed open`;
            log(`The built-in engine is not used: ${detail}.`);
            made.kill('SIGKILL');
            return resolve({ kind: 'failed', detail });
          }
          log(
            `The built-in engine runs with up to ${message.threads} threads${message.gpu ? ` and ${message.gpu}` : ''}.`,
          );
          if (message.gpu === undefined && noGpu !== undefined) log(noGpu);
          return resolve(undefined);
        case 'unusable':
          clearTimeout(late);
          log(`The built-in engine does not start: ${message.detail}`);
          return resolve({ kind: 'failed', detail: whyNotStarted(addon, message.detail) });
        case 'frame':
          return waiting.get(message.id)?.frame(message.frame);
        case 'end':
          return waiting.get(message.id)?.end(message.error);
        case 'loaded':
          if (child === mine) loaded = new Map(message.models.map(({ path, facts }) => [path, facts]));
          return;
        case 'log':
          return log(message.text);
        case 'memory':
          return void tellMemory(made);
      }
    });
    made.stderr?.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()));
    let gone = false;
    const died = (detail: string) => {
      if (gone) return;
      gone = true;
      clearTimeout(late);
      const byItself = child === mine;
      if (byItself) {
        stopLooking();
        child = undefined;
        loaded = new Map();
      }
      log(`The process of the built-in engine has ended: ${detail}.`);
      // 9 is Node's code for a flag that it does not take.
      if (fenced && detail === 'code 9') fenced = false;
      // One that ends by itself before it was ready would do so again.
      resolve(byItself ? { kind: 'failed', detail: whyNotStarted(addon, detail) } : { kind: 'died', detail });
      for (const each of waiting.values()) each.end({ kind: 'died', detail });
    };
    made.on('exit', (code, signal) => died(signal ?? `code ${code}`));
    made.on('error', (error) => died(error.message));
    send(made, { kind: 'start', binary: addon, threads: threads(), gpu: true });
    return mine;
  };

  return {
    async ask(unsent, signal, frame) {
      const addon = binary();
      if (addon === undefined) return { kind: 'notInstalled' };
      clearTimeout(idle);
      const wasFenced = fenced;
      const own = (child ??= start(addon));
      const failure = await own.ready;
      if (failure) {
        if (child === own) end();
        return wasFenced && !fenced ? this.ask(unsent, signal, frame) : failure;
      }
      if (signal.aborted) {
        if (child === own) restIdle();
        return undefined;
      }
      // Another that ended meanwhile may have set it.
      clearTimeout(idle);
      latest += 1;
      const id = latest;
      const { promise, resolve } = withResolvers<Failure | undefined>();
      own.waiting.set(id, { frame, end: resolve });
      const cancel = () => send(own.process, { kind: 'cancel', id });
      signal.addEventListener('abort', cancel, { once: true });
      send(own.process, { ...unsent, id });
      try {
        return await promise;
      } finally {
        signal.removeEventListener('abort', cancel);
        own.waiting.delete(id);
        if (child === own) restIdle();
      }
    },
    loaded: () => loaded,
    pid: () => child?.process.pid,
    end,
  };
}

function send(child: ChildProcess, message: ToChild): void {
  // One that has ended says so itself.
  if (child.connected) child.send(message, () => undefined);
}

/** DLLs are found by way of SystemRoot, CUDA's by PATH, or LD_LIBRARY_PATH; drivers of GPUs look for a home. */
const PASSED = [
  ...(process.platform === 'win32' ? ['PATH'] : ['LD_LIBRARY_PATH']),
  'SystemRoot',
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'CUDA_VISIBLE_DEVICES',
  'GGML_VK_VISIBLE_DEVICES',
];

function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ELECTRON_RUN_AS_NODE: '1' };
  for (const name of PASSED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((given) => (resolve = given));
  return { promise, resolve };
}
