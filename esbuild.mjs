// @ts-check
// Bundles the extension (dist/extension.js and the chunks that it loads when they are needed) and the pages of the
// webviews (dist/webview). --production minifies and holds the size budget; --watch builds again on every change.
import { context } from 'esbuild';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const PAGES = 'src/webview/pages';
/** Bytes of everything that VS Code has to read before `activate` runs. */
const ENTRY_BUDGET = 250_000;

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: !production,
  sourcesContent: false,
  metafile: true,
  legalComments: 'linked',
  logLevel: 'silent',
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
};

/** @type {import('esbuild').BuildOptions} */
const extension = {
  ...common,
  entryPoints: ['src/extension.ts'],
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  splitting: true,
  platform: 'node',
  target: 'node22',
  external: ['vscode'],
  // Libraries in CommonJS call `require` for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
};

/** @type {import('esbuild').BuildOptions} */
const pages = {
  ...common,
  entryPoints: pageEntries(),
  outdir: 'dist/webview',
  format: 'iife',
  platform: 'browser',
  // The Chromium of the oldest VS Code that is supported (1.104: Electron 37).
  target: 'chrome138',
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
/** @type {Record<string, import('esbuild').Metafile>} */
const metafiles = {};
const contexts = await Promise.all([
  context({ ...extension, plugins: [reporter('extension')] }),
  ...(pages.entryPoints?.length === 0 ? [] : [context({ ...pages, plugins: [reporter('webview')] })]),
]);
if (watch) {
  await Promise.all(contexts.map((each) => each.watch()));
} else {
  const results = await Promise.allSettled(contexts.map((each) => each.rebuild()));
  await Promise.all(contexts.map((each) => each.dispose()));
  if (results.some(({ status }) => status === 'rejected') || !report()) process.exitCode = 1;
}

/** Pages are the files directly in their folder that a view loads; what they share lies in folders below. */
function pageEntries() {
  const dir = join(root, PAGES);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((file) => /\.(ts|css)$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => join(PAGES, file));
}

/**
 * Prints what tasks.json reads: when a build begins, its errors, when it ends.
 * @param {string} name
 * @returns {import('esbuild').Plugin}
 */
function reporter(name) {
  return {
    name: 'reporter',
    setup(build) {
      build.onStart(() => {
        if (watch) console.log(`[watch] ${name}: build started`);
      });
      build.onEnd(({ errors, warnings, metafile }) => {
        for (const { text, location } of [...errors, ...warnings]) {
          const at = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
          console.error(`${at}${errors.some((error) => error.text === text) ? 'error' : 'warning'}: ${text}`);
        }
        if (metafile) metafiles[name] = metafile;
        if (watch) console.log(`[watch] ${name}: build finished`);
      });
    },
  };
}

/** Writes the metafiles, prints the sizes, and says whether the budget is kept. */
function report() {
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(join(root, 'out', 'meta.json'), JSON.stringify(metafiles));
  for (const [name, { outputs }] of Object.entries(metafiles)) {
    for (const [file, { bytes }] of Object.entries(outputs)) {
      if (/\.(js|css)$/.test(file)) console.log(`${name}: ${relative('dist', file)} ${kilobytes(bytes)}`);
    }
  }
  const bytes = entryBytes(metafiles['extension']?.outputs ?? {}, 'dist/extension.js');
  console.log(`read before activation: ${kilobytes(bytes)} of ${kilobytes(ENTRY_BUDGET)}`);
  if (!production || bytes <= ENTRY_BUDGET) return true;
  console.error('The entry bundle is over its budget: load heavy parts with import() when they are needed.');
  return false;
}

/**
 * Bytes of a file and of everything that it imports statically.
 * @param {import('esbuild').Metafile['outputs']} outputs
 * @param {string} file
 * @param {Set<string>} seen
 * @returns {number}
 */
function entryBytes(outputs, file, seen = new Set()) {
  const output = outputs[file];
  if (!output || seen.has(file)) return 0;
  seen.add(file);
  return output.imports
    .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
    .reduce((sum, { path }) => sum + entryBytes(outputs, path, seen), output.bytes);
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
