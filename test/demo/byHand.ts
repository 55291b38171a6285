import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { startServer } from '../host/server.ts';
import type { CloudPeer } from '../peers/cloud.ts';
import { onStop, run } from '../setup/child.ts';
import { placeEngine } from '../setup/engine.ts';
import { VSIX } from '../setup/package.ts';
import { ensureVsCode } from '../setup/vscode.ts';
import { installExtension } from '../ui/driver.ts';
import { sampleCopy } from './sample.ts';
import { type Engine, QUIET, serverSettings } from './servers.ts';

/** The demo for a person: VS Code with the extension on the sample workspace, until Ctrl+C. */

export interface Parts {
  readonly engine: Engine;
  readonly cloud: CloudPeer;
}

export async function showInBrowser({ engine, cloud }: Parts): Promise<void> {
  const vscode = await ensureVsCode('newest');
  const { dir, folder } = scratch();
  const dataDir = join(dir, 'server');
  const extensionsDir = join(dir, 'extensions');
  await engine.prepare(dir);
  await installExtension(vscode, resolve(VSIX), dataDir, extensionsDir);
  const server = await startServer({
    vscode,
    mode: 'people',
    dataDir,
    extensionsDir,
    settings: { ...QUIET, ...serverSettings(engine, cloud) },
    env: { NODE_EXTRA_CA_CERTS: cloud.certificate, ...engine.env },
  });
  say(`
Open this address in a browser on this machine:

    ${server.page({ open: folder })}

README.md in it says what to try. The terminal does not work in this workbench. Ctrl+C ends everything.
`);
  await server.exited;
}

export async function showOnDesktop(code: string, { engine, cloud }: Parts): Promise<void> {
  const { dir, folder } = scratch();
  const user = join(dir, 'user');
  mkdirSync(join(user, 'User'), { recursive: true });
  writeFileSync(join(user, 'User/settings.json'), JSON.stringify(serverSettings(engine, cloud), undefined, 2));
  await placeOnDesktop(engine, user);
  const own = ['--user-data-dir', user, '--extensions-dir', join(dir, 'extensions')];
  // Chromium's sandbox refuses to run as root.
  if (process.getuid?.() === 0) own.push('--no-sandbox');
  await run(code, [...own, '--install-extension', resolve(VSIX), '--force']);
  say('\nVS Code opens in a window of its own. README.md in it says what to try. Close the window, or press Ctrl+C.\n');
  // Verbose, because it would leave this process group otherwise.
  await run(code, [...own, '--verbose', '--wait', '--new-window', '--disable-workspace-trust', folder], {
    env: { NODE_EXTRA_CA_CERTS: cloud.certificate, ...engine.env },
  });
}

/** The desktop keeps the storage of extensions in another place than the browser's workbench. */
async function placeOnDesktop({ label }: Engine, user: string): Promise<void> {
  if (label === 'Built-in engine') await placeEngine(join(user, 'User/globalStorage/switchyard.switchyard'));
}

function scratch(): { readonly dir: string; readonly folder: string } {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-demo-'));
  onStop(() => say('\nEverything is stopped, and what it wrote is removed.'));
  onStop(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return { dir, folder: sampleCopy().path };
}

/** Path of the desktop's `code`. */
export function requireCode(): string {
  const names = process.platform === 'win32' ? ['code.cmd', 'code.exe'] : ['code'];
  const paths = (process.env['PATH'] ?? '').split(delimiter).flatMap((dir) => names.map((name) => join(dir, name)));
  const found = paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  throw new Error('There is no `code` in PATH. Install VS Code, or leave --desktop out for the browser’s workbench.');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
