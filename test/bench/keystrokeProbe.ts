import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/** Runs in the extension host: types a text into a long file, several times, and writes what each key cost (keystroke.ts). */

const LINES = 50_000;
const LINE = '    total = total + rows[index].price * rows[index].count\n';
/** As typed by somebody who knows where the cursor is. */
const TEXT = 'for index in range(len(rows)): total += rows[index].price * 2  # sum of all\nreturn round(total, 2)';
/** For the model list, and for whatever else starts with the editor. */
const SETTLE_MS = 3000;
/** Long enough for the editor to ask for a completion and to get it. */
const KEY_MS = 130;
const WARM_UP_KEYS = 20;

interface Key {
  readonly spent: number;
  readonly busy: number;
}

export async function run(): Promise<void> {
  const file = process.env['SWITCHYARD_BENCH_OUT'];
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (file === undefined || !folder) throw new Error('SWITCHYARD_BENCH_OUT or the folder is missing');
  await vscode.extensions.getExtension('switchyard.switchyard')?.activate();
  const document = await vscode.workspace.openTextDocument({ language: 'python', content: LINE.repeat(LINES) });
  const editor = await vscode.window.showTextDocument(document);
  await sleep(SETTLE_MS);
  await type(editor, TEXT.slice(0, WARM_UP_KEYS), 100);
  const runs: Key[][] = [];
  for (let index = 0; index < Number(process.env['SWITCHYARD_BENCH_RUNS']); index++) {
    runs.push(await type(editor, TEXT, Math.floor(LINES / 2) + index * 100));
  }
  writeFileSync(file, JSON.stringify(runs));
}

async function type(editor: vscode.TextEditor, text: string, line: number): Promise<Key[]> {
  const start = new vscode.Position(line, 0);
  await editor.edit((edit) => edit.insert(start, '    \n'));
  const cursor = start.translate(0, 4);
  editor.selection = new vscode.Selection(cursor, cursor);
  editor.revealRange(editor.selection);
  await sleep(KEY_MS);
  const keys: Key[] = [];
  for (const character of text) {
    takeSpent();
    const before = performance.eventLoopUtilization();
    await vscode.commands.executeCommand('type', { text: character });
    await sleep(KEY_MS);
    keys.push({ spent: takeSpent(), busy: performance.eventLoopUtilization(before).active });
  }
  return keys;
}

/** What the timed `vscode` of the extension has counted since the last call; 0 with an empty extension. */
function takeSpent(): number {
  const counter: unknown = Reflect.get(globalThis, 'switchyardSpent');
  if (typeof counter !== 'object' || counter === null) return 0;
  const ms: unknown = Reflect.get(counter, 'ms');
  Reflect.set(counter, 'ms', 0);
  return typeof ms === 'number' ? ms : 0;
}
