import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../setup/child.ts';
import type { VsCode } from '../setup/vscode.ts';

/** A VS Code server on a loopback port of its own choice, which ends with this process. */

export interface ServerOptions {
  readonly vscode: VsCode;
  /** `tests` honours development paths and tests in the page's address, and hides toasts; `people` is code-server. */
  readonly mode: 'tests' | 'people';
  /** Everything that the server writes goes here. */
  readonly dataDir: string;
  readonly extensionsDir: string;
  /** User settings, over `QUIET_SETTINGS`. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Folders are not trusted until the user says so, and nobody asks. Default: all are. */
  readonly trustNobody?: boolean | undefined;
  readonly onLine?: (line: string) => void;
}

export interface Server {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Page of the workbench for a folder or a `.code-workspace` file. */
  readonly page: (options?: { open?: string | undefined; payload?: readonly (readonly [string, string])[] }) => string;
  /** A file of this machine as the workbench names it. */
  readonly remote: (path: string) => string;
  readonly settingsFile: string;
  /** Resolves with the exit code, or -1 after a signal. */
  readonly exited: Promise<number>;
  /** The last lines that it printed. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** Nothing that asks, fetches or welcomes. */
const QUIET_SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'security.workspace.trust.enabled': false,
  'window.commandCenter': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

const TRUST_NOBODY = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

const START_MS = 60_000;
const STOP_MS = 500;

export async function startServer(options: ServerOptions): Promise<Server> {
  const { vscode, mode, dataDir, extensionsDir } = options;
  mkdirSync(extensionsDir, { recursive: true });
  const settingsFile = join(dataDir, mode === 'tests' ? 'data/User' : 'User', 'settings.json');
  mkdirSync(join(settingsFile, '..'), { recursive: true });
  const settings = { ...QUIET_SETTINGS, ...(options.trustNobody === true && TRUST_NOBODY), ...options.settings };
  writeFileSync(settingsFile, JSON.stringify(settings, undefined, 2));
  const lines: string[] = [];
  let announce: (port: number) => void = () => {};
  const listening = new Promise<number>((resolve) => {
    announce = resolve;
  });
  const child = start(vscode.nodePath, serverArguments(options), {
    env: environment(dataDir, options.env),
    onLine: (line) => {
      lines.push(line);
      if (lines.length > 200) lines.shift();
      options.onLine?.(line);
      const port = /agent listening on (\d+)|listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (port) announce(Number(port[1] ?? port[2]));
    },
  });
  const port = await firstOf(listening, child.exited, START_MS);
  if (typeof port === 'string') {
    await child.kill();
    throw new Error(`VS Code's server ${port}:\n${lines.join('\n')}`);
  }
  const authority = `127.0.0.1:${port}`;
  const remote = (path: string) => `vscode-remote://${authority}${encodeURI(path)}`;
  return {
    pid: child.pid,
    origin: `http://${authority}`,
    page({ open, payload = [] } = {}) {
      const query = new URLSearchParams();
      if (open === undefined) query.set('ew', 'true');
      else query.set(open.endsWith('.code-workspace') ? 'workspace' : 'folder', open);
      if (payload.length > 0) query.set('payload', JSON.stringify(payload));
      return `http://${authority}/?${query.toString()}`;
    },
    remote,
    settingsFile,
    exited: child.exited,
    output: () => lines.join('\n'),
    stop: () => child.stop(STOP_MS),
  };
}

function serverArguments({ vscode, mode, dataDir, extensionsDir, trustNobody }: ServerOptions): string[] {
  if (mode === 'tests') {
    return [
      vscode.serverMain,
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--without-connection-token',
      '--accept-server-license-terms',
      '--server-data-dir',
      dataDir,
      '--extensions-dir',
      extensionsDir,
      '--telemetry-level',
      'off',
      '--enable-smoke-test-driver',
    ];
  }
  const config = join(dataDir, 'code-server.yaml');
  writeFileSync(config, 'auth: none\n');
  return [
    vscode.codeServerMain,
    '--bind-addr',
    '127.0.0.1:0',
    '--auth',
    'none',
    '--config',
    config,
    '--user-data-dir',
    dataDir,
    '--extensions-dir',
    extensionsDir,
    '--ignore-last-opened',
    '--disable-telemetry',
    '--disable-update-check',
    ...(trustNobody === true ? [] : ['--disable-workspace-trust']),
    '--disable-getting-started-override',
  ];
}

/** Without the variables of a VS Code that this process may run in; no marketplace; nothing lands in the home folder. */
function environment(dataDir: string, added: ServerOptions['env']): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = {};
  for (const name of Object.keys(process.env)) {
    if (/^(VSCODE_|ELECTRON_|PORT$)/.test(name)) env[name] = undefined;
  }
  return { ...env, EXTENSIONS_GALLERY: '{}', ...privateFolders(dataDir), ...added };
}

/** XDG folders below `dir`, for the server and for Chromium. */
export function privateFolders(dir: string): Record<string, string> {
  return {
    XDG_CONFIG_HOME: join(dir, 'xdg/config'),
    XDG_CACHE_HOME: join(dir, 'xdg/cache'),
    XDG_DATA_HOME: join(dir, 'xdg/data'),
  };
}

/** The port, or what went wrong. */
async function firstOf(listening: Promise<number>, exited: Promise<number>, ms: number): Promise<number | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`did not listen within ${ms / 1000} s`), ms);
  });
  return Promise.race([listening, exited.then((code) => `ended with ${code}`), late]).finally(() =>
    clearTimeout(timer),
  );
}
