import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/**
 * Child processes that never outlive this one. Each leads a process group of its own, which is stopped as a whole: by
 * `stop`, on Ctrl+C, on SIGTERM, on SIGHUP and on every exit of this process except SIGKILL.
 */

export interface ChildOptions {
  readonly cwd?: string;
  /** Added to the environment of this process; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Every line of stdout and stderr, without its end. */
  readonly onLine?: (line: string) => void;
}

export interface RunOptions extends ChildOptions {
  /** Gives the terminal to the child; `output` is then empty. */
  readonly inherit?: boolean;
  /** Resolves on a failure too: look at `code`. */
  readonly mayFail?: boolean;
  /** Milliseconds; the child is stopped after them. */
  readonly timeoutMs?: number;
}

export interface RunResult {
  /** Exit code, or -1 after a signal. */
  readonly code: number;
  /** Stdout and stderr, interleaved. */
  readonly output: string;
}

export interface Child {
  readonly pid: number;
  /** Exit code, or -1 after a signal. */
  readonly exited: Promise<number>;
  /** SIGTERM to the group, SIGKILL after `graceMs`. Resolves when the child is gone. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL to the group at once. */
  kill(): Promise<void>;
}

const WINDOWS = process.platform === 'win32';
const GRACE_MS = 5000;
const OUTPUT_LIMIT = 4_000_000;
const children = new Set<ChildProcess>();
const cleanups = new Set<() => void>();
let guarded = false;
let stopping = false;

/** Runs a command to its end. Throws with the last lines of its output when it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  let output = '';
  const child = launch(command, args, options, options.inherit === true, (text) => {
    output = (output + text).slice(-OUTPUT_LIMIT);
  });
  let late = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          void child.stop();
        }, options.timeoutMs);
  const code = await child.exited.finally(() => clearTimeout(timer));
  if (code !== 0 && options.mayFail !== true) {
    const tail = output.trimEnd().split('\n').slice(-40).join('\n');
    const how = late ? 'took too long' : `failed with ${code}`;
    throw new Error(`${[command, ...args].join(' ')} ${how}${tail ? `\n${tail}` : ''}`);
  }
  return { code, output };
}

/** Starts a server or another long-lived process. */
export function start(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  return launch(command, args, options, false, () => {});
}

/** Whether this process is on its way out: what fails now fails because of that. */
export function isStopping(): boolean {
  return stopping;
}

/** Calls `cleanup` (synchronous) when this process ends early or late; the returned function takes that back. */
export function onStop(cleanup: () => void): () => void {
  guard();
  cleanups.add(cleanup);
  return () => void cleanups.delete(cleanup);
}

function launch(
  command: string,
  args: readonly string[],
  options: ChildOptions,
  inherit: boolean,
  onText: (text: string) => void,
): Child {
  guard();
  if (stopping) throw new Error('stopping');
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: inherit ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    detached: !WINDOWS,
    // npm and others are batch files there, which only a shell starts.
    shell: WINDOWS && !command.endsWith('.exe'),
    windowsHide: true,
  });
  children.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      onText(text);
      const lines = (rest + text).split(/\r?\n|\r/);
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    });
    stream?.on('end', () => {
      if (rest !== '') options.onLine?.(rest);
    });
  }
  const exited = new Promise<number>((resolve, reject) => {
    child.on('error', (error) => {
      children.delete(child);
      reject(new Error(`cannot start ${command}: ${error.message}`, { cause: error }));
    });
    // What the leader leaves behind in its group goes with it.
    child.on('exit', () => signal(child, 'SIGKILL'));
    child.on('close', (code) => {
      children.delete(child);
      resolve(code ?? -1);
    });
  });
  const gone = exited.catch(() => -1);
  return {
    pid: child.pid ?? -1,
    exited,
    async stop(graceMs = GRACE_MS) {
      signal(child, 'SIGTERM');
      const timer = setTimeout(() => signal(child, 'SIGKILL'), graceMs);
      await gone.finally(() => clearTimeout(timer));
    },
    async kill() {
      signal(child, 'SIGKILL');
      await gone;
    },
  };
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || !children.has(child)) return;
  if (WINDOWS) {
    if (child.exitCode === null) spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
    return;
  }
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group is empty.
  }
}

function guard(): void {
  if (guarded) return;
  guarded = true;
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(name, () => {
      if (stopping) return;
      stopping = true;
      void stopAll().finally(() => process.exit(code));
    });
  }
  process.on('exit', () => {
    if (children.size > 0) {
      for (const child of children) signal(child, 'SIGTERM');
      // Nothing asynchronous runs any more; give the children a moment to stop theirs.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      for (const child of children) signal(child, 'SIGKILL');
    }
    for (const cleanup of cleanups) cleanup();
  });
}

async function stopAll(): Promise<void> {
  const all = [...children];
  const ended = Promise.all(
    all.map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once('close', () => resolve());
        }),
    ),
  );
  for (const child of all) signal(child, 'SIGTERM');
  const timer = setTimeout(() => {
    for (const child of all) signal(child, 'SIGKILL');
  }, GRACE_MS);
  await ended;
  clearTimeout(timer);
}
