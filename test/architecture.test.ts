import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ROOT, type Source, readSource, readText, sourceFiles } from './architecture/source.ts';

const sources = sourceFiles('src').map((path) => readSource(path));
const byPath = new Map(sources.map((source) => [source.path, source]));
const code = sources.filter(({ path }) => !path.endsWith('.d.ts'));

/** Which files each room may import, and which packages. The first pattern that fits a file is its room. */
const ROOMS: readonly { readonly room: RegExp; readonly files: RegExp; readonly packages: RegExp }[] = [
  { room: /^src\/core\//, files: /^src\/core\//, packages: /^(zod\/mini|valibot|picomatch)$/ },
  {
    room: /^src\/providers\//,
    files: /^src\/(core|providers)\//,
    packages: /^(zod\/mini|ollama\/browser|openai(\/.*)?)$/,
  },
  {
    room: /^src\/net\//,
    files: /^src\/(core|net)\//,
    packages: /^(undici(\/.*)?|node:(crypto|dns\/promises|fs(\/promises)?|net|os|path))$/,
  },
  {
    room: /^src\/builtin\//,
    files: /^(src\/(core|builtin)\/|engine\/package(-lock)?\.json$)/,
    packages: /^(zod\/mini|node:(child_process|crypto|fs(\/promises)?|os|path|process|zlib))$/,
  },
  {
    room: /^src\/screen\//,
    files: /^src\/(core|screen)\//,
    packages: /^(ignore|@secretlint\/(core|profiler|secretlint-rule-preset-recommend))$/,
  },
  {
    room: /^src\/editor\//,
    files: /^src\/(core\/|editor\/|manifest\.ts$|webview\/\w*[pP]rotocol\.ts$)/,
    packages: /^(vscode|zod\/mini|valibot|node:(fs|os))$/,
  },
  {
    room: /^src\/webview\/pages\//,
    files: /^src\/(webview\/|core\/)/,
    packages: /^(zod\/mini|markdown-it|highlight\.js\/.*)$/,
  },
  { room: /^src\/webview\//, files: /^src\/(webview|core)\//, packages: /^zod\/mini$/ },
  { room: /^src\/manifest\.ts$/, files: /^src\/core\//, packages: /^valibot$/ },
  { room: /^src\/contributes\.ts$/, files: /^src\/(core\/|manifest\.ts$)/, packages: /^@valibot\/to-json-schema$/ },
  { room: /^src\/extension\.ts$/, files: /^src\//, packages: /^(vscode|node:path)$/ },
];

/** Modules that can open a socket, or run something that can. */
const NETWORK_MODULES =
  /^(node:)?(http|https|http2|net|tls|dgram|dns|dns\/promises|child_process|cluster|worker_threads|inspector|vm|module|repl)$|^(undici|ws|axios|got|node-fetch|cross-fetch|whatwg-fetch|needle|superagent)(\/|$)/;
/** Globals that can. */
const NETWORK_NAMES = ['fetch', 'XMLHttpRequest', 'WebSocket', 'WebSocketStream', 'EventSource', 'WebTransport'];
/** Ways past every look at imports. */
const ESCAPES = [
  'eval',
  'Function',
  'require',
  'importScripts',
  'RTCPeerConnection',
  'sendBeacon',
  'Worker',
  'SharedWorker',
];

describe('the rooms', () => {
  it('have a place for every file', () => {
    expect(code.filter(({ path }) => !ROOMS.some(({ room }) => room.test(path))).map(({ path }) => path)).toEqual([]);
  });

  it('import only what they may', () => {
    const strays = code.flatMap(({ path, imports }) => {
      const rules = ROOMS.find(({ room }) => room.test(path));
      return imports
        .filter(
          ({ file, specifier }) => !(file ? rules?.files.test(file) : rules?.packages.test(specifier ?? '(computed)')),
        )
        .map(({ specifier }) => `${path} imports ${specifier ?? 'something computed'}`);
    });
    expect(strays).toEqual([]);
  });

  it('import files that are there, by their whole names', () => {
    const missing = code.flatMap(({ path, imports }) =>
      imports
        .filter(({ file }) => file !== undefined && !byPath.has(file) && !file.startsWith('engine/'))
        .map(({ specifier }) => `${path}: ${specifier}`),
    );
    expect(missing).toEqual([]);
  });

  it('have no cycles, lazy imports included', () => {
    expect(cycles(code)).toEqual([]);
  });

  it('keep the core free of effects', () => {
    const effects = [
      'console',
      'process',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'performance',
      'Date',
      'Buffer',
    ];
    const random = ['crypto', 'localStorage', 'navigator', 'window', 'document'];
    expect(mentions(within('src/core/'), [...effects, ...random, ...NETWORK_NAMES])).toEqual([]);
  });
});

describe('the one door', () => {
  const outside = code.filter(({ path }) => !path.startsWith('src/net/'));
  /** Tries in vain, in Verify Privacy, to reach past the policy of the pages. */
  const reach = 'src/webview/pages/verify/reach.ts';

  it('alone imports what can open a socket', () => {
    const strays = outside.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => NETWORK_MODULES.test(specifier ?? ''))
        .map(({ specifier }) => `${path}: ${specifier}`),
    );
    // Runs one file of ours with an addon whose hash we know, and talks with it by messages: see the built-in engine below.
    // The other asks macOS's vm_stat for the memory.
    expect(strays).toEqual(['src/builtin/process.ts: node:child_process', 'src/builtin/vmStat.ts: node:child_process']);
  });

  it('alone names the globals that can', () => {
    expect(mentions(outside, NETWORK_NAMES)).toEqual(
      ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'].map((name) => `${reach}: ${name}`),
    );
    expect(mentions(within('src/net/'), NETWORK_NAMES)).toEqual(['src/net/cloudFetch.ts: fetch']);
  });

  it('is not passed by way of the global object', () => {
    const hosted = outside.filter(({ path }) => !path.startsWith('src/webview/pages/'));
    // The one takes the network away from its process.
    expect(mentions(hosted, ['globalThis', 'global', 'self', 'window'])).toEqual([
      'src/builtin/isolate.ts: globalThis',
    ]);
  });

  it.each([
    ['fetch(x)', 'fetch'],
    ['const f = fetch', 'fetch'],
    ['const client = { fetch }', 'fetch'],
    ['globalThis.fetch(x)', 'fetch'],
    ["globalThis['fetch'](x)", 'fetch'],
    ['globalThis[`fetch`](x)', 'fetch'],
    ['const { fetch } = globalThis', 'globalThis'],
    ['const g = globalThis; g.fetch(x)', 'globalThis'],
    ["Reflect.get(globalThis, 'fetch')", 'globalThis'],
    ['const f = fetch as unknown', 'fetch'],
    ['function f(g = fetch) {}', 'fetch'],
    ['if (x) { const fetch = y; } fetch(x)', 'fetch'],
    ['class A { f = fetch }', 'fetch'],
    ['new WebSocket(x)', 'WebSocket'],
    ['class A extends WebSocket {}', 'WebSocket'],
  ])('is missed by nothing that reads: %s', (text, name) => {
    expect(readSource('src/core/x.ts', text).names).toContain(name);
  });

  it.each([
    'line.fetch(x)',
    'const f: typeof fetch = line.fetch',
    'type F = typeof globalThis.fetch',
    'new Client({ fetch: line.fetch })',
    'interface A { fetch(x: string): void }',
    'function f({ fetch }: A) { fetch(x); }',
    '// fetch(x)',
    "const word = 'fetch(x)'",
  ])('is not seen where it is not: %s', (text) => {
    expect([...readSource('src/core/x.ts', text).names]).not.toContain('fetch');
  });

  it.each([
    ["import x from 'node:http'", 'node:http'],
    ["import type { x } from 'node:http'", 'node:http'],
    ["import 'node:http'", 'node:http'],
    ["export { x } from 'node:http'", 'node:http'],
    ["export * from 'node:http'", 'node:http'],
    ["await import('node:http')", 'node:http'],
    ['await import(`node:http`)', 'node:http'],
    ["let x: import('node:http').Server", 'node:http'],
    ["import x = require('node:http')", 'node:http'],
    ["await import('node:' + 'http')", undefined],
  ])('is missed by no import: %s', (text, specifier) => {
    expect(readSource('src/core/x.ts', text).imports.map((each) => each.specifier)).toEqual([specifier]);
  });

  it('has no way around it: nothing is evaluated, required or run', () => {
    expect(mentions(code, ESCAPES)).toEqual([`${reach}: Worker`]);
    const computed = code.filter(({ imports }) => imports.some(({ specifier }) => specifier === undefined));
    expect(computed.map(({ path }) => path)).toEqual([]);
  });

  it('dials with sockets in two files only, and listens in one', () => {
    const dialers = within('src/net/').filter(({ imports }) =>
      imports.some(({ specifier, typeOnly }) => !typeOnly && NETWORK_MODULES.test(specifier ?? '')),
    );
    expect(dialers.map(({ path }) => path)).toEqual([
      'src/net/dialer.ts',
      'src/net/undici.ts',
      'src/net/verifyListener.ts',
    ]);
    const listener = readText('src/net/verifyListener.ts');
    expect(listener).toMatch(/import \{ type Socket, createServer \} from 'node:net'/);
  });
});

describe('the built-in engine', () => {
  /** Files that run in the engine's own process, by what its entry imports. */
  const inside = new Set<string>();
  const follow = (path: string) => {
    if (inside.has(path)) return;
    inside.add(path);
    for (const { file, typeOnly } of byPath.get(path)?.imports ?? []) if (file !== undefined && !typeOnly) follow(file);
  };
  follow('src/builtin/child.ts');

  it('runs apart: neither the host nor the process has anything of the other but their messages', () => {
    const own = [...inside].filter((path) => path.startsWith('src/builtin/'));
    expect(own).not.toContain('src/builtin/process.ts');
    const host = code.filter(({ path }) => path.startsWith('src/') && !inside.has(path));
    const shared = new Set(['src/builtin/messages.ts']);
    const strays = host.flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ file, typeOnly }) =>
            !typeOnly && file?.startsWith('src/builtin/') && inside.has(file) && !shared.has(file),
        )
        .map(({ file }) => `${path}: ${file}`),
    );
    expect(strays).toEqual([]);
  });

  it('imports nothing of Node that could open a socket, read a file or run a program', () => {
    const node = [...inside].flatMap((path) => byPath.get(path)?.imports ?? []);
    const names = new Set(node.map(({ specifier }) => specifier ?? '').filter((name) => name.startsWith('node:')));
    expect([...names].toSorted()).toEqual(['node:os', 'node:path', 'node:process']);
  });

  it('takes its network away before anything else, and loads native code in one place', () => {
    expect(readText('src/builtin/child.ts')).toMatch(/^const network = isolate\(\);$/m);
    const withText = (text: string) => code.filter(({ path }) => readText(path).includes(text)).map(({ path }) => path);
    expect(withText('dlopen')).toEqual(['src/builtin/native.ts']);
    expect(withText('getBuiltinModule')).toEqual(['src/builtin/isolate.ts']);
    expect(withText('process.binding')).toEqual([]);
  });
});

