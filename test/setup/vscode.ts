import { cpSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { cacheDir, once, run } from './cache.ts';

/**
 * VS Code for tests. On Linux it comes from the npm registry: code-server carries the whole workbench and the Node
 * extension host, and runs under a Node of its own, which the registry has too. Elsewhere, or on request, the desktop.
 */

export type VsCodeRelease = 'newest' | 'oldest';

export interface VsCode {
  /** Of VS Code, not of code-server. */
  readonly version: string;
  /** The Node that this release runs under. */
  readonly nodePath: string;
  /** Folder of the code-server package. */
  readonly serverRoot: string;
  /** Entry point of VS Code's own server: starts faster, keeps user settings beside its data. */
  readonly serverMain: string;
  /** Entry point of code-server: keeps secrets, shows toasts. The oldest release wants a compiled module for it. */
  readonly codeServerMain: string;
}

const RELEASES = {
  newest: { version: '1.139.1', codeServer: '4.139.1', node: '24.21.0' },
  /** `engines.vscode`: the first release with the stable language model provider. */
  oldest: { version: '1.104.0', codeServer: '4.104.0', node: '22.23.3' },
} as const;

/** Installs VS Code once per machine: about 10 s, 700 MB. Throws off Linux, and when the registry does not answer. */
export async function ensureVsCode(release: VsCodeRelease): Promise<VsCode> {
  if (process.platform !== 'linux') throw new Error('VS Code from the registry runs on Linux only.');
  const { version, codeServer, node } = RELEASES[release];
  const nodePackage = `node-linux-${process.arch}`;
  const root = await once(
    `vscode-${version}-${process.arch}`,
    async (dir, say) => {
      say(`installing VS Code ${version} and Node ${node}`);
      await npmInstall(dir, `${nodePackage}@${node}`, `code-server@${codeServer}`, RIPGREP.spec);
      const vscode = paths(dir).vscode;
      say('installing its dependencies');
      await npmInstall(vscode);
      await npmInstall(join(vscode, 'extensions'));
      link('code-linux.sh', join(vscode, 'bin/remote-cli/code-server'));
      link('browser-linux.sh', join(vscode, 'bin/helpers/browser.sh'));
      writeFileSync(join(vscode, 'node_modules/@vscode/spdlog/index.js'), PLAIN_LOGGER);
      // Older releases download it when they are installed; newer ones carry it.
      const ripgrep = join(vscode, 'node_modules/@vscode/ripgrep');
      if (existsSync(ripgrep)) cpSync(join(dir, RIPGREP.bin), join(ripgrep, 'bin'), { recursive: true });
    },
    { isWhole: (dir) => existsSync(paths(dir).serverMain) && existsSync(join(dir, NODE(nodePackage))) },
  );
  const { serverRoot, serverMain, codeServerMain } = paths(root);
  return { version, nodePath: join(root, NODE(nodePackage)), serverRoot, serverMain, codeServerMain };
}

const RIPGREP = {
  spec: `@vscode/ripgrep-linux-${process.arch}@1.18.0`,
  bin: `node_modules/@vscode/ripgrep-linux-${process.arch}/bin`,
};

const NODE = (nodePackage: string) => `node_modules/${nodePackage}/bin/node`;

function paths(dir: string) {
  const serverRoot = join(dir, 'node_modules/code-server');
  const vscode = join(serverRoot, 'lib/vscode');
  return {
    serverRoot,
    vscode,
    serverMain: join(vscode, 'out/server-main.js'),
    codeServerMain: join(serverRoot, 'out/node/entry.js'),
  };
}

/** npm packages carry no symbolic links; these two are made by the install script that was not run. */
function link(target: string, path: string): void {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** Without install scripts, which would compile native modules that the tests do not need. */
async function npmInstall(dir: string, ...packages: readonly string[]): Promise<void> {
  if (!existsSync(join(dir, 'package.json'))) writeFileSync(join(dir, 'package.json'), '{ "private": true }\n');
  const quiet = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...packages], { cwd: dir });
}

/** Stands in for the native module that writes VS Code's log files; same interface as far as VS Code uses it. */
const PLAIN_LOGGER = `'use strict';
const fs = require('fs'), path = require('path');
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
class Logger {
  constructor(file) { this.file = file; this.level = 2; this.plain = false; }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.plain = true; }
  flush() {}
  drop() {}
  write(level, text) {
    if (level < this.level) return;
    const line = this.plain ? text : new Date().toISOString() + ' [' + LEVELS[level] + '] ' + text + '\\n';
    fs.appendFile(this.file, line, () => {});
  }
}
LEVELS.forEach((name, level) => { Logger.prototype[name] = function (text) { this.write(level, text); }; });
const create = async (_name, file) => {
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  return new Logger(file);
};
exports.Logger = Logger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
`;

/**
 * Path of a desktop VS Code, downloaded when `SWITCHYARD_VSCODE=desktop` or when this is not Linux. `undefined` when it is
 * not wanted, or cannot be had on Linux, where the registry's VS Code serves instead; elsewhere that throws.
 */
export async function ensureDesktop(release: VsCodeRelease): Promise<string | undefined> {
  const isLinux = process.platform === 'linux';
  if (isLinux && process.env['SWITCHYARD_VSCODE'] !== 'desktop') return undefined;
  const noScreen = process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined;
  try {
    if (isLinux && noScreen) throw new Error('there is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set');
    const version = release === 'oldest' ? RELEASES.oldest.version : 'stable';
    return await downloadAndUnzipVSCode({ version, cachePath: join(cacheDir, 'vscode-desktop') });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (!isLinux) throw new Error(`Desktop VS Code cannot be downloaded: ${why}`, { cause: error });
    console.log(`  desktop VS Code cannot be used (${why}): the VS Code of the npm registry is used instead`);
    return undefined;
  }
}
