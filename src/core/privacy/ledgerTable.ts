import type { LedgerEntry } from './ledgerEntry.ts';

/** One request, or several alike in a row, as a person reads it. */
export interface LedgerRow {
  /** ISO 8601, UTC: of the end, or of the beginning while it is under way. */
  readonly time: string;
  readonly verdict: string;
  readonly task: string;
  readonly model: string;
  readonly zone: string;
  readonly host: string;
  readonly level: string;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Milliseconds. */
  readonly durationMs: number;
  readonly reason: string;
  /** How many requests it stands for. */
  readonly count: number;
}

/**
 * Rows for the lines of the ledger, newest first, at most `limit`: the two lines of a request are one row, and successful
 * looks at a server's models that follow each other are one row with their number, or they would hide all else.
 */
export async function ledgerRows(entries: AsyncIterable<LedgerEntry>, limit: number): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  const ended = new Set<string>();
  for await (const entry of entries) {
    if (entry.phase === 'begin' && ended.has(entry.id)) continue;
    ended.add(entry.id);
    const row = rowOf(entry);
    const last = rows.at(-1);
    if (last && alike(last, row)) {
      rows[rows.length - 1] = {
        ...last,
        count: last.count + 1,
        bytesOut: last.bytesOut + row.bytesOut,
        bytesIn: last.bytesIn + row.bytesIn,
        durationMs: last.durationMs + row.durationMs,
      };
      continue;
    }
    if (rows.length === limit) break;
    rows.push(row);
  }
  return rows;
}

function rowOf(entry: LedgerEntry): LedgerRow {
  const { phase, time, verdict, task, model, zone, host, level, bytesOut, bytesIn, durationMs, reason } = entry;
  return {
    time,
    verdict: verdict ?? (phase === 'begin' ? 'under way' : phase),
    task: task ?? '',
    model: model ?? '',
    zone: zone ?? '',
    host: host ?? '',
    level: level ?? '',
    bytesOut: bytesOut ?? 0,
    bytesIn: bytesIn ?? 0,
    durationMs: Math.round(durationMs ?? 0),
    // Of a request that went well it is only where its level comes from.
    reason: verdict === 'ok' || phase === 'begin' ? '' : (reason ?? ''),
    count: 1,
  };
}

function alike(a: LedgerRow, b: LedgerRow): boolean {
  const quiet = a.task === 'models' && b.task === 'models' && a.verdict === 'ok' && b.verdict === 'ok';
  return quiet && a.host === b.host && a.zone === b.zone && a.level === b.level;
}
