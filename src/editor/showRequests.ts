import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { LedgerEntry, LedgerReader } from '../core/privacy/ledgerEntry.ts';
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

const COLUMNS = ['time', 'phase', 'task', 'model', 'zone', 'host', 'level', 'verdict', 'out', 'in', 'ms', 'reason'];

async function table(ledger: LedgerReader): Promise<string> {
  const rows: string[][] = [];
  for await (const entry of ledger.read()) {
    rows.push(row(entry));
    if (rows.length === SHOWN) break;
  }
  const widths = COLUMNS.map((name, i) => Math.max(name.length, ...rows.map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const checked = await ledger.verify();
  const chain = checked.intact
    ? `${checked.lines} lines, chain of hashes intact.`
    : `The chain of hashes is broken at ${checked.file}, line ${checked.line}: ${checked.problem}`;
  return [`Requests, newest first (at most ${SHOWN}). ${chain}`, '', line(COLUMNS), ...rows.map(line), ''].join('\n');
}

function row(entry: LedgerEntry): string[] {
  const { time, phase, task, model, zone, host, level, verdict, bytesOut, bytesIn, durationMs, reason } = entry;
  const ms = durationMs === undefined ? undefined : Math.round(durationMs);
  return [time, phase, task, model, zone, host, level, verdict, bytesOut, bytesIn, ms, reason].map((cell) =>
    String(cell ?? '').replaceAll(/\s+/g, ' '),
  );
}
