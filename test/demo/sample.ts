import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onStop } from '../setup/child.ts';

/** A fresh copy of the demo's workspace, which goes with this process. */
export function sampleCopy(): { readonly path: string; readonly remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), 'switchyard-demo-'));
  const path = join(parent, 'readings');
  cpSync(join(import.meta.dirname, 'workspace'), path, { recursive: true });
  const discard = () => rmSync(parent, { recursive: true, force: true, maxRetries: 3 });
  const forget = onStop(discard);
  return {
    path,
    remove() {
      forget();
      discard();
    },
  };
}
