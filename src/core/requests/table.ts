import { type Disposable, type Event, createEmitter } from '../event.ts';
import type { LedgerEntry, LedgerReader } from '../privacy/ledgerEntry.ts';
import { EVERYTHING, type RequestFilter, createMatcher } from './filter.ts';
import { type Folded, createFolding } from './fold.ts';
import { createHistory } from './history.ts';

/** The rows of the table that fit a filter, newest first; found in short stretches of work. */
export interface RequestTable extends Disposable {
  /** Reads the ledger, newest first, and then follows it. Rejects with what reading throws; call it once. */
  load(): Promise<void>;
  /** Begins anew with another filter. */
  show(filter: RequestFilter): void;
  slice(from: number, count: number): readonly Folded[];
  readonly state: TableState;
  /** After rows were added or changed; often in quick succession. */
  readonly onDidChange: Event<void>;
}

export interface TableState {
  /** Counts filters: rows of different versions have nothing to do with each other. */
  readonly version: number;
  readonly total: number;
  /** How many of the rows came in since the ledger was opened: what is added later grows this number. */
  readonly fresh: number;
  /** Requests known, whatever the filter. */
  readonly requests: number;
  /** Whether more rows are still to be found. */
  readonly busy: boolean;
  /** Whether older requests were left out, so as not to fill the memory. */
  readonly cut: boolean;
  readonly tasks: readonly string[];
}

export interface TableParts {
  readonly ledger: Pick<LedgerReader, 'read' | 'onDidAppend'>;
  /** Milliseconds on any clock. */
  readonly now: () => number;
  /** Resolves when everybody else had a turn. */
  readonly pause: () => Promise<void>;
  readonly mostRequests?: number;
}

/** Milliseconds of work at a stretch: other extensions share the thread. */
const STRETCH = 3;
/** Rows between two looks at the clock. */
const STEP = 64;
/** Some 60 MB. */
const MOST_REQUESTS = 250_000;

export function createRequestTable({ ledger, now, pause, mostRequests = MOST_REQUESTS }: TableParts): RequestTable {
  const changed = createEmitter<void>();
  const history = createHistory();
  let reading = true;
  let cut = false;
  const closing = new AbortController();
  let pumping = false;
  let version = 0;
  let filter = EVERYTHING;
  let find = createFinder(filter);

  /** Goes on finding rows until there are no more; one of it at a time. */
  const pump = async () => {
    if (pumping) return;
    pumping = true;
    while (!closing.signal.aborted && find.work(history, now)) {
      changed.fire();
      await pause();
    }
    pumping = false;
    changed.fire();
  };
  /** A request that has another outcome now may have to go to another place, or not to be shown. */
  const add = (entry: LedgerEntry) => {
    if (history.addNewer(entry)) find = createFinder(filter);
  };
  const follow = ledger.onDidAppend((entry) => {
    if (reading) return;
    // Other windows write too: their lines lie between.
    if (entry.seq > history.newest + 1) void catchUp().catch(() => undefined);
    else add(entry);
    void pump();
  });
  const catchUp = async () => {
    const missed = [];
    for await (const entry of ledger.read()) {
      if (entry.seq <= history.newest) break;
      missed.push(entry);
    }
    for (const entry of missed.toReversed()) add(entry);
    void pump();
  };

  const show = (next: RequestFilter) => {
    version += 1;
    filter = next;
    find = createFinder(filter);
    void pump();
  };
  return {
    async load() {
      let since = now();
      for await (const entry of ledger.read()) {
        if (closing.signal.aborted) return;
        if (history.old.length >= mostRequests) {
          cut = true;
          break;
        }
        history.addOlder(entry);
        if (now() - since < STRETCH) continue;
        void pump();
        await pause();
        since = now();
      }
      reading = false;
      if (history.endOfOlder()) show(filter);
      // What was written meanwhile.
      await catchUp();
    },
    show,
    slice: (from, count) => find.slice(history, from, count),
    get state() {
      const { old, fresh } = find.found(history);
      return {
        version,
        total: old + fresh,
        fresh,
        requests: history.old.length + history.fresh.length,
        busy: reading || pumping,
        cut,
        tasks: [...history.tasks],
      };
    },
    onDidChange: changed.event,
    dispose() {
      closing.abort();
      follow.dispose();
      changed.dispose();
    },
  };
}

type Rows = Pick<ReturnType<typeof createHistory>, 'old' | 'fresh'>;

/** Applies one filter to a history that grows at both ends. */
function createFinder(filter: RequestFilter) {
  const matches = createMatcher(filter);
  const oldRows: Folded[] = [];
  const oldFolding = createFolding(filter.fold);
  let oldSeen = 0;
  // Requests that have ended and will not change; those after the first that has not are looked at each time.
  const settled: Folded[] = [];
  const settledFolding = createFolding(filter.fold);
  let settledSeen = 0;
  let recent: Folded[] | undefined;

  const addSettled = ({ fresh }: Rows) => {
    const row = fresh[settledSeen];
    if (!row || row.outcome === 'noEnd') return false;
    settledSeen += 1;
    const made = matches(row) ? settledFolding.add(row) : undefined;
    if (made) settled.push(made);
    return true;
  };
  const addOld = ({ old }: Rows) => {
    const row = old[oldSeen];
    if (!row) return false;
    oldSeen += 1;
    const made = matches(row) ? oldFolding.add(row) : undefined;
    if (made) oldRows.push(made);
    return true;
  };
  /** Newest last. */
  const recentOf = ({ fresh }: Rows): readonly Folded[] => {
    if (recent) return recent;
    const folding = createFolding(filter.fold);
    recent = fresh
      .slice(settledSeen)
      .filter(matches)
      .flatMap((row) => folding.add(row) ?? []);
    return recent;
  };
  return {
    /** Works for one stretch; whether there is more to do. */
    work(rows: Rows, now: () => number): boolean {
      recent = undefined;
      const end = now() + STRETCH;
      do {
        for (let step = 0; step < STEP; step += 1) {
          if (!addSettled(rows) && !addOld(rows)) return false;
        }
      } while (now() < end);
      return true;
    },
    found(rows: Rows) {
      return { old: oldRows.length, fresh: settled.length + recentOf(rows).length };
    },
    slice(rows: Rows, from: number, count: number): Folded[] {
      const newest = recentOf(rows);
      const at = (index: number) =>
        newest.at(-1 - index) ??
        settled.at(-1 - (index - newest.length)) ??
        oldRows[index - newest.length - settled.length];
      return Array.from({ length: count }, (_, index) => at(from + index)).filter((row) => row !== undefined);
    },
  };
}
