import { dirname } from 'node:path';

/**
 * The part of the addon's interface that is used here: llama.cpp as the packages `@node-llama-cpp/*` bring it, version
 * 3.21.1 (dist/bindings/AddonTypes.d.ts of node-llama-cpp, read 2026-11). The library's own JavaScript is left out: it can
 * download, compile and run programs, which this process must not.
 */
export interface Native {
  readonly AddonModel: new (path: string, options: NativeModelOptions) => NativeModel;
  readonly AddonContext: new (model: NativeModel, options: NativeContextOptions) => NativeContext;
  readonly AddonSampler: new (model: NativeModel) => NativeSampler;
  readonly AddonJinjaRenderer: new (template: string) => { render(values: Record<string, unknown>): string };
  markLoaded(): boolean;
  setLogger(logger: (level: number, text: string) => void): void;
  setLoggerLogLevel(level: number): void;
  loadBackends(dir?: string): void;
  init(): Promise<void>;
  dispose(): Promise<void>;
  getGpuType(): 'cuda' | 'vulkan' | 'metal' | false | undefined;
  getIsArchSupported(architecture: string): boolean;
  /** Cores that are good for arithmetic: real ones, and of two kinds the faster. */
  getMathCores(): number;
  /** `free` is of truly free pages on macOS; `wired` cannot be paged out. */
  getSystemMemoryInfo(): Promise<{
    readonly total: number | null;
    readonly free: number | null;
    readonly wired: number | null;
  }>;
  /** Of the GPUs that were found; a backend may be there without one. */
  getGpuDeviceInfo(): { readonly deviceNames: readonly string[] };
  getGpuVramInfo(): { readonly total: number; readonly used: number; readonly unifiedSize: number };
}

export interface NativeModelOptions {
  readonly addonExports: Native;
  readonly gpuLayers: number;
  readonly useMmap: boolean;
  readonly checkTensors: boolean;
}

export interface Memory {
  readonly cpuRam: number;
  readonly gpuVram: number;
}

export interface NativeModel {
  /** False when the file could not be loaded; why is in the log. */
  init(): Promise<boolean>;
  /** Ends `init`, which then gives false or, where it was too late, true. */
  abortActiveModelLoad(): void;
  dispose(): Promise<void>;
  tokenize(text: string, specialTokens: boolean): Uint32Array;
  detokenize(tokens: Uint32Array, specialTokens: boolean): string;
  tokenBos(): number;
  tokenEos(): number;
  getTokenString(token: number): string;
  isEogToken(token: number): boolean;
  shouldPrependBosToken(): boolean;
  getMemoryBreakdown(): Memory;
}

export interface NativeContextOptions {
  readonly contextSize: number;
  readonly batchSize: number;
  readonly sequences: number;
  readonly threads: number;
  readonly flashAttention: 'auto' | boolean;
}

export interface NativeContext {
  init(): Promise<boolean>;
  dispose(): Promise<void>;
  initBatch(size: number): void;
  /** Gives the index of each position whose next token is wanted. */
  addToBatch(sequence: number, first: number, tokens: Uint32Array, wanted: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(index: number, sampler: NativeSampler): Promise<number>;
  disposeSequence(sequence: number): void;
  /** False when the model cannot take back only a part. */
  removeTokenCellsFromSequence(sequence: number, from: number, to: number): boolean;
  setThreads(threads: number): void;
  getMemoryBreakdown(): Memory;
}

export interface NativeSampler {
  applyConfig(config: { temperature: number; minP?: number; topK?: number; topP?: number; seed?: number }): void;
  dispose(): void;
}

/** Loads the addon from its file; its other libraries lie beside it. `log` is told of warnings and errors. */
export async function loadNative(binary: string, log: (text: string) => void): Promise<Native> {
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, binary);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the file is the one whose hash we know
  const native = loaded.exports as Native;
  native.markLoaded();
  native.setLogger((level, text) => {
    if (level <= WARNING) log(text.trimEnd());
  });
  native.setLoggerLogLevel(WARNING);
  native.loadBackends();
  // Those that are files of their own are found only where the addon is told to look.
  if (!native.getGpuType()) native.loadBackends(dirname(binary));
  await native.init();
  return native;
}

/** What computes besides the processor, in words: the first GPU's name, and what it is reached by. */
export function gpuOf(native: Pick<Native, 'getGpuType' | 'getGpuDeviceInfo'>): string | undefined {
  const api = native.getGpuType() || undefined;
  const [name] = native.getGpuDeviceInfo().deviceNames;
  return api === undefined || name === undefined ? undefined : `${name}, ${API_NAMES[api]}`;
}
const API_NAMES = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } as const;

/** Of the addon's levels: 1 fatal, 2 error, 3 warning. */
const WARNING = 3;
