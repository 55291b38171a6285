import type { RequestRow } from './row.ts';

/** A row of the table: one request, or the like ones that it stands for. */
export interface Folded {
  /** The newest of them. */
  row: RequestRow;
  count: number;
  bytesOut: number;
  bytesIn: number;
  /** When the oldest began. */
  since: string;
}

export interface Folding {
  /** Adds the next row, either always the newer or always the older neighbour; returns a new row of the table, if it makes one. */
  add(row: RequestRow): Folded | undefined;
}

/**
 * Gathers the questions for lists of models, which are asked every few seconds: neighbours with the same server and the
 * same outcome become one row. Any other request between them begins a new one, so that the order of events can be read.
 * A breach is never gathered.
 */
export function createFolding(enabled: boolean): Folding {
  let run = new Map<string, Folded>();
  return {
    add(row) {
      if (!enabled || row.task !== 'models' || row.outcome === 'breach') {
        if (run.size > 0) run = new Map();
        return single(row);
      }
      const key = `${row.endpoint} ${row.host} ${row.outcome} ${row.rule}`;
      const known = run.get(key);
      if (!known) {
        const made = single(row);
        run.set(key, made);
        return made;
      }
      known.count += 1;
      known.bytesOut += row.bytesOut ?? 0;
      known.bytesIn += row.bytesIn ?? 0;
      if (row.seq > known.row.seq) known.row = row;
      if (row.time < known.since) known.since = row.time;
      return undefined;
    },
  };
}

function single(row: RequestRow): Folded {
  return { row, count: 1, bytesOut: row.bytesOut ?? 0, bytesIn: row.bytesIn ?? 0, since: row.time };
}
