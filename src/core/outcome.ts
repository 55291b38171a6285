import type { Endpoint } from './model.ts';

/** Every way in which a request can fail. Words for people and the button that mends each: `wording.ts`. */
export const ERROR_KINDS = [
  'unreachable', // nothing listens there, or the connection broke before an answer
  'timedOut', // no byte within the time allowed
  'interrupted', // the stream ended before the server said that it was done
  'unauthorized', // no key, a wrong key, or an account without access
  'rateLimited',
  'busy', // the server's queue is full
  'badResponse', // not the protocol: HTML, wrong JSON, another service
  'modelMissing',
  'contextTooLong',
  'outOfMemory', // the model does not fit, or its runner died
  'unsupported', // the model or the server's version cannot do this
  'misconfigured',
  'refused', // by our own policy or door
  'serverError',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface ErrorFacts {
  /** What the server or the system said, for the log and the details. Never parsed again. */
  readonly detail?: string;
  /** Which rule of the policy or the door said no (`refused` only); as in the ledger. */
  readonly rule?: string;
  readonly endpoint?: Endpoint;
  /** Name of the model on the server. */
  readonly model?: string;
  readonly status?: number;
  /** What a proxy on the way answered instead of leading on (`unreachable` only). */
  readonly proxyStatus?: number;
  /** Milliseconds after which the server asks to be tried again. */
  readonly retryAfterMs?: number;
  /** Tokens that the prompt has and that the model takes, where the server tells them. */
  readonly tokens?: { readonly prompt: number; readonly limit: number };
  readonly cause?: unknown;
}

/** A failure. Expected outcomes (cancelled, refused before sending, nothing to show) are values instead. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly facts: ErrorFacts;

  constructor(kind: ErrorKind, facts: ErrorFacts = {}) {
    super(facts.detail ? `${kind}: ${facts.detail}` : kind, { cause: facts.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.facts = facts;
  }
}

/** The policy's or the door's no, as a value. */
export interface Refusal {
  readonly outcome: 'refused';
  /** Which rule said no; part of the ledger. */
  readonly rule: string;
  /** One sentence for people. */
  readonly reason: string;
}

export function refusal(rule: string, reason: string): Refusal {
  return { outcome: 'refused', rule, reason };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as Partial<Refusal>).outcome === 'refused';
}
