import type { Counts, Frame, LoadedFacts } from '../core/builtinWire.ts';
import type { Role } from '../core/model.ts';
import { EngineError } from './engineError.ts';
import { USUAL, fitContext } from './fit.ts';
import { measure } from './measure.ts';
import type { File, Loaded, Request } from './messages.ts';
import type { Native, NativeContext, NativeModel, NativeSampler } from './native.ts';
import { type Generation, LARGEST_BATCH, type Sequence, createSequence } from './sequence.ts';
import { begunThought, renderChat, tokensOf } from './template.ts';
import type { Threads } from './threads.ts';
import { createTurns } from './turns.ts';
import { type InMemory, createWeights, firstLine } from './weights.ts';

/** Holds models in memory, one for each role and one that is to come, and answers requests one after the other for each role. */
export interface Engine {
  handle(request: Request, signal: AbortSignal, say: (frame: Frame) => void): Promise<void>;
  loaded(): Loaded[];
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

interface Context {
  readonly context: NativeContext;
  readonly sampler: NativeSampler;
  readonly size: number;
  readonly sequence: Sequence;
}

export function createEngine({ native, threads, gpu, saidLately, changed, memory }: EngineParts): Engine {
  const turns = createTurns();
  /** The last request of each role, and the last change of a context. */
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
  const contexts = new Map<InMemory, Map<Role, Context>>();
  const contextsOf = (entry: InMemory) => {
    const known = contexts.get(entry) ?? new Map<Role, Context>();
    contexts.set(entry, known);
    return known;
  };
  const dropContext = async (entry: InMemory, role: Role) => {
    const context = contextsOf(entry).get(role);
    contextsOf(entry).delete(role);
    context?.sampler.dispose();
    await context?.context.dispose();
  };
  const leaving = async (entry: InMemory) => {
    for (const role of contextsOf(entry).keys()) await dropContext(entry, role);
    contexts.delete(entry);
  };
  const weights = createWeights({ native, gpu, free, saidNow, leaving });

  /** The model that served a role before lets it go. Only for the request that is at the head of the role's line. */
  const handOver = async (file: File, role: Role) => {
    for (const entry of weights.all.values()) {
      if (entry.file.path === file.path || !contextsOf(entry).has(role)) continue;
      await inLine('memory', () => dropContext(entry, role));
      if (contextsOf(entry).size === 0 && entry.users === 0) await weights.unload(entry.file.path);
    }
  };
  const contextFor = (entry: InMemory, role: Role, needed: number): Promise<Context> =>
    inLine('memory', async () => {
      const { file } = entry;
      const known = contextsOf(entry).get(role);
      if (known && (needed <= known.size || known.size >= file.trainedContext)) return known;
      const own = known ? known.size * file.tokenBytes : 0;
      const wish = { file, free: (await free()) + own, inMemory: true, usual: USUAL[role], needed };
      const size = fitContext(wish);
      if (known && size <= known.size) return known;
      if (size === 0) throw new EngineError('noMemory', undefined, 'no memory is left for a context');
      await dropContext(entry, role);
      saidLately();
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
      contextsOf(entry).set(role, made);
      changed();
      return made;
    });

  /** One request after the other in a role; the model stays until it has ended. */
  const inRole = (
    file: File,
    role: Role,
    signal: AbortSignal,
    run: (entry: InMemory, since: number) => Promise<void>,
  ) =>
    inLine(role, async () => {
      if (signal.aborted) return;
      const since = performance.now();
      await handOver(file, role);
      const entry = await weights.take(file);
      try {
        await run(entry, since);
      } finally {
        weights.giveBack(entry);
      }
    });
  const generate = (
    file: File,
    role: Role,
    signal: AbortSignal,
    say: (frame: Frame) => void,
    wishOf: (model: NativeModel) => Generation,
  ) =>
    inRole(file, role, signal, async (entry, since) => {
      const wish = wishOf(entry.model);
      const context = await contextFor(entry, role, wish.prompt.length + Math.min(wish.maxTokens ?? 512, 512));
      const loadMs = performance.now() - since;
      const { reason, ...counts } = await context.sequence.run(wish, signal, (text) => say({ text }));
      const usage: Counts = { loadMs: round(loadMs), ...rounded(counts) };
      if (reason !== 'cancelled') say({ done: reason, usage });
    });

  const factsOf = (entry: InMemory): LoadedFacts => {
    const all = [...contextsOf(entry).values()];
    const memories = [entry.model.getMemoryBreakdown(), ...all.map(({ context }) => context.getMemoryBreakdown())];
    const gpuBytes = memories.reduce((sum, each) => sum + each.gpuVram, 0);
    return {
      contextLength: Math.max(0, ...all.map(({ size }) => size)),
      sizeBytes: memories.reduce((sum, each) => sum + each.cpuRam, 0) + gpuBytes,
      gpuBytes,
      threads: threads.now(),
      ...(gpu !== undefined && { gpu }),
      roles: [...contextsOf(entry).keys()],
    };
  };

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
          await weights.load(request.file, signal);
          return changed();
        case 'unload':
          await weights.unload(request.path, signal);
          return changed();
        case 'measure':
          return inRole(request.file, 'chat', signal, async (entry, since) => {
            const { sequence } = await contextFor(entry, 'chat', MEASURED_TOKENS);
            const loadMs = round(performance.now() - since);
            const measured = await measure(entry.model, (wish) => sequence.run(wish, signal, () => undefined));
            const memoryBytes = factsOf(entry).sizeBytes;
            say({
              measured: { ...measured, loadMs, memoryBytes, threads: threads.now(), ...(gpu !== undefined && { gpu }) },
            });
          });
      }
    },
    loaded: () => [...weights.all.values()].map((entry) => ({ path: entry.file.path, facts: factsOf(entry) })),
  };
}

const MEASURED_TOKENS = 1024;

/** Where nobody can tell what can be had: all that can be paged out, as node-llama-cpp has it. */
async function unwired(native: Native): Promise<number> {
  const { total, wired } = await native.getSystemMemoryInfo();
  return Math.max(0, (total ?? 0) - (wired ?? 0));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function rounded({ promptMs, outputMs, ...counts }: { promptMs: number; outputMs: number } & Counts): Counts {
  return { ...counts, promptMs: round(promptMs), outputMs: round(outputMs) };
}
