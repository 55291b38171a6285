import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onStop } from '../setup/child.ts';

const SAMPLE = join(import.meta.dirname, '../host/workspace');

/** The package under test: SWITCHYARD_VSIX, which `run.ts` sets. */
export function vsixUnderTest(): string {
  const path = process.env['SWITCHYARD_VSIX'];
  if (path === undefined) throw new Error('SWITCHYARD_VSIX is not set: start the tests with node test/ui/run.ts');
  return path;
}

/** A fresh copy of the sample workspace. */
export function sampleWorkspace(): { readonly path: string; readonly remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), 'switchyard-sample-'));
  const path = join(parent, 'sample');
  cpSync(SAMPLE, path, { recursive: true });
  const remove = () => rmSync(parent, { recursive: true, force: true, maxRetries: 3 });
  onStop(remove);
  return { path, remove };
}
