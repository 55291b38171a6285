import type { Counts, Frame, LoadedFacts } from '../core/builtinWire.ts';
import type { Role } from '../core/model.ts';
import { EngineError } from './engineError.ts';
import { USUAL, fitContext, fitLayers } from './fit.ts';
import { measure } from './measure.ts';
import type { File, Loaded, Request } from './messages.ts';
import type { Native, NativeContext, NativeModel, NativeSampler } from './native.ts';
import { type Generation, LARGEST_BATCH, type Sequence, createSequence } from './sequence.ts';
import { begunThought, renderChat, tokensOf } from './template.ts';
import type { Threads } from './threads.ts';
import { createTurns } from './turns.ts';

/** Holds models in memory, at most one for each role, and answers requests one after the other for each role. */
export interface Engine {
  handle(request: Request, signal: AbortSignal, say: (frame: Frame) => void): Promise<void>;
  loaded(): Loaded[];
  unloadAll(): Promise<void>;
}

export interface EngineParts {
  readonly native: Native;
  readonly threads: Threads;
  readonly gpu: string | undefined;
  /** What llama.cpp said since it was last asked. */
  readonly saidLately: () => string;
  readonly changed: () => void;
  /** Bytes of memory that can be had, as the host reads them. */
  readonly memory: () => Promise<number | undefined>;
}

/** A model's weights, and the context of each role that it serves. */
interface InMemory {
  readonly file: File;
  readonly model: NativeModel;
  readonly contexts: Map<Role, Context>;
}
interface Context {
  readonly context: NativeContext;
  readonly sampler: NativeSampler;
  readonly size: number;
  readonly sequence: Sequence;
}

