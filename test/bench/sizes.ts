import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { VSIX } from '../setup/package.ts';
import type { Benchmark } from './figure.ts';

/** Sizes of what the build has just made. */
export const sizes: Benchmark = {
  name: 'sizes',
  runs: 1,
  measure: () => {
    const { outputs } = Metafiles.parse(JSON.parse(readFileSync('out/meta.json', 'utf8'))).extension;
    const entry = withStaticImports(outputs, 'dist/extension.js');
    const bytes = [...entry].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
    return Promise.resolve([
      {
        name: 'entry bundle',
        value: bytes / 1e3,
        unit: 'kB',
        reference: null,
        bound: { of: 'value', most: 250 },
        how: `minified, with its static imports: ${entry.size} files`,
      },
      {
        name: 'VSIX',
        value: statSync(VSIX).size / 1e6,
        unit: 'MB',
        reference: null,
        bound: { of: 'value', most: 2 },
        how: 'the packaged extension',
      },
    ]);
  },
};

/** As much of esbuild's metafile as is read here. */
const Output = z.object({
  bytes: z.number(),
  imports: z.array(z.object({ path: z.string(), kind: z.string(), external: z.boolean().optional() })),
});
const Metafiles = z.object({ extension: z.object({ outputs: z.record(z.string(), Output) }) });

function withStaticImports(
  outputs: Readonly<Record<string, z.infer<typeof Output>>>,
  file: string,
  seen = new Set<string>(),
): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { path, kind, external } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && external !== true) withStaticImports(outputs, path, seen);
  }
  return seen;
}
