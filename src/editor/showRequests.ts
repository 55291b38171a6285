import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { LedgerReader } from '../core/privacy/ledgerEntry.ts';
import { type LedgerRow, ledgerRows } from '../core/privacy/ledgerTable.ts';
import { registerCommand } from './command.ts';

const SCHEME = 'switchyard-requests';
const SHOWN = 1000;

/** `switchyard.showRequests`: the newest requests of the ledger as a read-only document. */
export function registerShowRequests(ledger: () => Promise<LedgerReader>): Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const uri = vscode.Uri.from({ scheme: SCHEME, path: 'Requests' });
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: async () => table(await ledger()),
    }),
    registerCommand('switchyard.showRequests', async () => {
      changed.fire(uri);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    }),
  );
}

const COLUMNS = ['time', 'verdict', 'task', 'model', 'zone', 'host', 'level', 'out', 'in', 'ms', 'reason'];
/** Columns of numbers stand right. */
const NUMBERS = new Set(['out', 'in', 'ms']);

async function table(ledger: LedgerReader): Promise<string> {
  const rows = (await ledgerRows(ledger.read(), SHOWN)).map(cells);
  const widths = COLUMNS.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (NUMBERS.has(COLUMNS[i] ?? '') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const checked = await ledger.verify();
  const chain = checked.intact
    ? `${checked.lines} lines, chain of hashes intact.`
    : `The chain of hashes is broken at ${checked.file}, line ${checked.line}: ${checked.problem}`;
  return [`Requests, newest first, bytes and milliseconds. ${chain}`, '', line(COLUMNS), ...rows.map(line), ''].join(
    '\n',
  );
}

function cells(row: LedgerRow): string[] {
  const task = row.count > 1 ? `${row.task} ×${row.count}` : row.task;
  const { verdict, model, zone, host, level, bytesOut, bytesIn, durationMs, reason } = row;
  return [localTime(row.time), verdict, task, model, zone, host, level, bytesOut, bytesIn, durationMs, reason].map(
    (cell) => String(cell).replaceAll(/\s+/g, ' '),
  );
}

/** `2026-11-24 07:08:43`, in the user's time zone. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
