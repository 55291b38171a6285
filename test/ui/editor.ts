import type { Page } from 'playwright-core';
import type { Dom } from './dom.ts';
import { attempt, until, WAIT_MS } from './pages.ts';

/** The active text editor. */

export interface Editor {
  readonly focusEditor: () => Promise<void>;
  /** Puts the cursor there; both count from 1. */
  readonly cursorAt: (line: number, column: number) => Promise<void>;
  /** Types as a person does, `delayMs` between two keys. */
  readonly typeInEditor: (text: string, delayMs?: number) => Promise<void>;
  /** The lines in sight, without ghost text. */
  readonly editorText: () => Promise<string>;
  /** Waits for ghost text and returns it, lines joined. */
  readonly ghostText: (timeoutMs?: number) => Promise<string>;
  readonly hasGhostText: () => Promise<boolean>;
}

const ACTIVE = '.editor-group-container.active .editor-instance .monaco-editor';

export function createEditor(page: Page): Editor {
  const editor = page.locator(ACTIVE).first();
  const focusEditor = async () => {
    await editor.locator(':is(.native-edit-context, textarea.inputarea)').first().focus({ timeout: WAIT_MS });
    await page.locator(`${ACTIVE}.focused`).first().waitFor({ timeout: WAIT_MS });
  };
  const readGhost = () => editor.evaluate(readGhostText);
  return {
    focusEditor: () => attempt(page, 'focus the editor', focusEditor),
    cursorAt: (line, column) =>
      attempt(page, `cursor at ${line}:${column}`, async () => {
        const input = page.locator('.quick-input-widget .quick-input-box input');
        await page.keyboard.press('F1');
        await input.fill(`:${line}:${column}`, { timeout: WAIT_MS });
        await page.keyboard.press('Enter');
        await input.waitFor({ state: 'hidden', timeout: WAIT_MS });
        await focusEditor();
      }),
    typeInEditor: (text, delayMs = 15) =>
      attempt(page, 'type', async () => {
        await focusEditor();
        await page.keyboard.type(text, { delay: delayMs });
      }),
    editorText: () => attempt(page, 'text of the editor', () => editor.evaluate(readVisibleText)),
    ghostText: (timeoutMs) =>
      attempt(page, 'ghost text', () => until(async () => (await readGhost()) || undefined, timeoutMs)),
    hasGhostText: async () => (await readGhost()) !== '',
  };
}

/** Runs in the page. Lines are drawn in any order. */
function readVisibleText(editor: Dom): string {
  const lines = [...editor.querySelectorAll('.view-lines > .view-line')];
  const top = (line: Dom) =>
    Number.parseFloat(/top:\s*(-?[\d.]+)px/.exec(line.getAttribute('style') ?? '')?.[1] ?? '0');
  return lines
    .toSorted((a, b) => top(a) - top(b))
    .map((line) => {
      const copy = line.cloneNode(true);
      for (const ghost of copy.querySelectorAll('[class*="ghost-text"]')) ghost.remove();
      return (copy.textContent ?? '').replaceAll('\u00A0', ' ');
    })
    .join('\n');
}

/** Runs in the page. The first line is part of the line; the others stand in a zone below it. */
function readGhostText(editor: Dom): string {
  const inLine = [...editor.querySelectorAll('.view-lines [class*="ghost-text-decoration"]')];
  const below = [...editor.querySelectorAll('.suggest-preview-text')];
  const text = (element: Dom) => (element.textContent ?? '').replaceAll('\u00A0', ' ');
  const first = inLine.map(text).join('');
  return [first, ...below.map(text)].join('\n').replace(/\n$/, '');
}
