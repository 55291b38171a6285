import * as vscode from 'vscode';
import { fileProblem } from '../core/fileProblem.ts';
import type { LedgerReader, Verification } from '../core/privacy/ledgerEntry.ts';
import { EXPORTERS, type Format, verificationText } from '../core/requests/exported.ts';
import { signalOf } from './cancellation.ts';
import { saveWithDialog, writePieces } from './saveDialog.ts';
import type { Unwritten } from './wholeFile.ts';

const CHOICES: readonly (vscode.QuickPickItem & { readonly format: Format })[] = [
  {
    format: 'jsonl',
    label: 'JSON Lines',
    detail: 'The lines as they are in the ledger: anybody can check their hashes.',
  },
  { format: 'csv', label: 'CSV', detail: 'For spreadsheets.' },
];

const TITLE = 'Export Requests';
const AGAIN = 'Try Again';
const OPEN = 'Open';

/** Writes every line of the ledger, and what the check of its chain gives, to a file of the user's choice. */
export async function exportRequests(ledger: LedgerReader): Promise<void> {
  const picked = await vscode.window.showQuickPick(CHOICES, { title: TITLE, placeHolder: 'In which format?' });
  if (!picked) return;
  const { format, label } = picked;
  let said = '';
  const write = async (target: vscode.Uri) =>
    vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Exporting requests', cancellable: true },
      async (progress, token) => {
        const cancelled = signalOf(token);
        try {
          const lines = (count: number) => progress.report({ message: `${count.toLocaleString()} lines` });
          const written = await writeExport(ledger, format, target, cancelled.signal, lines);
          if (written.kind === 'written') said = written.said;
          return written;
        } finally {
          cancelled.dispose();
        }
      },
    );
  const name = `switchyard-requests-${new Date().toISOString().slice(0, 10)}.${format}`;
  try {
    const target = await saveWithDialog({ title: TITLE, name, filters: { [label]: [format] }, write });
    if (target && (await vscode.window.showInformationMessage(said, OPEN)) === OPEN) {
      await vscode.commands.executeCommand('vscode.open', target);
    }
  } catch (error) {
    // What is left of errors is of the reading: another place for the file would not help.
    const text = `The list of requests could not be read: ${fileProblem(error)}. Nothing was exported.`;
    if ((await vscode.window.showErrorMessage(text, AGAIN)) === AGAIN) await exportRequests(ledger);
  }
}

export type Exported = Unwritten | { readonly kind: 'written'; readonly said: string };

/** Milliseconds between two reports of the progress. */
const REPORT_MS = 200;

/**
 * Writes the lines as they are read, so that a ledger of any size takes little memory. Rejects where the ledger cannot be
 * read. `onLines` gets how many lines there are so far.
 */
export async function writeExport(
  ledger: LedgerReader,
  format: Format,
  target: vscode.Uri,
  signal: AbortSignal = new AbortController().signal,
  onLines: (count: number) => void = () => undefined,
): Promise<Exported> {
  const exporter = EXPORTERS[format];
  const checked = await unlessAborted(ledger.verify(), signal);
  if (!checked) return { kind: 'cancelled' };
  let count = 0;
  async function* pieces(verification: Verification): AsyncIterable<string> {
    let reported = Date.now();
    yield exporter.head;
    for await (const line of ledger.lines()) {
      count += 1;
      if (Date.now() - reported > REPORT_MS) {
        reported = Date.now();
        onLines(count);
      }
      yield exporter.line(line);
    }
    yield exporter.foot(verification, new Date().toISOString());
  }
  const written = await writePieces(target, pieces(checked), signal);
  if (written.kind !== 'written') return written;
  return { kind: 'written', said: `${count.toLocaleString()} lines were exported. ${verificationText(checked)}` };
}

/** The outcome, or `undefined` as soon as the user does not want it any more. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
