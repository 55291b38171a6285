import * as z from 'zod/mini';
import type { Event } from '../event.ts';
import { ZONES } from '../model.ts';
import { LEVELS } from './level.ts';

/** `begin` before the first byte of a request leaves, `end` after its last; `refused` for what never left. */
export const PHASES = ['begin', 'end', 'refused', 'breach', 'note'] as const;

/** How a request ended. `refused`: cut off because the policy no longer allowed it. */
export const VERDICTS = ['ok', 'cancelled', 'failed', 'refused', 'breach'] as const;
export type RequestVerdict = (typeof VERDICTS)[number];

const count = z.int().check(z.nonnegative());
const text = z.string();

/** What one line of the ledger says. Never content: no prompt, no answer, no path of a file, no key. */
export const LedgerFacts = z.object({
  phase: z.enum(PHASES),
  /** The same for all lines of one request. */
  id: text,
  task: z.optional(text),
  model: z.optional(text),
  /** Id of the endpoint. */
  endpoint: z.optional(text),
  /** Host and port as configured. */
  host: z.optional(text),
  /** Method and path on the server, without the query. */
  call: z.optional(text),
  /** IP addresses that the socket may connect to, or, when the request ended, the one it did connect to. Absent for the
   * cloud, where the editor's network stack resolves. */
  address: z.optional(text),
  zone: z.optional(z.enum(ZONES)),
  level: z.optional(z.enum(LEVELS)),
  /** Bytes of the bodies; of a compressed answer, what it unpacks to. */
  bytesOut: z.optional(count),
  bytesIn: z.optional(count),
  status: z.optional(count),
  tokens: z.optional(z.object({ prompt: z.optional(count), cached: z.optional(count), output: z.optional(count) })),
  /** Milliseconds since the `begin` line. */
  durationMs: z.optional(z.number()),
  verdict: z.optional(z.enum(VERDICTS)),
  /** Which rule said no. */
  rule: z.optional(text),
  /** Why it was cleared, refused or cut off, or what a note notes. */
  reason: z.optional(text),
  /** Of a note about a line that was cut off in writing: what there was of it. */
  torn: z.optional(text),
});
export type LedgerFacts = z.infer<typeof LedgerFacts>;

/** One line of the ledger as it stands in the file. */
export const LedgerEntry = z.extend(LedgerFacts, {
  v: z.literal(1),
  /** Counts all lines of all files from 1. */
  seq: count,
  /** ISO 8601, UTC. */
  time: text,
  /** SHA-256 of the line before, of this line; hexadecimal. */
  prev: text,
  hash: text,
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export type Verification =
  | { readonly intact: true; readonly lines: number }
  | { readonly intact: false; readonly file: string; readonly line: number; readonly problem: string };

/** The record of all requests, as its readers see it. */
export interface LedgerReader {
  /** Newest first; lines that cannot be read are left out (`verify` tells of them). */
  read(): AsyncIterable<LedgerEntry>;
  /** Every line as it stands in the files, oldest first. For exports: what is copied can be checked again. */
  lines(): AsyncIterable<string>;
  /** Follows the chain of hashes through all files and tells the first line where it breaks. */
  verify(): Promise<Verification>;
  readonly onDidAppend: Event<LedgerEntry>;
}
