import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { PICTURES, type Theme } from './chatPage.ts';
import themes from './themes.json' with { type: 'json' };

/** A built page in a real Chromium, under the policy that the editor gives it; what it says to the editor comes here. */
export interface TestPage {
  readonly page: Page;
  tell(message: object): Promise<void>;
  /** Errors, and requests to anywhere but to the page's own files. */
  readonly wrong: string[];
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface TestPageOptions {
  /** Of the page's files under src/webview/pages. */
  readonly name: string;
  readonly hear: (message: unknown, tell: TestPage['tell']) => unknown;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** The content security policy, if not the editor's. */
  readonly policy?: string;
  /** Leaves requests to elsewhere alone, so that they can be counted where they arrive. */
  readonly letThrough?: boolean;
}

const ORIGIN = 'https://page.test';
/** As `prepareWebview` of the editor makes it. */
const POLICY = `default-src 'none'; script-src 'nonce-abc'; style-src ${ORIGIN}; base-uri 'none'; form-action 'none'`;

interface Bundle {
  readonly js: string;
  readonly css: string;
}

const bundles = new Map<string, Promise<Bundle>>();

async function bundle(name: string): Promise<Bundle> {
  const { outputFiles } = await build({
    absWorkingDir: join(import.meta.dirname, '..', '..'),
    entryPoints: ['ts', 'css'].map((end) => `src/webview/pages/${name}.${end}`),
    bundle: true,
    format: 'iife',
    target: 'chrome138',
    outdir: 'dist/webview',
    write: false,
  });
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  return { js: text('.js'), css: text('.css') };
}

export async function openPage(browser: Browser, options: TestPageOptions): Promise<TestPage> {
  const { name, hear, theme = 'dark', width = 1200, height = 700, letThrough = false, policy = POLICY } = options;
  const bundled = bundles.get(name) ?? bundle(name);
  bundles.set(name, bundled);
  const { js, css } = await bundled;
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  // Or Chromium would ask the user before a page reaches this machine, and so hide what the policy does.
  if (letThrough) await context.grantPermissions(['local-network-access'], { origin: ORIGIN });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  const files: Readonly<Record<string, { contentType: string; body: string }>> = {
    '/': { contentType: 'text/html', body: html(name, theme, policy) },
    '/page.js': { contentType: 'text/javascript', body: js },
    '/page.css': { contentType: 'text/css', body: css },
    '/favicon.ico': { contentType: 'image/x-icon', body: '' },
  };
  await context.route(letThrough ? `${ORIGIN}/**` : '**/*', async (route) => {
    const url = new URL(route.request().url());
    const file = url.origin === ORIGIN ? files[url.pathname] : undefined;
    if (file) return route.fulfill(file);
    wrong.push(`request to ${url.href}`);
    return route.abort();
  });
  const tell = async (message: object) => {
    await page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`);
  };
  await page.exposeFunction('hear', (message: unknown) => hear(message, tell));
  await page.addInitScript(`window.acquireVsCodeApi = () => ({
    postMessage: (message) => void window.hear(message),
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  });`);
  await page.goto(`${ORIGIN}/`);
  return {
    page,
    tell,
    wrong,
    async picture(file) {
      await mkdir(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `${file}.png`) });
    },
    close: async () => context.close(),
  };
}

function html(name: string, theme: Theme, policy: string): string {
  const { bodyClass, variables } = themes[theme];
  const all = { ...variables, '--vscode-font-family': 'sans-serif', '--vscode-editor-font-family': 'monospace' };
  const set = Object.entries(all).map(
    ([variable, value]) =>
      `document.documentElement.style.setProperty(${JSON.stringify(variable)}, ${JSON.stringify(value)});`,
  );
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <title>${name}</title><link rel="stylesheet" href="page.css"></head>
    <body class="${bodyClass}"><script nonce="abc">${set.join('')}</script>
    <script nonce="abc" src="page.js"></script></body></html>`;
}