export function createEngine({ native, threads, gpu, saidLately, changed, memory }: EngineParts): Engine {
  const models = new Map<string, InMemory>();
  const turns = createTurns();
  /** The last request of each role, and the last change of what is in memory. */
  const lines = new Map<Role | 'memory', Promise<unknown>>();
  const inLine = <T>(line: Role | 'memory', run: () => Promise<T>): Promise<T> => {
    const result = (lines.get(line) ?? Promise.resolve()).then(run, run);
    lines.set(
      line,
      result.catch(() => undefined),
    );
    return result;
  };

  const free = async () => {
    const ram = (await memory()) ?? (await unwired(native));
    if (gpu === undefined) return ram;
    const { total, used, unifiedSize } = native.getGpuVramInfo();
    return unifiedSize > 0 ? ram : ram + Math.max(0, total - used);
  };
  /** Its words come by a thread of their own, a little later than its failure. */
  const saidNow = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return saidLately();
  };
  const dropContext = async (entry: InMemory, role: Role) => {
    const context = entry.contexts.get(role);
    entry.contexts.delete(role);
    context?.sampler.dispose();
    await context?.context.dispose();
  };
  const drop = async (path: string) => {
    const entry = models.get(path);
    models.delete(path);
    if (!entry) return;
    for (const role of entry.contexts.keys()) await dropContext(entry, role);
    await entry.model.dispose();
  };
  const weights = async (file: File, needed: number): Promise<InMemory> => {
    const known = models.get(file.path);
    if (known) return known;
    if (!native.getIsArchSupported(file.architecture)) {
      throw new EngineError('unknownArchitecture', undefined, file.architecture);
    }
    const bytes = await free();
    if (fitContext({ file, free: bytes, inMemory: false, usual: 1, needed: Math.min(needed, 1) }) === 0) {
      const detail = `it needs ${gigabytes(file.sizeBytes)}, and ${gigabytes(bytes)} are free`;
      throw new EngineError('noMemory', undefined, detail);
    }
    saidLately();
    const vram = gpu === undefined ? { total: 0, used: 0, unifiedSize: 0 } : native.getGpuVramInfo();
    const gpuLayers = gpu === undefined ? 0 : fitLayers(file, vram);
    const model = new native.AddonModel(file.path, {
      addonExports: native,
      gpuLayers,
      useMmap: true,
      checkTensors: false,
    });
    let ok: boolean;
    try {
      ok = await model.init();
    } catch (error) {
      throw whyNot(`${await saidNow()}\n${String(error)}`);
    }
    if (!ok) throw whyNot(await saidNow());
    const entry: InMemory = { file, model, contexts: new Map() };
    models.set(file.path, entry);
    return entry;
  };
  const contextFor = (file: File, role: Role, needed: number): Promise<{ entry: InMemory; context: Context }> =>
    inLine('memory', async () => {
      for (const [path, entry] of models) {
        if (path === file.path || !entry.contexts.has(role)) continue;
        await dropContext(entry, role);
        if (entry.contexts.size === 0) await drop(path);
      }
      // One that was loaded and never used makes room when there is one for each role besides.
      const unused = [...models].filter(([path, { contexts }]) => path !== file.path && contexts.size === 0);
      if (models.size > 1) for (const [path] of unused) await drop(path);
      const entry = await weights(file, needed);
      const known = entry.contexts.get(role);
      if (known && (needed <= known.size || known.size >= file.trainedContext)) return { entry, context: known };
      const own = known ? known.size * file.tokenBytes : 0;
      const wish = { file, free: (await free()) + own, inMemory: true, usual: USUAL[role], needed };
      const size = fitContext(wish);
      if (known && size <= known.size) return { entry, context: known };
      if (size === 0) throw new EngineError('noMemory', undefined, 'no memory is left for a context');
      await dropContext(entry, role);
      const context = new native.AddonContext(entry.model, {
        contextSize: size,
        batchSize: LARGEST_BATCH,
        sequences: 1,
        threads: threads.now(),
        flashAttention: 'auto',
      });
      if (!(await context.init())) throw new EngineError('noMemory', undefined, firstLine(await saidNow()));
      const sampler = new native.AddonSampler(entry.model);
      const parts = { model: entry.model, context, sampler };
      const urgent = role === 'completion';
      const sequence = createSequence({ native: parts, contextSize: size, urgent, threads, turns });
      const made: Context = { context, sampler, size, sequence };
      entry.contexts.set(role, made);
      changed();
      return { entry, context: made };
    });

  const generate = (
    file: File,
    role: Role,
    signal: AbortSignal,
    say: (frame: Frame) => void,
    wishOf: (model: NativeModel) => Generation,
  ) =>
    inLine(role, async () => {
      if (signal.aborted) return;
      const started = performance.now();
      // The weights first: only they tell how long the prompt is.
      const { entry } = await contextFor(file, role, 1);
      const wish = wishOf(entry.model);
      const { context } = await contextFor(file, role, wish.prompt.length + Math.min(wish.maxTokens ?? 512, 512));
      const loadMs = performance.now() - started;
      const { reason, ...counts } = await context.sequence.run(wish, signal, (text) => say({ text }));
      const usage: Counts = { loadMs: round(loadMs), ...rounded(counts) };
      if (reason !== 'cancelled') say({ done: reason, usage });
    });

  return {
    async handle(request, signal, say) {
      switch (request.kind) {
        case 'complete': {
          const { prompt, stops, maxTokens, temperature } = request.body;
          return generate(request.file, 'completion', signal, say, (model) => {
            return { prompt: tokensOf(model, prompt), stops, maxTokens, temperature };
          });
        }
        case 'chat': {
          const { stops, maxTokens, temperature = 0.7 } = request.body;
          return generate(request.file, 'chat', signal, say, (model) => {
            const text = renderChat(native, model, request.file.template, request.body);
            const begun = begunThought(text);
            if (begun !== '') say({ text: begun });
            return { prompt: tokensOf(model, text), stops, maxTokens, temperature };
          });
        }
        case 'load':
          await inLine('memory', () => weights(request.file, 1));
          changed();
          return;
        case 'unload':
          await inLine('memory', () => drop(request.path));
          changed();
          return;
        case 'measure': {
          const started = performance.now();
          const { entry, context } = await contextFor(request.file, 'chat', MEASURED_TOKENS);
          const loadMs = performance.now() - started;
          const run = (wish: Generation) => inLine('chat', () => context.sequence.run(wish, signal, () => undefined));
          const measured = await measure(entry.model, run);
          const found = this.loaded().find(({ path }) => path === request.file.path);
          const memoryBytes = found?.facts.sizeBytes ?? 0;
          const more = {
            loadMs: round(loadMs),
            memoryBytes,
            threads: threads.now(),
            ...(gpu !== undefined && { gpu }),
          };
          say({ measured: { ...measured, ...more } });
        }
      }
    },
    loaded() {
      return [...models.values()].map(({ file, model, contexts }) => {
        const memories = [
          model.getMemoryBreakdown(),
          ...[...contexts.values()].map(({ context }) => context.getMemoryBreakdown()),
        ];
        const gpuBytes = memories.reduce((sum, each) => sum + each.gpuVram, 0);
        const facts: LoadedFacts = {
          contextLength: Math.max(0, ...[...contexts.values()].map(({ size }) => size)),
          sizeBytes: memories.reduce((sum, each) => sum + each.cpuRam, 0) + gpuBytes,
          gpuBytes,
          threads: threads.now(),
          ...(gpu !== undefined && { gpu }),
          roles: [...contexts.keys()],
        };
        return { path: file.path, facts };
      });
    },
    async unloadAll() {
      await inLine('memory', async () => {
        for (const path of models.keys()) await drop(path);
      });
      changed();
    },
  };
}

const MEASURED_TOKENS = 1024;

/** Where nobody can tell what can be had: all that can be paged out, as node-llama-cpp has it. */
async function unwired(native: Native): Promise<number> {
  const { total, wired } = await native.getSystemMemoryInfo();
  return Math.max(0, (total ?? 0) - (wired ?? 0));
}

/** What llama.cpp says when it cannot load a file (llama-model-loader.cpp, llama-model.cpp; read 2026-11). */
function whyNot(said: string): EngineError {
  if (/(failed to allocate|unable to allocate|out of memory|bad_alloc)/i.test(said)) return new EngineError('noMemory');
  return new EngineError('damaged', undefined, firstLine(said));
}

function firstLine(text: string): string {
  return text.trim().split('\n').at(0) ?? '';
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function rounded({ promptMs, outputMs, ...counts }: { promptMs: number; outputMs: number } & Counts): Counts {
  return { ...counts, promptMs: round(promptMs), outputMs: round(outputMs) };
}
