import * as z from 'zod/mini';
import { ROLES } from './model.ts';

/**
 * What the provider of the built-in engine says to its process, and the answers: our own protocol, modelled on a server's so
 * that the door treats it as it treats all others. Requests are JSON; answers of `/complete`, `/chat` and `/measure` are one
 * frame a line. Times are in milliseconds, sizes in bytes.
 */
export const BUILTIN_PATHS = ['/models', '/complete', '/chat', '/load', '/unload', '/remove', '/measure'] as const;
export type BuiltinPath = (typeof BUILTIN_PATHS)[number];

const Count = z.int().check(z.nonnegative());

/** What every request about a model names. `name` is one of the list's. */
export const Named = z.object({ model: z.string() });

export const Complete = z.object({
  model: z.string(),
  prompt: z.string(),
  stops: z.array(z.string()),
  maxTokens: Count,
  temperature: z.number(),
});
export type Complete = z.output<typeof Complete>;

export const Chat = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), text: z.string() })),
  stops: z.array(z.string()),
  maxTokens: z.optional(Count),
  temperature: z.optional(z.number()),
  think: z.boolean(),
});
export type Chat = z.output<typeof Chat>;

/** What a context holds, and where. */
export const LoadedFacts = z.object({
  contextLength: Count,
  sizeBytes: Count,
  gpuBytes: Count,
  threads: Count,
  /** In words: its name, and Metal, Vulkan or CUDA; none when the processor computes alone. */
  gpu: z.optional(z.string()),
  roles: z.array(z.enum(ROLES)),
});
export type LoadedFacts = z.output<typeof LoadedFacts>;

export const Entry = z.object({
  name: z.string(),
  /** Where the file is from, in words. */
  origin: z.string(),
  /** Whether the file lies in Switchyard's own folder, and may be removed. */
  own: z.boolean(),
  digest: z.string(),
  sizeBytes: Count,
  /** Why the file cannot be used, as the end of a sentence. */
  problem: z.optional(z.string()),
  /** The problem is of rights, not of what is in the file. */
  unreadable: z.optional(z.boolean()),
  family: z.optional(z.string()),
  parameters: z.optional(z.string()),
  quantization: z.optional(z.string()),
  contextLength: z.optional(Count),
  /** Whether the vocabulary has tokens for filling in the middle. */
  fillsIn: z.boolean(),
  chats: z.boolean(),
  thinks: z.boolean(),
  loaded: z.optional(LoadedFacts),
});
export type Entry = z.output<typeof Entry>;
export const Entries = z.object({ version: z.string(), models: z.array(Entry) });

/** Why the engine could not do something; the provider words it. */
export const FAILURES = [
  'missing', // no such model
  'foreign', // the file is another program's
  'damaged', // the file is not whole, or no GGUF at all
  'unknownArchitecture',
  'noMemory',
  'tooLong',
  'died', // the process ended, or was ended
  'notInstalled',
  'failed',
] as const;
export const Failure = z.object({
  kind: z.enum(FAILURES),
  detail: z.optional(z.string()),
  tokens: z.optional(z.object({ prompt: Count, limit: Count })),
});
export type Failure = z.output<typeof Failure>;

export const Counts = z.object({
  promptTokens: z.optional(Count),
  cachedTokens: z.optional(Count),
  outputTokens: z.optional(Count),
  loadMs: z.optional(z.number()),
  promptMs: z.optional(z.number()),
  outputMs: z.optional(z.number()),
});

export type Counts = z.output<typeof Counts>;

export const Measured = z.object({
  loadMs: z.number(),
  /** Tokens a second. */
  prefill: z.number(),
  decode: z.number(),
  firstTokenMs: z.number(),
  memoryBytes: Count,
  threads: Count,
  gpu: z.optional(z.string()),
});
export type Measured = z.output<typeof Measured>;

export const Frame = z.object({
  text: z.optional(z.string()),
  done: z.optional(z.enum(['stop', 'length'])),
  usage: z.optional(Counts),
  measured: z.optional(Measured),
  error: z.optional(Failure),
});
export type Frame = z.output<typeof Frame>;
