import * as z from 'zod/mini';
import { Chat, Complete, Failure, Frame, LoadedFacts } from '../core/builtinWire.ts';

/** The messages between the extension host and the engine's process; each side parses what it gets. */

/** A model's file, and what the host knows of it. */
export const File = z.object({
  path: z.string(),
  architecture: z.string(),
  sizeBytes: z.number(),
  /** Bytes that one token of context takes in memory. */
  tokenBytes: z.number(),
  trainedContext: z.number(),
  layers: z.number(),
  template: z.optional(z.string()),
});
export type File = z.output<typeof File>;

const Id = z.int();
export const ToChild = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), binary: z.string(), threads: z.number(), gpu: z.boolean() }),
  z.object({ kind: z.literal('complete'), id: Id, file: File, body: Complete }),
  z.object({ kind: z.literal('chat'), id: Id, file: File, body: Chat }),
  z.object({ kind: z.literal('load'), id: Id, file: File }),
  z.object({ kind: z.literal('unload'), id: Id, path: z.string() }),
  z.object({ kind: z.literal('measure'), id: Id, file: File }),
  z.object({ kind: z.literal('cancel'), id: Id }),
  /** Answers the question of the same kind; without bytes where the system does not tell. */
  z.object({ kind: z.literal('memory'), bytes: z.optional(z.number()) }),
]);
export type ToChild = z.output<typeof ToChild>;
/** One that asks for an answer. */
export type Request = Extract<ToChild, { id: number }> & {
  readonly kind: Exclude<ToChild['kind'], 'start' | 'cancel' | 'memory'>;
};

export const Loaded = z.object({ path: z.string(), facts: LoadedFacts });
export type Loaded = z.output<typeof Loaded>;

export const ToHost = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ready'),
    gpu: z.optional(z.string()),
    threads: z.number(),
    network: z.array(z.string()),
  }),
  z.object({ kind: z.literal('unusable'), detail: z.string() }),
  z.object({ kind: z.literal('frame'), id: Id, frame: Frame }),
  /** The last of every request. */
  z.object({ kind: z.literal('end'), id: Id, error: z.optional(Failure) }),
  /** All that is in memory, whenever that changed. */
  z.object({ kind: z.literal('loaded'), models: z.array(Loaded) }),
  z.object({ kind: z.literal('log'), text: z.string() }),
  /** Asks how much memory can be had: the process itself reads no files and runs no programs. */
  z.object({ kind: z.literal('memory') }),
]);
export type ToHost = z.output<typeof ToHost>;
