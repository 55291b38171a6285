import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { once, run } from '../../setup/cache.ts';
import { CannotRun, requirePip } from '../../setup/toolchain.ts';

/** The files that are typed: real code of permissively licensed packages, fetched once and checked by their SHA-256. */

export type Language = 'typescript' | 'python' | 'go' | 'rust' | 'java';
type Registry = 'npm' | 'pypi' | 'go' | 'crates';

interface Source {
  readonly registry: Registry;
  readonly name: string;
  readonly version: string;
  /** SPDX; all of them allow use and copies with the notice kept. */
  readonly licence: string;
  readonly language: Language;
  /** Columns of an indentation step; `tabs` where the file has tabs. */
  readonly indent: 2 | 4 | 'tabs';
  /** Path inside the package, and the SHA-256 of the file. */
  readonly files: Readonly<Record<string, string>>;
}

const ANDROID = 'android/src/main/java/com/horcrux/svg';

export const SOURCES: readonly Source[] = [
  {
    registry: 'npm',
    name: 'rxjs',
    version: '7.8.2',
    licence: 'Apache-2.0',
    language: 'typescript',
    indent: 2,
    files: { 'src/internal/Subscription.ts': '7bc29eba0a7ac8331f421d61928fb1455329ce0e075c1454eef3596537640dce' },
  },
  {
    registry: 'npm',
    name: '@reduxjs/toolkit',
    version: '2.9.0',
    licence: 'MIT',
    language: 'typescript',
    indent: 2,
    files: { 'src/listenerMiddleware/index.ts': '2b21e436d59a146ec0a61b48091c95f87ec4d6c39068dc95ce2ddc235c0e8501' },
  },
  {
    registry: 'npm',
    name: 'immer',
    version: '10.1.3',
    licence: 'MIT',
    language: 'typescript',
    indent: 'tabs',
    files: { 'src/core/proxy.ts': '7ead383b1440edcceed53a92bca3afef1d8560d9754e30e92c6a85ed26df8459' },
  },
  {
    registry: 'npm',
    name: 'react-native-svg',
    version: '15.12.1',
    licence: 'MIT',
    language: 'java',
    indent: 2,
    files: {
      [`${ANDROID}/SvgView.java`]: '59777eba4471bc491f6760c998356739c13d5222d442a2d6c2603b9d92042a02',
      [`${ANDROID}/PathParser.java`]: '702fc38a0ec09deb1c4ccb4694ec0da98bf9ec86ed201eb213950180ea354496',
    },
  },
  {
    registry: 'pypi',
    name: 'requests',
    version: '2.32.5',
    licence: 'Apache-2.0',
    language: 'python',
    indent: 4,
    files: { 'requests/sessions.py': '0a5d5da449ce7f0af3ccf6e4bbe7a67a935e37846dff4ff9f08cb6c7e2464e6f' },
  },
  {
    registry: 'pypi',
    name: 'click',
    version: '8.3.0',
    licence: 'BSD-3-Clause',
    language: 'python',
    indent: 4,
    files: { 'click/parser.py': '437d691f416541912af945c4fc0051ce5ca011fbf13d3b996d6361e317d79b3c' },
  },
  {
    registry: 'pypi',
    name: 'httpx',
    version: '0.28.1',
    licence: 'BSD-3-Clause',
    language: 'python',
    indent: 4,
    files: { 'httpx/_urls.py': '757f7d551d4348e1e9828f40abb3f360ee0529dc6a2a3c32369f20adff1d1cdd' },
  },
  {
    registry: 'go',
    name: 'github.com/go-chi/chi/v5',
    version: 'v5.2.3',
    licence: 'MIT',
    language: 'go',
    indent: 'tabs',
    files: {
      'mux.go': 'c403e4f0c9c5c20c49faa9019380ac2599a66e359a23843f4b1d50d8a7704ee9',
      'tree.go': 'a7dfa11d4570e3684c83c26d126935a27d20c80d55b834f563696ae7cdb8eb60',
    },
  },
  {
    registry: 'crates',
    name: 'semver',
    version: '1.0.27',
    licence: 'MIT OR Apache-2.0',
    language: 'rust',
    indent: 4,
    files: { 'src/parse.rs': '2d9cb28a72a813968c16da29a9690f8e53f1ce00727a1dbe67aec3ddb5ed59ed' },
  },
  {
    registry: 'crates',
    name: 'strsim',
    version: '0.11.1',
    licence: 'MIT',
    language: 'rust',
    indent: 4,
    files: { 'src/lib.rs': '6f0b31f95526ccc0a88ed788b6be9b929bd8ee32fd0c3f38b0399cb7e63954e3' },
  },
];

