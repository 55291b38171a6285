import * as vscode from 'vscode';
import type { LedgerReader } from '../core/privacy/ledgerEntry.ts';
import { EXPORTERS, type Format, verificationText } from '../core/requests/exported.ts';

const CHOICES: readonly (vscode.QuickPickItem & { readonly format: Format })[] = [
  {
    format: 'jsonl',
    label: 'JSON Lines',
    detail: 'The lines as they are in the ledger: anybody can check their hashes.',
  },
  { format: 'csv', label: 'CSV', detail: 'For spreadsheets.' },
];

/** Writes every line of the ledger, and what the check of its chain gives, to a file of the user's choice. */
export async function exportRequests(ledger: LedgerReader): Promise<void> {
  const picked = await vscode.window.showQuickPick(CHOICES, {
    title: 'Export Requests',
    placeHolder: 'In which format?',
  });
  if (!picked) return;
  const { format, label } = picked;
  const name = `switchyard-requests-${new Date().toISOString().slice(0, 10)}.${format}`;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: 'Export Requests',
    filters: { [label]: [format] },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (!target) return;
  const result = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Exporting requests' },
    () => writeExport(ledger, format, target),
  );
  const open = 'Open';
  const answer = await vscode.window.showInformationMessage(result, open);
  if (answer === open) await vscode.commands.executeCommand('vscode.open', target);
}

/** Returns what to tell the user. Reading gives way between pieces of a file, so that nothing else waits. */
export async function writeExport(ledger: LedgerReader, format: Format, target: vscode.Uri): Promise<string> {
  const exporter = EXPORTERS[format];
  const checked = await ledger.verify();
  const pieces = [exporter.head];
  for await (const line of ledger.lines()) pieces.push(exporter.line(line));
  pieces.push(exporter.foot(checked, new Date().toISOString()));
  await vscode.workspace.fs.writeFile(target, Buffer.from(pieces.join('')));
  return `${(pieces.length - 2).toLocaleString()} lines were exported. ${verificationText(checked)}`;
}
