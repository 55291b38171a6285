import type { Endpoint, Model, Protocol, Zone } from '../../src/core/model.ts';
import { AppError } from '../../src/core/outcome.ts';
import type { Line, Piece, Usage } from '../../src/core/provider.ts';

/** A line without a door, which remembers what a provider told it. */
export interface TestLine extends Line {
  readonly breaches: string[];
  readonly usages: Usage[];
}

export function testLine(fetch: typeof globalThis.fetch = globalThis.fetch): TestLine {
  const breaches: string[] = [];
  const usages: Usage[] = [];
  return {
    fetch,
    breaches,
    usages,
    breach(detail) {
      breaches.push(detail);
      return new AppError('refused', { rule: 'breach', detail });
    },
    used: (usage) => void usages.push(usage),
    failed: () => undefined,
  };
}

export function endpointAt(url: string, protocol: Protocol, zone: Zone = 'device'): Endpoint {
  return { id: protocol, label: protocol === 'ollama' ? 'Ollama' : 'Server', protocol, url, zone, needsKey: false };
}

export function modelOf(endpoint: Endpoint, name: string, more: Partial<Model> = {}): Model {
  const abilities = { insert: 'unknown', chat: true, tools: false, vision: false, thinking: false } as const;
  return { id: `${endpoint.id}/${name}`, name, endpoint, zone: endpoint.zone, abilities, ...more };
}

/** Everything that a stream gives: its text, its thoughts, how it ended, and what it threw. */
export interface Heard {
  readonly text: string;
  readonly thinking: string;
  readonly end: Piece | undefined;
  readonly error: unknown;
}

export async function hear(pieces: AsyncIterable<Piece>, each: (piece: Piece) => void = () => {}): Promise<Heard> {
  let text = '';
  let thinking = '';
  let end: Piece | undefined;
  let error: unknown;
  try {
    for await (const piece of pieces) {
      each(piece);
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'thinking') thinking += piece.text;
      else end = piece;
    }
  } catch (thrown) {
    error = thrown;
  }
  return { text, thinking, end, error };
}

export async function failing(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}

/** Of an `AppError`; the name of any other error, so that a failed assertion tells more. */
export function kindOf(error: unknown): string {
  return error instanceof AppError
    ? error.kind
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);
}

export const NEVER = new AbortController().signal;
