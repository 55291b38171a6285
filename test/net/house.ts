import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Endpoint } from '../../src/core/model.ts';
import { isRefusal } from '../../src/core/outcome.ts';
import { LedgerEntry } from '../../src/core/privacy/ledgerEntry.ts';
import type { Level } from '../../src/core/privacy/level.ts';
import { type Ask, type Clearance, createPolicy } from '../../src/core/privacy/policy.ts';
import type { Line } from '../../src/core/provider.ts';
import { type Door, type DoorParts, createDoor } from '../../src/net/door.ts';
import { createLedger, type Ledger } from '../../src/net/ledger.ts';

/** A door with a real policy, a real ledger and the real dialer; what a test gives replaces a part. */
export interface House {
  readonly door: Door;
  readonly ledger: Ledger;
  readonly dir: string;
  /** The endpoints that the user configured; a test may change them. */
  endpoints: Endpoint[];
  level: Level;
  clear(endpoint: Endpoint, ask?: Partial<Ask>): Clearance;
  open(endpoint: Endpoint, ask?: Partial<Ask>): Promise<Line>;
  /** What stands in the ledger's files now. */
  entries(): LedgerEntry[];
}

export function buildHouse(given: Partial<DoorParts> & { level?: Level; endpoints?: never } = {}): House {
  const dir = join(mkdtempSync(join(tmpdir(), 'switchyard-door-')), 'ledger');
  const ledger = given.ledger ?? createLedger(dir);
  const policy = createPolicy(() => ({ level: house.level, reasons: [{ source: 'mark', level: house.level }] }));
  const door = createDoor({
    policy,
    keys: () => Promise.resolve(undefined),
    cloudFetch: () => Promise.reject(new Error('no cloud in this test')),
    networkHosts: () => [],
    ...given,
    ledger,
    endpoints: () => house.endpoints,
  });
  const house: House = {
    door,
    ledger,
    dir,
    endpoints: [],
    level: given.level ?? 'private',
    clear(endpoint, ask = {}) {
      if (!house.endpoints.includes(endpoint)) house.endpoints.push(endpoint);
      const clearance = policy.clear({ task: 'chat', endpoint, sources: [{ kind: 'window' }], ...ask });
      if (isRefusal(clearance)) throw new Error(clearance.reason);
      return clearance;
    },
    open: (endpoint, ask) => door.open(house.clear(endpoint, ask)),
    entries: () => readEntries(dir),
  };
  onTestFinished(() => {
    door.dispose();
    ledger.dispose();
    rmSync(join(dir, '..'), { recursive: true, force: true });
  });
  return house;
}

/** The lines of all files of a ledger, oldest first. */
export function readEntries(dir: string): LedgerEntry[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => LedgerEntry.parse(JSON.parse(line)));
}

/** Waits until something holds; fails after ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('It did not come to hold within ten seconds.');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
