import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { ensureChromium } from '../setup/chromium.ts';
import { privateFolders } from './server.ts';

export interface BrowserOptions {
  /** Folder of the profile: storage of the page and settings of Chromium. */
  readonly profileDir: string;
  readonly viewport?: { readonly width: number; readonly height: number } | undefined;
  /** Pixels of the pictures per pixel of the page. */
  readonly scale?: number | undefined;
}

export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly close: () => Promise<void>;
}

/** The page reaches this machine only, and no proxy: a Chromium at rest would look for updates, a workbench for news. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
];

/** A Chromium without a window, with the clipboard open to the page. It ends with this process. */
export async function openBrowser(options: BrowserOptions): Promise<Browser> {
  const context = await chromium.launchPersistentContext(join(options.profileDir, 'chromium'), {
    executablePath: await ensureChromium(),
    headless: true,
    args: ARGUMENTS,
    env: { ...process.env, ...privateFolders(options.profileDir) },
    viewport: options.viewport ?? { width: 1280, height: 800 },
    ...(options.scale === undefined ? {} : { deviceScaleFactor: options.scale }),
    permissions: ['clipboard-read', 'clipboard-write'],
    // The launcher and the driver stop in order themselves.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return { context, page, close: () => context.close() };
}
