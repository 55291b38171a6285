import type { Zone } from '../model.ts';
import type { LedgerEntry } from '../privacy/ledgerEntry.ts';
import type { Level } from '../privacy/level.ts';

/** How a request ended; `noEnd` while it is under way and for good when its process died; `note` is the ledger's own. */
export const OUTCOMES = ['ok', 'cancelled', 'failed', 'refused', 'breach', 'noEnd', 'note'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One request: all lines of the ledger that have its id. Grows while lines are added. */
export interface RequestRow {
  /** Number of its first line. */
  seq: number;
  /** Of its first line: ISO 8601, UTC. */
  time: string;
  outcome: Outcome;
  task: string | undefined;
  model: string | undefined;
  endpoint: string | undefined;
  host: string | undefined;
  zone: Zone | undefined;
  level: Level | undefined;
  call: string | undefined;
  address: string | undefined;
  status: number | undefined;
  bytesOut: number | undefined;
  bytesIn: number | undefined;
  promptTokens: number | undefined;
  outputTokens: number | undefined;
  /** Milliseconds. */
  durationMs: number | undefined;
  /** Which rule said no. */
  rule: string | undefined;
  /** Why it was refused or failed, or what a note notes. */
  reason: string | undefined;
  /** Which sources made the level that it was cleared under. */
  clearedBy: string | undefined;
}

/** A row from the first of its lines that was read, which need not be the first that was written. */
export function startRow(entry: LedgerEntry): RequestRow {
  const row: RequestRow = {
    seq: entry.seq,
    time: entry.time,
    outcome: entry.id === '' && entry.phase === 'note' ? 'note' : 'noEnd',
    task: entry.task,
    model: entry.model,
    endpoint: entry.endpoint,
    host: entry.host,
    zone: entry.zone,
    level: entry.level,
    call: undefined,
    address: undefined,
    status: undefined,
    bytesOut: undefined,
    bytesIn: undefined,
    promptTokens: undefined,
    outputTokens: undefined,
    durationMs: undefined,
    rule: undefined,
    reason: undefined,
    clearedBy: undefined,
  };
  addLine(row, entry);
  return row;
}

/** Adds a line. The lines of a request may come in any order: files are read from their ends. */
export function addLine(row: RequestRow, entry: LedgerEntry): void {
  if (entry.seq < row.seq) {
    row.seq = entry.seq;
    row.time = entry.time;
  }
  row.call ??= entry.call;
  switch (entry.phase) {
    case 'begin':
      row.bytesOut ??= entry.bytesOut;
      row.address ??= entry.address;
      row.clearedBy = entry.reason;
      break;
    case 'end':
      row.bytesOut = entry.bytesOut ?? row.bytesOut;
      row.bytesIn = entry.bytesIn;
      row.address = entry.address ?? row.address;
      row.status = entry.status;
      row.durationMs = entry.durationMs;
      addTokens(row, entry);
      settle(row, entry.verdict ?? 'ok', entry);
      break;
    case 'refused':
    case 'breach':
      settle(row, entry.phase, entry);
      break;
    case 'note':
      addTokens(row, entry);
      if (entry.verdict) settle(row, entry.verdict, entry);
      if (row.outcome === 'note') row.reason = [entry.reason, entry.torn].filter(Boolean).join(' ');
      break;
  }
}

/** A breach stays one, whatever else is written of the request; and what has failed was not done. */
function settle(row: RequestRow, outcome: Outcome, { rule, reason }: LedgerEntry): void {
  if (row.outcome === 'breach' || (row.outcome === 'failed' && outcome === 'ok')) return;
  row.outcome = outcome;
  row.rule = rule;
  row.reason = reason;
}

function addTokens(row: RequestRow, { tokens }: LedgerEntry): void {
  row.promptTokens = tokens?.prompt ?? row.promptTokens;
  row.outputTokens = tokens?.output ?? row.outputTokens;
}
