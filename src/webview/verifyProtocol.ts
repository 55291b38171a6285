import * as z from 'zod/mini';

/** What the report of Verify Privacy and the editor tell each other; both sides parse what they get. */

const Result = z.object({
  id: z.string(),
  tried: z.string(),
  held: z.boolean(),
  /** The rule that stopped it. */
  rule: z.string(),
  /** Its words, or what happened instead. */
  words: z.string(),
  /** For example `0 bytes`. */
  arrived: z.string(),
});

export const ToVerifyPage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    verdict: z.enum(['running', 'held', 'through', 'chainBroken', 'cancelled', 'failed']),
    title: z.string(),
    advice: z.string(),
    /** Time, version, chain. */
    facts: z.array(z.string()),
    attempts: z.number(),
    results: z.array(Result),
  }),
  /** Reach for this address in every way that a page has. */
  z.object({ type: z.literal('reach'), url: z.string() }),
]);

export const FromVerifyPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('reached'),
    tries: z.array(z.object({ way: z.string(), blocked: z.boolean(), detail: z.string() })),
  }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('again') }),
  z.object({ type: z.literal('save') }),
]);

export type ToVerifyPage = z.output<typeof ToVerifyPage>;
export type FromVerifyPage = z.output<typeof FromVerifyPage>;
export type VerifyState = Extract<ToVerifyPage, { type: 'state' }>;
export type VerifyResult = z.output<typeof Result>;
