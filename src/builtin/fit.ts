import type { File } from './messages.ts';

/** Tokens of context where nobody wants more: what each role usually needs. */
export const USUAL = { completion: 4096, chat: 8192 } as const;
/** Memory that is left to everything else. */
const SPARE_BYTES = 400e6;
/** What llama.cpp computes in, besides the weights and the context (measured: 50 to 300 MB). */
const WORK_BYTES = 150e6;
const STEP = 256;

export interface Wish {
  readonly file: Pick<File, 'sizeBytes' | 'tokenBytes' | 'trainedContext'>;
  /** Bytes of memory that can be had. */
  readonly free: number;
  /** Whether the weights are in memory already. */
  readonly inMemory: boolean;
  readonly usual: number;
  /** Tokens that the request at hand needs. */
  readonly needed: number;
}

/**
 * Tokens of context: what is usual or needed, at most what the model was trained for and what fits into memory. A number below
 * `needed` means that the request does not fit; 0, that the weights do not.
 */
export function fitContext({ file, free, inMemory, usual, needed }: Wish): number {
  const left = free - SPARE_BYTES - WORK_BYTES - (inMemory ? 0 : file.sizeBytes);
  if (left <= 0) return 0;
  // A header that does not say it: what is usual is what nearly all can do.
  const trained = file.trainedContext > 0 ? file.trainedContext : usual;
  const most = Math.min(trained, Math.floor(left / Math.max(1, file.tokenBytes)));
  const wanted = Math.max(usual, Math.ceil(needed / STEP) * STEP);
  return Math.max(0, Math.min(wanted, most));
}

/** More than any model has: all of them, and what stands around them. */
const ALL_LAYERS = 999;
/** Of the memory of a GPU, what is left to the context and to others. */
const GPU_SHARE = 0.8;

/** Layers that go to a GPU: all where they fit or where the memory is the machine's own, else as many as fit. */
export function fitLayers(
  { sizeBytes, layers }: Pick<File, 'sizeBytes' | 'layers'>,
  { total, used, unifiedSize }: { readonly total: number; readonly used: number; readonly unifiedSize: number },
): number {
  const room = Math.max(0, total - used) * GPU_SHARE;
  if (unifiedSize > 0 || room >= sizeBytes || layers === 0) return ALL_LAYERS;
  return Math.floor((room / sizeBytes) * layers);
}