/** A file to type in. */
export interface CorpusFile {
  /** Package and path, unique. */
  readonly name: string;
  readonly language: Language;
  readonly indent: Source['indent'];
  /** With `\n` as the end of lines. */
  readonly text: string;
}

export async function loadCorpus(): Promise<readonly CorpusFile[]> {
  const files: CorpusFile[] = [];
  for (const source of SOURCES) {
    const label = `${source.name.replaceAll(/[@/]/g, '-').replace(/^-/, '')}-${source.version}`;
    const dir = await once(`corpus-${label}`, (into, say) => fetchSource(source, into, say));
    for (const path of Object.keys(source.files)) {
      const text = readFileSync(join(dir, path), 'utf8').replaceAll('\r\n', '\n');
      files.push({ name: `${source.name}/${path}`, language: source.language, indent: source.indent, text });
    }
  }
  return files;
}

async function fetchSource(source: Source, into: string, say: (line: string) => void): Promise<void> {
  const { name, version, licence, files } = source;
  const scratch = mkdtempSync(join(tmpdir(), 'switchyard-corpus-'));
  try {
    say(`fetching ${name} ${version} (${licence})`);
    const root = await FETCH[source.registry](source, scratch, say);
    for (const [path, sha256] of Object.entries(files)) {
      const found = createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex');
      if (found !== sha256) throw new Error(`${name} ${version}: ${path} has the SHA-256 ${found}, not ${sha256}`);
      mkdirSync(dirname(join(into, path)), { recursive: true });
      copyFileSync(join(root, path), join(into, path));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Each fills the scratch folder through the registry's own client and names the root of the package. */
const FETCH: Readonly<Record<Registry, (of: Source, dir: string, say: (line: string) => void) => Promise<string>>> = {
  async npm({ name, version }, dir) {
    await run('npm', ['pack', '--silent', '--pack-destination', dir, `${name}@${version}`]);
    await run('tar', ['xzf', only(dir, '.tgz'), '-C', dir]);
    return join(dir, 'package');
  },
  async pypi({ name, version }, dir, say) {
    await (
      await requirePip(say)
    )(`${name}==${version}`, dir);
    await run('python3', ['-m', 'zipfile', '-e', only(dir, '.whl'), dir]);
    return dir;
  },
  async go({ name, version }, dir) {
    // A folder of our own and writable: Go makes its modules read-only.
    const env = { GOPATH: join(dir, 'go'), GOMODCACHE: join(dir, 'go/mod'), GOFLAGS: '-modcacherw' };
    await needing('go', 'golang-go', () => run('go', ['mod', 'download', `${name}@${version}`], { cwd: dir, env }));
    return join(dir, 'go/mod', `${name}@${version}`);
  },
  async crates({ name, version }, dir) {
    const env = { CARGO_HOME: join(dir, 'cargo') };
    const cargo = (...args: string[]) => needing('cargo', 'cargo', () => run('cargo', args, { cwd: dir, env }));
    await cargo('init', '--quiet', '--vcs', 'none', '--lib', '--name', 'corpus', 'crate');
    await cargo('add', '--quiet', '--manifest-path', 'crate/Cargo.toml', `${name}@=${version}`);
    await cargo('vendor', '--quiet', '--manifest-path', 'crate/Cargo.toml', 'vendor');
    return join(dir, 'vendor', name);
  },
};

async function needing(command: string, debian: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await run(command, [command === 'go' ? 'version' : '--version']);
  } catch {
    throw new CannotRun(`Files of the bench come through ${command}, which is missing: apt-get install ${debian}`);
  }
  await work();
}

function only(dir: string, ending: string): string {
  const found = readdirSync(dir).find((name) => name.endsWith(ending));
  if (found === undefined) throw new Error(`no ${ending} file was fetched`);
  return join(dir, found);
}
