import { describe, expect, it } from 'vitest';
import type { LedgerEntry, LedgerFacts } from '../../../src/core/privacy/ledgerEntry.ts';
import { ledgerRows } from '../../../src/core/privacy/ledgerTable.ts';

function entry(facts: Partial<LedgerFacts>): LedgerEntry {
  const line = { v: 1, seq: 1, time: '2026-11-24T07:08:43.147Z', prev: '', hash: '' } as const;
  return { ...line, phase: 'end', id: 'a', ...facts };
}

async function rowsOf(facts: readonly Partial<LedgerFacts>[], limit = 100) {
  // oxlint-disable-next-line typescript/require-await -- the shape of a ledger
  async function* newestFirst() {
    yield* facts.map(entry);
  }
  return ledgerRows(newestFirst(), limit);
}

describe('rows of the ledger', () => {
  it('are one for a request, and tell of those under way', async () => {
    const rows = await rowsOf([
      { phase: 'begin', id: 'c', task: 'chat' },
      { id: 'b', task: 'chat', verdict: 'cancelled', bytesIn: 9, durationMs: 11.4 },
      { phase: 'begin', id: 'b', task: 'chat' },
    ]);
    expect(rows.map(({ verdict, bytesIn, durationMs }) => [verdict, bytesIn, durationMs])).toEqual([
      ['under way', 0, 0],
      ['cancelled', 9, 11],
    ]);
  });

  it('are one for looks at the models that follow each other, but never for anything else', async () => {
    const look = { task: 'models', verdict: 'ok', host: 'h', bytesIn: 5 } as const;
    const rows = await rowsOf([
      { ...look, id: '1' },
      { ...look, id: '2' },
      { phase: 'refused', id: '3', task: 'chat', verdict: 'refused', reason: 'private-only' },
      { ...look, id: '4' },
      { ...look, id: '5', verdict: 'failed' },
      { ...look, id: '6', host: 'other' },
    ]);
    expect(rows.map(({ task, count, bytesIn }) => [task, count, bytesIn])).toEqual([
      ['models', 2, 10],
      ['chat', 1, 0],
      ['models', 1, 5],
      ['models', 1, 5],
      ['models', 1, 5],
    ]);
    expect(rows[1]?.reason).toBe('private-only');
  });

  it('are limited, after folding', async () => {
    const look = { task: 'models', verdict: 'ok' } as const;
    const rows = await rowsOf([{ ...look, id: '1' }, { ...look, id: '2' }, { id: '3' }, { id: '4' }], 2);
    expect(rows.map(({ count }) => count)).toEqual([2, 1]);
  });
});
