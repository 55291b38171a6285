import type { Failure } from '../core/builtinWire.ts';

/** A failure of the engine that the host has words for. */
export class EngineError extends Error {
  readonly failure: Failure;

  constructor(kind: Failure['kind'], tokens?: Failure['tokens'], detail?: string) {
    super(detail ?? kind);
    this.name = 'EngineError';
    this.failure = { kind, ...(tokens && { tokens }), ...(detail !== undefined && { detail }) };
  }
}

/** What to tell the host of anything that was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof EngineError) return error.failure;
  return { kind: 'failed', detail: error instanceof Error ? error.message : String(error) };
}
