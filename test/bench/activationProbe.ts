import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/**
 * Runs in the extension host as its "tests": waits until the extension is active, adds VS Code's own figures of its
 * activation to those of the wrapper (activation.ts) and writes them to SWITCHYARD_BENCH_OUT.
 */

const ID = 'switchyard.switchyard';
const LATER_MS = 1000;
const WAIT_MS = 30_000;
const POLL_MS = 100;

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension(ID);
  if (!extension) throw new Error(`${ID} is not installed`);
  await extension.activate();
  await sleep(LATER_MS + 200);
  const wrapper: unknown = Reflect.get(globalThis, 'switchyardActivation');
  const file = process.env['SWITCHYARD_BENCH_OUT'];
  if (file === undefined) throw new Error('SWITCHYARD_BENCH_OUT is not set');
  writeFileSync(file, JSON.stringify({ ...Object(wrapper), ...(await vscodesFigures()) }));
}

/** The row of this extension in "Developer: Startup Performance": whole milliseconds of the wall clock. */
async function vscodesFigures(): Promise<Record<string, number>> {
  // The command makes the document exist; its text comes when the workbench has nothing else to do.
  await vscode.commands.executeCommand('perfview.show');
  const document = await vscode.workspace.openTextDocument(
    vscode.Uri.from({ scheme: 'perf', path: 'Startup Performance' }),
  );
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const line = document
      .getText()
      .split('\n')
      .find((row) => row.startsWith(`| ${ID} `));
    // | Extension | Eager | Load Code | Call Activate | Finish Activate | Event | By |
    const cells = line?.split('|').map((cell) => cell.trim());
    if (cells) return { loadCode: Number(cells[3]), callActivate: Number(cells[4]), finishActivate: Number(cells[5]) };
    await sleep(POLL_MS);
  }
  throw new Error(`VS Code's own figures did not come:\n${document.getText()}`);
}
