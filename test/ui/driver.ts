import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { openBrowser } from '../host/browser.ts';
import { startServer } from '../host/server.ts';
import { onStop, run } from '../setup/child.ts';
import { ensureVsCode, type VsCode } from '../setup/vscode.ts';
import { createEditor, type Editor } from './editor.ts';
import { attempt, picture, until, WAIT_MS } from './pages.ts';
import { createQuickInput, type QuickInput } from './quickInput.ts';

/** A real workbench in Chromium with the packaged extension installed, and the hands of a person who uses it. */

export interface WorkbenchOptions {
  readonly vsix: string;
  /** Either a folder or a `.code-workspace` file. */
  readonly folder?: string;
  readonly workspaceFile?: string;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server and of the extension host. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Keeps settings, secrets, storage and the browser's profile between two workbenches. Default: a folder that `close` removes. */
  readonly userDataDir?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly scale?: number;
  readonly theme?: Theme;
  /** Folders are not trusted until the user says so. Default: all are. */
  readonly trustNobody?: boolean;
  readonly onLine?: (line: string) => void;
}

/** Identifier, and the class that the workbench has once the theme is loaded. */
const THEMES = {
  dark: ['Dark 2026', '2026-dark-json'],
  light: ['Light 2026', '2026-light-json'],
  'high-contrast': ['Default High Contrast', 'hc_black-json'],
  'high-contrast-light': ['Default High Contrast Light', 'hc_light-json'],
} as const;
export type Theme = keyof typeof THEMES;

type Text = string | RegExp;

export interface Workbench extends QuickInput, Editor {
  readonly page: Page;
  /** Address for a person's browser. */
  readonly address: string;
  readonly settingsFile: string;
  /** Items whose text or accessible name contains `text`. */
  readonly statusBarItem: (text: Text) => Locator;
  /** Waits for a notification. */
  readonly toast: (text: Text) => Promise<Locator>;
  /** Presses a button of a notification. */
  readonly pressToast: (text: Text, button: string) => Promise<void>;
  readonly closeToasts: () => Promise<void>;
  /** The innermost frame of a webview, found by an element in it. */
  readonly frameOf: (selector: string) => Promise<Frame>;
  /** Saves `out/ui/NAME.png`; an absolute path is taken as it is. */
  readonly shot: (name: string) => Promise<string>;
  /** Waits for `probe` to give a value; `what` is for the message when it does not. */
  readonly until: <T>(what: string, probe: () => Promise<T | undefined | false>, timeoutMs?: number) => Promise<T>;
  /** As the user's reload of the window: the extension host is a new one. */
  readonly reload: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const vscode = await ensureVsCode('newest');
  const dir = options.userDataDir ?? mkdtempSync(join(tmpdir(), 'switchyard-ui-'));
  const forget = options.userDataDir === undefined ? onStop(() => removeFolder(dir)) : () => {};
  const dataDir = join(dir, 'server');
  const extensionsDir = join(dir, 'extensions');
  await installExtension(vscode, options.vsix, dataDir, extensionsDir);
  const [themeId, themeClass] = THEMES[options.theme ?? 'dark'];
  const theme = { 'workbench.colorTheme': themeId, 'window.autoDetectColorScheme': false };
  const [server, browser] = await Promise.all([
    startServer({
      vscode,
      mode: 'people',
      dataDir,
      extensionsDir,
      settings: { ...theme, ...options.settings },
      env: options.env,
      trustNobody: options.trustNobody,
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
    }),
    openBrowser({ profileDir: dir, viewport: options.viewport, scale: options.scale }),
  ]);
  const { page } = browser;
  page.setDefaultTimeout(WAIT_MS);
  // The whole workbench has to load, on a machine that may be busy.
  page.setDefaultNavigationTimeout(60_000);
  const address = server.page({ open: options.workspaceFile ?? options.folder });
  const close = async () => {
    await Promise.all([browser.close().catch(() => {}), server.stop()]);
    forget();
    if (options.userDataDir === undefined) removeFolder(dir);
  };
  try {
    await attempt(page, 'open the workbench', async () => {
      await page.goto(address);
      await ready(page);
      if (options.settings?.['workbench.colorTheme'] !== undefined) return;
      await page.locator(`.monaco-workbench.vscode-theme-defaults-themes-${themeClass}`).waitFor({ timeout: 60_000 });
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    page,
    address,
    settingsFile: server.settingsFile,
    ...createQuickInput(page),
    ...createEditor(page),
    ...createParts(page),
    shot: (name) => picture(page, name),
    until: (what, probe, timeoutMs) => attempt(page, what, () => until(probe, timeoutMs)),
    reload: () =>
      attempt(page, 'reload', async () => {
        await page.reload();
        await ready(page);
      }),
    close,
  };
}

const TOAST_MS = 2000;

function createParts(page: Page) {
  const toasts = (text: Text) => page.locator('.notification-toast').filter({ hasText: text });
  return {
    statusBarItem(text: Text): Locator {
      const items = page.locator('.part.statusbar .statusbar-item');
      return items.filter({ hasText: text }).or(items.filter({ has: page.getByLabel(text) }));
    },
    toast: (text: Text) =>
      attempt(page, `notification ${String(text)}`, async () => {
        const toast = toasts(text).first();
        await toast.waitFor({ timeout: WAIT_MS });
        return toast;
      }),
    pressToast: (text: Text, button: string) =>
      attempt(page, `button ${button} of notification ${String(text)}`, () =>
        toasts(text).first().getByRole('button', { name: button }).click({ timeout: WAIT_MS }),
      ),
    closeToasts: () =>
      attempt(page, 'close notifications', async () => {
        const buttons = page.locator('.notification-toast .codicon-notifications-clear');
        await until(async () => {
          if ((await buttons.count()) === 0) return true;
          // One may leave by itself meanwhile.
          await page
            .locator('.notification-toast')
            .first()
            .hover({ timeout: TOAST_MS })
            .catch(() => {});
          await buttons
            .first()
            .click({ timeout: TOAST_MS })
            .catch(() => {});
          return false;
        });
      }),
    frameOf: (selector: string) =>
      attempt(page, `webview with ${selector}`, () =>
        until(async () => {
          for (const frame of page.frames()) {
            if (frame !== page.mainFrame() && (await frame.locator(selector).count()) > 0) return frame;
          }
          return undefined;
        }),
      ),
  };
}

async function ready(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
}

/** Installs a package into an extensions folder of a VS Code from the registry. */
export async function installExtension(
  vscode: VsCode,
  vsix: string,
  dataDir: string,
  extensionsDir: string,
): Promise<void> {
  if (!existsSync(vsix)) throw new Error(`${vsix} is not there: npm run package makes it`);
  const folders = ['--user-data-dir', dataDir, '--extensions-dir', extensionsDir];
  const env = { EXTENSIONS_GALLERY: '{}' };
  await run(vscode.nodePath, [vscode.codeServerMain, ...folders, '--install-extension', vsix, '--force'], { env });
}

function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
