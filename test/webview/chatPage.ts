import { build } from 'esbuild';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import type { FromPage, PageAnswer, PageHeading, PageMessage, ToPage } from '../../src/webview/protocol.ts';
import { findChromium } from '../setup/chromium.ts';
// The variables that VS Code 1.139.1 gives to webviews in its four default themes, as far as the page uses them.
import themes from './themes.json' with { type: 'json' };

export type Theme = keyof typeof themes;
export const THEMES: readonly Theme[] = ['dark', 'light', 'hc-dark', 'hc-light'];
export const PICTURES = join(import.meta.dirname, '..', '..', 'out', 'webview');

/** The bundled page in a real Chromium, under the policy that the editor gives it, with a stub of the editor's API. */
export interface ChatPage {
  readonly page: Page;
  /** Passes a message from the editor to the page. */
  tell(message: ToPage): Promise<void>;
  /** What the page told the editor since the last call. */
  told(): Promise<readonly FromPage[]>;
  /** Everything that went wrong: errors, violations of the policy, requests to anywhere else. */
  readonly wrong: string[];
  /** Opens the page anew, as if for the first time. */
  reset(): Promise<void>;
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

interface Bundle {
  readonly js: string;
  readonly css: string;
}

const ORIGIN = 'https://chat.test';

export async function launch(): Promise<Browser | undefined> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    if (process.env['CI']) throw new Error('The tests of the chat page need a Chromium.');
    console.warn('SKIPPED: the tests of the chat page need a Chromium.');
    return undefined;
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

export async function bundle(): Promise<Bundle> {
  const root = join(import.meta.dirname, '..', '..');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/webview/pages/chat.ts', 'src/webview/pages/chat.css'],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'chrome138',
    outdir: 'dist/webview',
    write: false,
  });
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  return { js: text('.js'), css: text('.css') };
}

/** Runs in the page before everything else. */
const STUB = `
  window.told = [];
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => window.told.push(message),
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  });
`;

export async function openChatPage(
  browser: Browser,
  { js, css }: Bundle,
  { theme = 'dark', width = 420, height = 760 }: { theme?: Theme; width?: number; height?: number } = {},
): Promise<ChatPage> {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  await context.route('**/*', async (route) => {
    const url = route.request().url();
    if (url === `${ORIGIN}/`) await route.fulfill({ contentType: 'text/html', body: html(theme) });
    else if (url === `${ORIGIN}/chat.js`) await route.fulfill({ contentType: 'text/javascript', body: js });
    else if (url === `${ORIGIN}/chat.css`) await route.fulfill({ contentType: 'text/css', body: css });
    else {
      if (!url.endsWith('/favicon.ico')) wrong.push(`request to ${url}`);
      await route.abort();
    }
  });
  await page.addInitScript(STUB);
  await page.goto(`${ORIGIN}/`);
  return {
    page,
    wrong,
    async tell(message) {
      await page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`);
      // Two frames: one for the message, one for the render.
      await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`);
    },
    async told() {
      const [told, violations] = await page.evaluate<[FromPage[], string[]]>(
        '[window.told.splice(0), window.violations]',
      );
      wrong.push(...violations);
      return told.filter(({ type }) => type !== 'ready' && type !== 'draft');
    },
    async picture(name) {
      await mkdir(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `${name}.png`) });
    },
    async reset() {
      await page.evaluate('sessionStorage.clear()');
      await page.goto(`${ORIGIN}/`);
      wrong.length = 0;
    },
    close: async () => context.close(),
  };
}

/** As `prepareChatPage` of the editor makes it, in the side bar of a theme. */
function html(theme: Theme): string {
  const { bodyClass, variables } = themes[theme];
  const policy = `default-src 'none'; script-src 'nonce-abc'; style-src ${ORIGIN}; base-uri 'none'; form-action 'none'`;
  const set = Object.entries({
    ...variables,
    '--vscode-font-family': 'sans-serif',
    '--vscode-editor-font-family': 'monospace',
  })
    .map(
      ([name, value]) =>
        `document.documentElement.style.setProperty(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    )
    .join('');
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <title>Chat</title><link rel="stylesheet" href="chat.css"></head>
    <body class="${bodyClass}">
    <script nonce="abc">${set} document.documentElement.style.background = 'var(--vscode-sideBar-background)';</script>
    <script nonce="abc" src="chat.js"></script></body></html>`;
}

export function answerOf(text: string, more: Partial<PageAnswer> = {}): PageAnswer {
  const model = { label: 'qwen2.5-coder:7b', zone: 'device' } as const;
  return { role: 'assistant', id: 'a1', text, thinking: '', model, state: 'complete', ...more };
}

export function threadOf(...messages: readonly PageMessage[]): ToPage {
  return { type: 'thread', threadId: 't1', title: 'A chat', messages: [...messages] };
}

export function questionOf(text: string, more: Partial<Extract<PageMessage, { role: 'user' }>> = {}): PageMessage {
  return { role: 'user', id: 'q1', text, passages: [], ...more };
}

export const HEADING: PageHeading = {
  model: { label: 'qwen2.5-coder:7b', zone: 'device' },
  level: 'private',
  levelTitle: 'You marked “shop” so.',
  setup: [],
};
