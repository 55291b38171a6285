import { randomBytes } from 'node:crypto';
import { AppError, type ErrorKind } from '../core/outcome.ts';
import type { LedgerFacts, RequestVerdict } from '../core/privacy/ledgerEntry.ts';
import { type Ask, zoneOf } from '../core/privacy/policy.ts';
import type { Usage } from '../core/provider.ts';
import type { Ledger } from './ledger.ts';

/** The lines of one request in the ledger. */
export interface RequestRecord {
  bytesOut: number;
  bytesIn: number;
  /** Writes the `begin` line. Throws `AppError('refused')` when it cannot be written: then nothing may leave. */
  begin(facts: Pick<LedgerFacts, 'address' | 'call' | 'bytesOut' | 'reason'>): Promise<void>;
  /** Writes the `end` line, once; for a request that never began, a `refused` line if it was refused. Never rejects. */
  end(verdict: RequestVerdict, facts?: Pick<LedgerFacts, 'address' | 'status' | 'rule' | 'reason'>): Promise<void>;
  /** Adds what the server counted to the `end` line, or as a note after it. */
  used(usage: Usage): void;
  /** Makes a failure of a request that the door takes for done, in the `end` line or as a note after it. */
  failed(kind: ErrorKind): void;
  /** Writes a `breach` line. */
  breach(reason: string): void;
}

/** What a line says of a request whether or not it was cleared. The zone is the one that it was meant to reach. */
export function factsOf(ask: Ask): Omit<LedgerFacts, 'phase'> {
  const { task, model, endpoint } = ask;
  return {
    id: randomBytes(6).toString('hex'),
    task,
    ...(model && { model: model.name }),
    endpoint: endpoint.id,
    host: URL.canParse(endpoint.url) ? new URL(endpoint.url).host : endpoint.url,
    zone: zoneOf(ask),
  };
}

/** `facts` go into every line of the request. */
export function createRequestRecord(ledger: Ledger, facts: Omit<LedgerFacts, 'phase'>): RequestRecord {
  let began: number | undefined;
  let ended: RequestVerdict | undefined;
  let failure: ErrorKind | undefined;
  let tokens: LedgerFacts['tokens'];
  const quietly = async (line: LedgerFacts) => {
    try {
      await ledger.append(line);
    } catch {
      // Nothing leaves any more either: the next `begin` meets the same disk.
    }
  };
  const record: RequestRecord = {
    bytesOut: 0,
    bytesIn: 0,
    async begin(more) {
      try {
        await ledger.append({ phase: 'begin', ...facts, ...more });
      } catch (cause) {
        throw new AppError('refused', { rule: 'ledger', detail: 'The ledger of requests cannot be written.', cause });
      }
      began = performance.now();
    },
    async end(verdict, more = {}) {
      if (ended) return;
      ended = verdict;
      if (began === undefined) {
        if (verdict === 'refused') await quietly({ phase: 'refused', ...facts, ...more, verdict });
        return;
      }
      const durationMs = Math.round((performance.now() - began) * 10) / 10;
      const { bytesOut, bytesIn } = record;
      await quietly({
        phase: 'end',
        ...facts,
        ...more,
        ...(verdict === 'ok' && failure ? { verdict: 'failed', rule: failure } : { verdict }),
        bytesOut,
        bytesIn,
        ...(tokens && { tokens }),
        durationMs,
      });
    },
    used({ promptTokens, cachedTokens, outputTokens }) {
      tokens = {
        ...(promptTokens !== undefined && { prompt: promptTokens }),
        ...(cachedTokens !== undefined && { cached: cachedTokens }),
        ...(outputTokens !== undefined && { output: outputTokens }),
      };
      if (ended) void quietly({ phase: 'note', ...facts, tokens });
    },
    failed(kind) {
      failure ??= kind;
      if (ended === 'ok') void quietly({ phase: 'note', ...facts, verdict: 'failed', rule: kind });
    },
    breach(reason) {
      void quietly({ phase: 'breach', ...facts, verdict: 'breach', rule: 'breach', reason });
    },
  };
  return record;
}
