import { createEmitter } from '../../../src/core/event.ts';
import type { LedgerEntry, LedgerFacts } from '../../../src/core/privacy/ledgerEntry.ts';
import type { TableParts } from '../../../src/core/requests/table.ts';

const SERVER = { endpoint: 'ollama', host: '127.0.0.1:11434', zone: 'device', level: 'private' } as const;
export const CHAT: Partial<LedgerFacts> = { ...SERVER, task: 'chat', model: 'qwen3:4b' };
export const POLL: Partial<LedgerFacts> = { ...SERVER, task: 'models' };

/** A ledger in memory, whose lines a test writes. */
export function createLines() {
  const appended = createEmitter<LedgerEntry>();
  const entries: LedgerEntry[] = [];
  let reads = 0;
  const write = (facts: LedgerFacts, quietly = false): LedgerEntry => {
    const seq = entries.length + 1;
    const time = new Date(Date.UTC(2026, 10, 24) + seq * 1000).toISOString();
    const entry: LedgerEntry = { v: 1, seq, time, prev: '', hash: '', ...facts };
    entries.push(entry);
    if (!quietly) appended.fire(entry);
    return entry;
  };
  const begin = (id: string, facts: Partial<LedgerFacts> = CHAT) =>
    write({ phase: 'begin', id, bytesOut: 10, ...facts });
  const end = (id: string, facts: Partial<LedgerFacts> = CHAT) =>
    write({ phase: 'end', id, verdict: 'ok', bytesOut: 10, bytesIn: 20, durationMs: 5, ...facts });
  const parts: TableParts = {
    ledger: {
      async *read() {
        reads += 1;
        for (const entry of entries.toReversed()) yield await Promise.resolve(entry);
      },
      onDidAppend: appended.event,
    },
    now: () => performance.now(),
    pause: async () => new Promise((resolve) => setImmediate(resolve)),
  };
  return {
    parts,
    write,
    begin,
    end,
    /** Begins and ends. */
    ask(id: string, facts: Partial<LedgerFacts> = CHAT) {
      begin(id, facts);
      end(id, facts);
    },
    /** As another window does it: nobody in this one hears of it. */
    elsewhere: (facts: LedgerFacts) => write(facts, true),
    reads: () => reads,
  };
}
