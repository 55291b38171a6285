import type { Measured } from './builtinWire.ts';
import type { Endpoint, Model } from './model.ts';
import type { Refusal } from './outcome.ts';

/** One package of the built-in engine that this machine can run. */
export interface EngineOffer {
  /** Name of the package on npm. */
  readonly name: string;
  readonly version: string;
  /** Bytes to download. */
  readonly bytes: number;
  /** What it computes with, in words. */
  readonly words: string;
}

export interface EngineProgress {
  readonly status: 'downloading' | 'checking' | 'unpacking';
  readonly completedBytes?: number;
}

/** `failed` comes with a sentence for people. */
export type EngineOutcome =
  | { readonly outcome: 'installed' }
  | { readonly outcome: 'cancelled' }
  | { readonly outcome: 'failed'; readonly text: string }
  | Refusal;

export interface KeptEngine {
  /** Name of its package. */
  readonly name: string;
  readonly version: string;
  /** It came inside the extension's own package. */
  readonly inside: boolean;
}

/** Installs, removes and measures the built-in engine. */
export interface EngineKeeper {
  /** The one that is used. */
  installed(): KeptEngine | undefined;
  /** The one that `remove` would take away: never one that came with the extension. */
  removable(): KeptEngine | undefined;
  /** Empty where there is no package for this machine. */
  offers(): Promise<readonly EngineOffer[]>;
  /** Where packages are fetched from, or what is wrong with that. */
  source(): Endpoint | { readonly problem: string };
  /** Bytes of the offer that an earlier, broken-off download left behind. */
  begun(offer: EngineOffer): Promise<number>;
  install(offer: EngineOffer, signal: AbortSignal, tell: (progress: EngineProgress) => void): Promise<EngineOutcome>;
  installFile(path: string, signal: AbortSignal, tell: (progress: EngineProgress) => void): Promise<EngineOutcome>;
  remove(): Promise<void>;
  measure(model: Model, signal: AbortSignal): Promise<Measured | Refusal>;
  /** Path of the folder for models; it exists. */
  modelsFolder(): Promise<string>;
}
