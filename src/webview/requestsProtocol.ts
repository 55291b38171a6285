import * as z from 'zod/mini';
import { ZONES } from '../core/model.ts';
import { LEVELS } from '../core/privacy/level.ts';
import { OUTCOMES } from '../core/requests/row.ts';

/** What the table of requests and the editor tell each other; both sides parse what they get. */

const Count = z.int().check(z.minimum(0));
const text = z.optional(z.string());
const count = z.optional(Count);

export const RequestsFilter = z.object({
  text: z.string().check(z.maxLength(1000)),
  zones: z.array(z.enum(ZONES)),
  outcomes: z.array(z.enum(OUTCOMES)),
  tasks: z.array(z.string()),
  fold: z.boolean(),
});

const Row = z.object({
  /** Number of the first line in the ledger; tells rows apart. */
  seq: Count,
  /** How many requests the row stands for, and when the first of them began. */
  count: Count,
  since: z.string(),
  time: z.string(),
  outcome: z.enum(OUTCOMES),
  task: text,
  model: text,
  endpoint: text,
  host: text,
  zone: z.optional(z.enum(ZONES)),
  level: z.optional(z.enum(LEVELS)),
  call: text,
  address: text,
  status: count,
  bytesOut: count,
  bytesIn: count,
  promptTokens: count,
  outputTokens: count,
  durationMs: z.optional(z.number()),
  rule: text,
  reason: text,
  clearedBy: text,
});

export const ToRequestsPage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    /** Counts filters: rows of an older one are of no use. */
    version: Count,
    total: Count,
    /** Grows when rows are added on top. */
    fresh: Count,
    requests: Count,
    busy: z.boolean(),
    cut: z.boolean(),
    tasks: z.array(z.string()),
    chain: z.object({ state: z.enum(['checking', 'intact', 'broken', 'unknown']), text: z.string() }),
  }),
  z.object({ type: z.literal('rows'), version: Count, from: Count, rows: z.array(Row) }),
  /** The reading failed. */
  z.object({ type: z.literal('failed'), text: z.string() }),
]);

export const FromRequestsPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), filter: RequestsFilter }),
  z.object({ type: z.literal('filter'), filter: RequestsFilter }),
  z.object({
    type: z.literal('rows'),
    version: Count,
    from: Count,
    count: z.int().check(z.minimum(1), z.maximum(500)),
  }),
  z.object({ type: z.literal('verify') }),
  z.object({ type: z.literal('export') }),
]);

export type ToRequestsPage = z.output<typeof ToRequestsPage>;
export type FromRequestsPage = z.output<typeof FromRequestsPage>;
export type RequestsFilter = z.output<typeof RequestsFilter>;
export type RequestsState = Extract<ToRequestsPage, { type: 'state' }>;
export type PageRow = z.output<typeof Row>;
