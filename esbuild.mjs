// @ts-check
// Bundles the extension (dist/extension.js and the chunks that it loads when they are needed) and the pages of the
// webviews (dist/webview). --production minifies and holds the size budget; --watch builds again on every change.
import { context } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const ENTRY = 'src/extension.ts';
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
  entryPoints: [ENTRY],
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

/**
 * The process of the built-in engine: one file of its own, started by the extension when the engine is used.
 * @type {import('esbuild').BuildOptions}
 */
const builtin = {
  ...common,
  entryPoints: ['src/builtin/child.ts'],
  outdir: 'dist/builtin',
  format: 'esm',
  platform: 'node',
  target: 'node22',
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

/**
 * Leaves out the `fetch` for old browsers that the `ollama` client loads: no network client but the door's is shipped. And
 * the `debug` that secretlint loads: it writes to the console what an environment variable names.
 * @type {import('esbuild').Plugin}
 */
const withoutPolyfills = {
  name: 'without-polyfills',
  setup(build) {
    build.onResolve({ filter: /^whatwg-fetch$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /^debug$/, namespace: 'left-out' }, () => ({ contents: 'export default () => () => {};' }));
    build.onLoad({ filter: /^/, namespace: 'left-out' }, () => ({ contents: '' }));
  },
};

/**
 * Keeps what `activate` needs in one chunk. Modules that a lazily loaded file shares with the entry would make a chunk for
 * every set of sharers, about twenty files to read before activation. Each lazily loaded file imports the entry, which
 * runs already by then, so that all of them share everything of it.
 * @type {import('esbuild').Plugin}
 */
const oneEntry = {
  name: 'one-entry',
  setup(build) {
    /** @type {Set<string>} */
    const lazy = new Set();
    build.onStart(() => lazy.clear());
    build.onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
      if (kind === 'dynamic-import') lazy.add(join(resolveDir, path));
      return undefined;
    });
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      if (!lazy.has(path)) return undefined;
      const text = readFileSync(path, 'utf8');
      return { contents: `import ${JSON.stringify(join(root, ENTRY))};${text}`, loader: 'ts' };
    });
  },
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
/** @type {Record<string, import('esbuild').Metafile>} */
const metafiles = {};
const contexts = await Promise.all([
  context({ ...extension, plugins: [withoutPolyfills, oneEntry, reporter('extension')] }),
  context({ ...builtin, plugins: [reporter('builtin')] }),
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

/** Writes the metafiles, prints the sizes, and says whether all is well. */
function report() {
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(join(root, 'out', 'meta.json'), JSON.stringify(metafiles));
  for (const [name, { outputs }] of Object.entries(metafiles)) {
    for (const [file, { bytes }] of Object.entries(outputs)) {
      if (/\.(js|css)$/.test(file)) console.log(`${name}: ${relative('dist', file)} ${kilobytes(bytes)}`);
    }
  }
  const metafile = metafiles['extension'];
  writeNotices();
  if (metafile === undefined) return false;
  const checks = [namesSurvive(metafile), entryFits(metafile.outputs), startsWithoutZod(metafile.outputs)];
  return checks.every(Boolean);
}

/** The licences of the packages that are in the bundles, as they ask for. */
function writeNotices() {
  const inputs = Object.values(metafiles).flatMap((metafile) => Object.keys(metafile.inputs));
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  const notices = [...folders].toSorted().map((folder) => {
    const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) console.error(`warning: ${folder} has no licence file`);
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return `${name}\n\n${file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
  });
  writeFileSync(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
}

/**
 * A dynamic import of a CommonJS module has only `default` in the bundle, though its types and Node have its names too.
 * @param {import('esbuild').Metafile} metafile
 */
function namesSurvive({ inputs, outputs }) {
  const wrong = Object.values(outputs)
    .map(({ entryPoint }) => entryPoint ?? '')
    .filter((file) => inputs[file]?.format === 'cjs');
  for (const file of wrong) {
    console.error(`error: import() of the CommonJS module ${file}: import it statically in a file that is import()ed`);
  }
  return wrong.length === 0;
}

/** @param {import('esbuild').Metafile['outputs']} outputs */
function entryFits(outputs) {
  const files = [...withStaticImports(outputs, 'dist/extension.js')].map((file) => outputs[file]);
  const bytes = files.reduce((sum, output) => sum + (output?.bytes ?? 0), 0);
  console.log(`read before activation: ${kilobytes(bytes)} of ${kilobytes(ENTRY_BUDGET)}`);
  if (!production || bytes <= ENTRY_BUDGET) return true;
  console.error(
    'error: the entry is over its budget; load heavy parts with import(). The largest packages and folders:',
  );
  /** @type {Map<string, number>} */
  const groups = new Map();
  for (const [input, { bytesInOutput }] of files.flatMap((output) => Object.entries(output?.inputs ?? {}))) {
    const group = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? dirname(input);
    groups.set(group, (groups.get(group) ?? 0) + bytesInOutput);
  }
  const largest = [...groups].toSorted(([, one], [, other]) => other - one).slice(0, 8);
  for (const [group, size] of largest) console.error(`  ${group} ${kilobytes(size)}`);
  return false;
}

/**
 * zod takes 7 ms to load and to make its schemas, a third of what activation may take; valibot takes none that can be
 * measured. What is loaded when it is first used may take zod.
 * @param {import('esbuild').Metafile['outputs']} outputs
 */
function startsWithoutZod(outputs) {
  const files = [...withStaticImports(outputs, 'dist/extension.js')].map((file) => outputs[file]);
  if (!files.some((output) => Object.keys(output?.inputs ?? {}).some((input) => /node_modules\/zod\//.test(input)))) {
    return true;
  }
  console.error('error: zod is read before activation: use valibot there, or import() the file that needs it');
  return false;
}

/**
 * A file and everything that it imports statically.
 * @param {import('esbuild').Metafile['outputs']} outputs
 * @param {string} file
 * @param {Set<string>} seen
 */
function withStaticImports(outputs, file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { kind, external, path } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && external !== true) withStaticImports(outputs, path, seen);
  }
  return seen;
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