describe('the completion engine', () => {
  const stages = within('src/core/completion/').map(({ path }) => path);
  /** Types, and data that the tests of others go through. */
  const plainFiles = ['profileData', 'snapshot', 'state'].map((name) => `src/core/completion/${name}.ts`);
  const testOf = (stage: string) => stage.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts');

  it('has a test for each stage, under its name, that drives it', () => {
    const untested = stages
      .filter((stage) => !plainFiles.includes(stage))
      .filter((stage) => {
        const test = testOf(stage);
        if (!existsSync(join(ROOT, test))) return true;
        return !readSource(test).imports.some(({ file, typeOnly }) => file === stage && !typeOnly);
      });
    expect(untested).toEqual([]);
  });

  it('has files without a test only where nothing is done', () => {
    expect(plainFiles.filter((path) => !stages.includes(path))).toEqual([]);
    expect(plainFiles.filter((path) => /=>|\bfunction\b/.test(readText(path)))).toEqual([]);
  });
});

describe('the style', () => {
  it('has no default exports and no barrels', () => {
    expect(code.filter(({ exportsDefault }) => exportsDefault).map(({ path }) => path)).toEqual([]);
    expect(code.filter(({ reexports }) => reexports.length > 0).map(({ path }) => path)).toEqual([]);
  });

  it('has no names that say nothing', () => {
    const empty =
      /^(index|utils?|helpers?|managers?|common|misc|shared|service|types|constants)\.|(Utils?|Helpers?|Manager|Service)\./;
    expect(sources.map(({ path }) => path).filter((path) => empty.test(basename(path)))).toEqual([]);
    const prefixed = code.flatMap(({ path, types }) =>
      types.filter((name) => /^I[A-Z][a-z]/.test(name)).map((name) => `${path}: ${name}`),
    );
    expect(prefixed).toEqual([]);
  });

  it('has small files', () => {
    expect(code.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines} lines`)).toEqual([]);
    const lengths = code.map(({ lines }) => lines).toSorted((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(130);
  });
});

const Metafile = z.object({
  inputs: z.record(
    z.string(),
    z.object({ imports: z.array(z.object({ path: z.string(), external: z.optional(z.boolean()) })) }),
  ),
});

// Written by esbuild.mjs with every build; `npm test` and `npm run check` build first.
const META = join(ROOT, 'out', 'meta.json');
if (!existsSync(META))
  console.warn('\nTHE BUNDLE WAS NOT LOOKED AT: there is no out/meta.json. Build first (npm run compile).\n');

describe.skipIf(!existsSync(META))('the bundle', () => {
  const written: unknown = existsSync(META) ? JSON.parse(readFileSync(META, 'utf8')) : {};
  const metafiles = z.record(z.string(), Metafile).parse(written);
  const inputs = (name: string) => Object.entries(metafiles[name]?.inputs ?? {});

  it('has no module that can open a socket besides the door’s', () => {
    const found = inputs('extension')
      .filter(([, { imports }]) =>
        imports.some(({ path, external }) => external === true && NETWORK_MODULES.test(path)),
      )
      .map(([path]) => path);
    expect(found.toSorted()).toEqual([
      'node_modules/undici/lib/core/connect.js',
      'node_modules/undici/lib/core/util.js',
      'node_modules/undici/lib/dispatcher/client-h2.js',
      'node_modules/undici/lib/dispatcher/client.js',
      'node_modules/undici/lib/util/runtime-features.js',
      'node_modules/undici/lib/web/fetch/index.js',
      'node_modules/undici/lib/web/webidl/index.js',
      'src/builtin/process.ts',
      'src/builtin/vmStat.ts',
      'src/net/dialer.ts',
      'src/net/verifyListener.ts',
    ]);
  });

  it('gives the process of the built-in engine no module but these', () => {
    const external = inputs('builtin').flatMap(([, { imports }]) =>
      imports.filter((each) => each.external === true).map(({ path }) => path),
    );
    expect([...new Set(external)].toSorted()).toEqual(['node:os', 'node:path', 'node:process']);
    expect(
      inputs('builtin')
        .map(([path]) => path)
        .filter((path) => path.includes('node_modules') && !path.includes('/zod/')),
    ).toEqual([]);
  });

  it('has no part of undici that proxies, caches, mocks or keeps sockets of another kind', () => {
    const unwanted =
      /undici\/(index\.js|lib\/(cache|mock|interceptor|.*proxy|.*socks|web\/(websocket|eventsource|cookies|cache)))/;
    const found = inputs('extension')
      .map(([path]) => path)
      .filter((path) => unwanted.test(path));
    expect(found).toEqual([]);
  });

  it('has no library that names a network global, besides those that are given the door’s', () => {
    const found = inputs('extension')
      .map(([path]) => path)
      .filter((path) => path.includes('node_modules') && !path.includes('/undici/') && /\.m?js$/.test(path))
      .flatMap(networkNames);
    expect(found.toSorted()).toEqual([
      // Both fall back to the global only where no fetch is given; the providers always give the line's.
      'node_modules/ollama/dist/browser.mjs: fetch',
      'node_modules/openai/internal/shims.mjs: fetch',
    ]);
  });

  it('gives the pages of the webviews nothing that could reach a network', () => {
    const found = inputs('webview')
      .map(([path]) => path)
      .filter((path) => /\.(m?js|ts)$/.test(path))
      .filter((path) => path !== 'src/webview/pages/verify/reach.ts')
      .flatMap(networkNames);
    expect(found).toEqual([]);
  });

  it('externalises only VS Code and Node', () => {
    const external = inputs('extension').flatMap(([, { imports }]) =>
      imports.filter((each) => each.external === true).map(({ path }) => path),
    );
    expect([...new Set(external)].filter((path) => path !== 'vscode' && !path.startsWith('node:'))).toEqual([]);
  });
});

/** Parses only what has such a word at all: bundled libraries are large. */
function networkNames(path: string): string[] {
  const text = readText(path);
  return NETWORK_NAMES.some((name) => text.includes(name)) ? mentions([readSource(path, text)], NETWORK_NAMES) : [];
}

function within(folder: string): Source[] {
  return code.filter(({ path }) => path.startsWith(folder));
}

function mentions(files: readonly Source[], names: readonly string[]): string[] {
  return files.flatMap(({ path, names: used }) =>
    names.filter((name) => used.has(name)).map((name) => `${path}: ${name}`),
  );
}

/** Every cycle of imports (those of types are gone when the program runs), as the path around it. */
function cycles(files: readonly Source[]): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (way.includes(path) || done.has(path)) return;
    for (const { file, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (file !== undefined && !typeOnly) visit(file, [...way, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
