import { EngineError } from './engineError.ts';
import { fitContext, fitLayers } from './fit.ts';
import type { File } from './messages.ts';
import type { Native, NativeModel } from './native.ts';

/** A model in memory. */
export interface InMemory {
  readonly file: File;
  readonly model: NativeModel;
  /** Requests that use it now: it stays until there are none. */
  users: number;
  /** Whether any request has used it. */
  used: boolean;
}

/** The models in memory. One is loaded at a time, and never in the way of those that are there already. */
export interface Weights {
  readonly all: ReadonlyMap<string, InMemory>;
  /** Loads it first, where it is not in memory. Whoever takes it gives it back. Throws `EngineError`. */
  take(file: File): Promise<InMemory>;
  giveBack(entry: InMemory): void;
  /** Loads it, in place of one that was loaded and never used. An abort ends that, unless a request waits for it, too. */
  load(file: File, signal: AbortSignal): Promise<void>;
  /** Puts it out of the memory as soon as nobody uses it, unless `signal` aborts before. */
  unload(path: string, signal?: AbortSignal): Promise<void>;
}

export interface WeightsParts {
  readonly native: Native;
  readonly gpu: string | undefined;
  /** Bytes of memory that can be had. */
  readonly free: () => Promise<number>;
  /** What llama.cpp says of a failure. */
  readonly saidNow: () => Promise<string>;
  /** Called before a model is put out: its contexts go first. */
  readonly leaving: (entry: InMemory) => Promise<void>;
}

/** A model that is being loaded. */
interface Loading {
  readonly done: Promise<InMemory>;
  wanted: number;
  abandon: () => void;
}

export function createWeights({ native, gpu, free, saidNow, leaving }: WeightsParts): Weights {
  const all = new Map<string, InMemory>();
  const loadings = new Map<string, Loading>();
  /** Those who wait until a model has no users. */
  let waiting: (() => void)[] = [];
  let last: Promise<unknown> = Promise.resolve();

  const drop = async (entry: InMemory) => {
    all.delete(entry.file.path);
    await leaving(entry);
    await entry.model.dispose();
  };
  const fits = async (file: File) => {
    const bytes = await free();
    return { bytes, fits: fitContext({ file, free: bytes, inMemory: false, usual: 1, needed: 1 }) > 0 };
  };
  /** What nobody uses goes, where there is no room else. */
  const findRoom = async (file: File) => {
    let found = await fits(file);
    for (const entry of all.values()) {
      if (found.fits) return;
      if (entry.users > 0 || all.get(entry.file.path) !== entry) continue;
      await drop(entry);
      found = await fits(file);
    }
    if (found.fits) return;
    const detail = `it needs ${gigabytes(file.sizeBytes)}, and ${gigabytes(found.bytes)} are free`;
    throw new EngineError('noMemory', undefined, detail);
  };
  const read = async (file: File, loading: () => Loading | undefined): Promise<InMemory> => {
    const cancelled = new EngineError('failed', undefined, 'the loading was cancelled');
    if (loading()?.wanted === 0) throw cancelled;
    if (!native.getIsArchSupported(file.architecture)) {
      throw new EngineError('unknownArchitecture', undefined, file.architecture);
    }
    await findRoom(file);
    const vram = gpu === undefined ? { total: 0, used: 0, unifiedSize: 0 } : native.getGpuVramInfo();
    const model = new native.AddonModel(file.path, {
      addonExports: native,
      gpuLayers: gpu === undefined ? 0 : fitLayers(file, vram),
      useMmap: true,
      checkTensors: false,
    });
    let abandoned = false;
    const abandon = () => {
      abandoned = true;
      model.abortActiveModelLoad();
    };
    const now = loading();
    if (now?.wanted === 0) throw cancelled;
    if (now) now.abandon = abandon;
    let ok: boolean;
    try {
      ok = await model.init();
    } catch (error) {
      throw abandoned ? cancelled : whyNot(`${await saidNow()}\n${String(error)}`);
    }
    if (abandoned) {
      if (ok) await model.dispose();
      throw cancelled;
    }
    if (!ok) throw whyNot(await saidNow());
    const entry: InMemory = { file, model, users: 0, used: false };
    all.set(file.path, entry);
    return entry;
  };
  /** Joins a loading that is under way. */
  const loadingOf = (file: File): Loading => {
    const known = loadings.get(file.path);
    if (known) return known;
    let made: Loading | undefined;
    const run = () => read(file, () => made);
    const done = last.then(run, run).finally(() => {
      if (loadings.get(file.path) === made) loadings.delete(file.path);
    });
    last = done.catch(() => undefined);
    made = { done, wanted: 0, abandon: () => undefined };
    loadings.set(file.path, made);
    return made;
  };

  return {
    all,
    async take(file) {
      // What was loaded for somebody else may have gone before its turn came.
      for (;;) {
        const entry = all.get(file.path);
        if (entry) {
          entry.users += 1;
          entry.used = true;
          return entry;
        }
        const loading = loadingOf(file);
        loading.wanted += 1;
        await loading.done;
      }
    },
    giveBack(entry) {
      entry.users -= 1;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    async load(file, signal) {
      if (all.has(file.path) || signal.aborted) return;
      for (const entry of all.values()) if (!entry.used) await drop(entry);
      const loading = loadingOf(file);
      loading.wanted += 1;
      const cancel = () => {
        loading.wanted -= 1;
        if (loading.wanted > 0) return;
        // Whoever wants it from now on begins anew.
        loadings.delete(file.path);
        loading.abandon();
      };
      signal.addEventListener('abort', cancel, { once: true });
      try {
        await loading.done;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
    async unload(path, signal) {
      for (;;) {
        const entry = all.get(path);
        if (!entry || signal?.aborted === true) return;
        if (entry.users === 0) return drop(entry);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

/** What llama.cpp says when it cannot load a file (llama-model-loader.cpp, llama-model.cpp; read 2026-11). */
function whyNot(said: string): EngineError {
  if (/(failed to allocate|unable to allocate|out of memory|bad_alloc)/i.test(said)) return new EngineError('noMemory');
  return new EngineError('damaged', undefined, firstLine(said));
}

export function firstLine(text: string): string {
  return text.trim().split('\n').at(0) ?? '';
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
