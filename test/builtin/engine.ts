import { linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, build } from 'esbuild';
import { createAnswers } from '../../src/builtin/answers.ts';
import type { Places } from '../../src/builtin/places.ts';
import { type EngineProcess, createEngineProcess } from '../../src/builtin/process.ts';
import { createShelf } from '../../src/builtin/shelf.ts';
import { BUILTIN } from '../../src/core/routing/endpoints.ts';
import { type TestLine, testLine } from '../providers/support.ts';
import { ensureEngine } from '../setup/engine.ts';
import { smallModel } from '../setup/ollamaBuild.ts';

/** The real engine in its own process, with folders of its own, and a line that leads to it without a door. */
export interface TestEngine {
  readonly dir: string;
  readonly places: Places;
  readonly engine: EngineProcess;
  readonly log: string[];
  line(): TestLine;
  /** Puts the small model into Switchyard's folder, under a name. */
  add(name: string): Promise<string>;
  stop(): void;
}

export const SMALL = 'SmolLM2-135M-Instruct.Q4_1';

export async function startEngine(
  options: {
    threads?: number;
    idleMs?: number;
    memory?: () => Promise<number | undefined>;
    /** Path of the addon; else the package of the processor. */
    addon?: string;
    /** The child tells of each batch; see countedNative.ts. */
    counted?: boolean;
    /** Told of each line of the log as it comes. */
    heard?: (line: string) => void;
  } = {},
): Promise<TestEngine> {
  const { binary, version } = await ensureEngine();
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-engine-'));
  const places: Places = {
    own: join(dir, 'models'),
    named: [join(dir, 'named')],
    ollama: [join(dir, 'ollama')],
    lmStudio: [],
  };
  mkdirSync(places.own);
  const script = await bundle(dir, options.counted === true ? [counted] : []);
  const log: string[] = [];
  const say = (text: string) => {
    log.push(text);
    options.heard?.(text);
  };
  // One thread: two on a busy machine wait for each other.
  const { threads = 1, idleMs = 600_000, memory } = options;
  const engine = createEngineProcess({
    script,
    binary: () => options.addon ?? binary,
    threads: () => threads,
    idleMs: () => idleMs,
    ...(memory && { memory }),
    log: say,
  });
  const answers = createAnswers({ shelf: createShelf(() => places, say), engine, version: () => version });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const { status, body } = await answers(url, {
      body: init?.body,
      signal: init?.signal ?? new AbortController().signal,
    });
    return new Response(body, { status });
  };
  return {
    dir,
    places,
    engine,
    log,
    line: () => testLine(fetch),
    async add(name) {
      const path = join(places.own, `${name}.gguf`);
      link(await smallModel(), path);
      return path;
    },
    stop() {
      engine.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The child as the extension ships it, from the sources as they are. */
export async function bundle(dir: string, plugins: Plugin[] = []): Promise<string> {
  const entry = fileURLToPath(new URL('../../src/builtin/child.ts', import.meta.url));
  const outfile = join(dir, 'child.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
    plugins,
  });
  return outfile;
}

const counted: Plugin = {
  name: 'counted',
  setup({ onResolve }) {
    const path = fileURLToPath(new URL('countedNative.ts', import.meta.url));
    onResolve({ filter: /\/native\.ts$/ }, ({ importer }) => (importer === path ? undefined : { path }));
  },
};

export const ENDPOINT = BUILTIN;

function link(from: string, to: string): void {
  linkSync(from, to);
}
