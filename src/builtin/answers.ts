import {
  type BuiltinPath,
  BUILTIN_PATHS,
  Chat,
  Complete,
  type Failure,
  type Frame,
  Named,
} from '../core/builtinWire.ts';
import type { EngineProcess, Unsent } from './process.ts';
import type { Damaged, Shelf } from './shelf.ts';

/** What the door reads of an answer. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly type: string;
  readonly redirected: boolean;
  readonly url: string;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: ReadableStream<Uint8Array> | null;
}

export interface Sent {
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** Answers what the door hands in for `process://builtin`: the list from the disk, all else from the engine's process. */
export function createAnswers({
  shelf,
  engine,
  version,
}: {
  shelf: Shelf;
  engine: EngineProcess;
  version: () => string;
}) {
  return async (url: string, { body, signal }: Sent): Promise<Answer> => {
    const path = new URL(url).pathname;
    if (!isPath(path)) return json(404, { kind: 'failed', detail: 'There is no such path.' } satisfies Failure);
    if (path === '/models') return json(200, { version: version(), models: await shelf.list(engine.loaded()) });
    const given: unknown = JSON.parse(typeof body === 'string' ? body : '{}');
    const { model } = Named.parse(given);
    if (path === '/remove') {
      const loaded = await shelf.file(model);
      if (loaded && 'path' in loaded && engine.loaded().has(loaded.path)) {
        // A file that is mapped cannot be deleted on Windows, and frees no disk elsewhere.
        await engine.ask({ kind: 'unload', path: loaded.path }, signal, () => undefined);
      }
      return (await shelf.remove(model)) ? json(200, {}) : json(400, { kind: 'foreign' } satisfies Failure);
    }
    const file = await shelf.file(model);
    if (file === undefined) return json(404, { kind: 'missing' } satisfies Failure);
    if ('problem' in file) return json(500, failureFor(file));
    const request = ((): Unsent => {
      switch (path) {
        case '/complete':
          return { kind: 'complete', file, body: Complete.parse(given) };
        case '/chat':
          return { kind: 'chat', file, body: Chat.parse(given) };
        case '/load':
          return { kind: 'load', file };
        case '/unload':
          return { kind: 'unload', path: file.path };
        case '/measure':
          return { kind: 'measure', file };
      }
    })();
    return frames(engine, request, signal);
  };
}

/** One frame a line; a failure is the last of them. Whoever reads no more cancels the request. */
function frames(engine: EngineProcess, request: Unsent, outer: AbortSignal): Answer {
  const encoder = new TextEncoder();
  const own = new AbortController();
  const signal = AbortSignal.any([outer, own.signal]);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (frame: Frame) => {
        if (!signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(frame)}\n`));
      };
      const run = async () => {
        const error = await engine.ask(request, signal, write);
        if (signal.aborted) return;
        if (error) write({ error });
        controller.close();
      };
      outer.addEventListener('abort', () => controller.error(outer.reason), { once: true });
      run().catch((error: unknown) => controller.error(error));
    },
    cancel() {
      own.abort();
    },
  });
  return { ...json(200, {}), body };
}

function failureFor({ problem, unreadable }: Damaged): Failure {
  return unreadable
    ? { kind: 'failed', detail: `its file cannot be read: ${problem}` }
    : { kind: 'damaged', detail: problem };
}

function isPath(path: string): path is BuiltinPath {
  return BUILTIN_PATHS.some((known) => known === path);
}

function json(status: number, value: object): Answer {
  const headers = [['content-type', 'application/json']] as const;
  return {
    status,
    statusText: '',
    type: 'basic',
    redirected: false,
    url: '',
    headers,
    body: new Blob([JSON.stringify(value)]).stream(),
  };
}
