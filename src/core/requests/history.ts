import type { LedgerEntry } from '../privacy/ledgerEntry.ts';
import { type RequestRow, addLine, startRow } from './row.ts';

/** The requests of a ledger in memory: read from the newest to the oldest, while new ones come in at the other end. */
export interface History {
  /** Requests that were there when reading began, newest first. */
  readonly old: readonly RequestRow[];
  /** Requests that began since, oldest first. */
  readonly fresh: readonly RequestRow[];
  /** Number of the newest line known. */
  readonly newest: number;
  /** Tasks that occur, in the order of their first sight. */
  readonly tasks: ReadonlySet<string>;
  /** The next older line. */
  addOlder(entry: LedgerEntry): void;
  /** There are no older lines. Requests whose beginning was not found get their place; true if others moved for them. */
  endOfOlder(): boolean;
  /** The next newer line; ignores one that is known. True if it changes how a request has ended. */
  addNewer(entry: LedgerEntry): boolean;
}

/** Newest requests of which more may be written although they have ended: a breach shows in what was read last. */
const RECENT = 1_000;

export function createHistory(): History {
  const old: RequestRow[] = [];
  const fresh: RequestRow[] = [];
  const tasks = new Set<string>();
  /** Requests of which more lines may come: older ones while reading, newer ones of those without an end. */
  const headless = new Map<string, RequestRow>();
  const known = new Map<string, RequestRow>();
  const pooled = createPool();
  let newest = 0;

  const start = (entry: LedgerEntry): RequestRow => {
    if (entry.task !== undefined) tasks.add(entry.task);
    return pooled(startRow(entry));
  };
  return {
    old,
    fresh,
    tasks,
    get newest() {
      return newest;
    },
    addOlder(entry) {
      newest ||= entry.seq;
      const { id, phase } = entry;
      const found = headless.get(id);
      if (found) addLine(found, entry);
      const row = found ?? start(entry);
      if (id !== '' && phase !== 'begin' && phase !== 'refused') {
        headless.set(id, row);
        return;
      }
      headless.delete(id);
      old.push(pooled(row));
      if (row.outcome === 'noEnd' || old.length <= RECENT) known.set(id, row);
    },
    endOfOlder() {
      const oldest = old.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
      const moved = Array.from(headless.values()).some(({ seq }) => seq > oldest);
      old.push(...headless.values());
      old.sort((a, b) => b.seq - a.seq);
      headless.clear();
      return moved;
    },
    addNewer(entry) {
      if (entry.seq <= newest) return false;
      newest = entry.seq;
      const found = entry.id === '' ? undefined : known.get(entry.id);
      if (found) {
        const { outcome } = found;
        addLine(found, entry);
        pooled(found);
        return outcome !== 'noEnd' && outcome !== found.outcome;
      }
      const row = start(entry);
      fresh.push(row);
      if (entry.id !== '') known.set(entry.id, row);
      return false;
    },
  };
}

/** The same few words stand in most requests: kept once, they take a fraction of the memory. */
function createPool(): (row: RequestRow) => RequestRow {
  const pool = new Map<string, string>();
  const once = (text: string | undefined) => {
    if (text === undefined) return undefined;
    const kept = pool.get(text);
    if (kept !== undefined) return kept;
    // Addresses of redirects, texts of errors: they need not be few.
    if (pool.size < 10_000) pool.set(text, text);
    return text;
  };
  return (row) => {
    row.task = once(row.task);
    row.model = once(row.model);
    row.endpoint = once(row.endpoint);
    row.host = once(row.host);
    row.call = once(row.call);
    row.address = once(row.address);
    row.rule = once(row.rule);
    row.reason = once(row.reason);
    row.clearedBy = once(row.clearedBy);
    return row;
  };
}
