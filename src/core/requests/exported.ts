import { LedgerEntry, type Verification } from '../privacy/ledgerEntry.ts';

export const FORMATS = ['jsonl', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

const COLUMNS = [
  'seq',
  'time',
  'phase',
  'id',
  'task',
  'model',
  'endpoint',
  'host',
  'call',
  'address',
  'zone',
  'level',
  'bytesOut',
  'bytesIn',
  'status',
  'durationMs',
  'verdict',
  'rule',
  'reason',
  'torn',
] as const satisfies readonly (keyof LedgerEntry)[];
const TOKENS = ['prompt', 'cached', 'output'] as const;

/** Turns lines of the ledger into lines of a file (each with its line end). */
export interface Exporter {
  readonly head: string;
  readonly line: (line: string) => string;
  /** What the check of the chain gave, as the last line: it is part of what is handed on. */
  readonly foot: (checked: Verification, time: string) => string;
}

/** Lines of JSON stay as they are to the byte, so that their hashes can be checked by anybody. */
export const EXPORTERS: Readonly<Record<Format, Exporter>> = {
  jsonl: {
    head: '',
    line: (line) => `${line}\n`,
    foot: (verification, exported) => `${JSON.stringify({ exported, verification })}\n`,
  },
  csv: {
    head: csv([...COLUMNS, ...TOKENS.map((name) => `${name}Tokens`), 'hash']),
    line(line) {
      const entry = readEntry(line);
      if (!entry) return csv(['', '', 'unreadable', ...COLUMNS.slice(3).map((name) => (name === 'torn' ? line : ''))]);
      const { tokens } = entry;
      return csv([...COLUMNS.map((name) => entry[name]), ...TOKENS.map((name) => tokens?.[name]), entry.hash]);
    },
    foot(checked, time) {
      const said: Partial<Record<string, string>> = { time, phase: 'exported', reason: verificationText(checked) };
      return csv(COLUMNS.map((name) => said[name]));
    },
  },
};

export function verificationText(checked: Verification): string {
  return checked.intact
    ? `The chain of hashes is intact (${checked.lines} lines).`
    : `The chain of hashes is broken at ${checked.file}, line ${checked.line}: ${checked.problem}`;
}

function readEntry(line: string): LedgerEntry | undefined {
  try {
    return LedgerEntry.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** RFC 4180. A name that a spreadsheet would take for a formula gets an apostrophe: models and servers choose names. */
function csv(cells: readonly (string | number | undefined)[]): string {
  const quoted = cells.map((cell) => {
    const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(',')}\r\n`;
}
