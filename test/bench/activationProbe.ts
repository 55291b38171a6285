import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/**
 * Runs in the extension host as its "tests": activates the extension when the host is at rest, and writes the figures of
 * the wrapper (activation.ts) to SWITCHYARD_BENCH_OUT.
 */

const ID = 'switchyard.switchyard';
const LATER_MS = 1000;
const WAIT_MS = 30_000;

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension(ID);
  if (!extension) throw new Error(`${ID} is not installed`);
  await rest();
  await extension.activate();
  await sleep(LATER_MS + 200);
  const wrapper: unknown = Reflect.get(globalThis, 'switchyardActivation');
  const file = process.env['SWITCHYARD_BENCH_OUT'];
  if (file === undefined) throw new Error('SWITCHYARD_BENCH_OUT is not set');
  writeFileSync(file, JSON.stringify(wrapper));
}

/** Until the host was busy for less than a twentieth of half a second, twice in a row; at the most for WAIT_MS. */
async function rest(): Promise<void> {
  for (let quiet = 0, waited = 0; quiet < 2 && waited < WAIT_MS; waited += 500) {
    const before = performance.eventLoopUtilization();
    await sleep(500);
    quiet = performance.eventLoopUtilization(before).utilization < 0.05 ? quiet + 1 : 0;
  }
}
