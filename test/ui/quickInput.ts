import type { Locator, Page } from 'playwright-core';
import type { Dom } from './dom.ts';
import { attempt, until, WAIT_MS } from './pages.ts';

/** The command palette, quick picks and input boxes: one widget in VS Code. */

export interface QuickPickRow {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  /** What a screen reader says. */
  readonly aria: string;
  /** Name of the group that starts at this row, if one does. */
  readonly separator: string;
  readonly isFocused: boolean;
}

export interface QuickInput {
  /** Runs a command by its whole title, with category: `Switchyard: Switch Model…`. */
  readonly command: (name: string) => Promise<void>;
  /** Takes the row of the open quick pick that contains `text`. */
  readonly pick: (text: string) => Promise<void>;
  /** Presses a button in a row, by its tooltip. */
  readonly pressRowButton: (row: string, button: string) => Promise<void>;
  /** The rows that are drawn: about twenty at the most. Waits until there is one. */
  readonly quickPickRows: () => Promise<QuickPickRow[]>;
  /** Filters the open quick pick, or fills the open input box. */
  readonly fillInput: (text: string) => Promise<void>;
  /** Fills the open input box and confirms it; what is wrong with the answer may stand there then. */
  readonly answer: (text: string) => Promise<void>;
  /** Text of the title bar of the open quick pick or input box. */
  readonly quickPickTitle: () => Promise<string>;
  readonly closeQuickPick: () => Promise<void>;
  /** Opens a file of the workspace by its name. */
  readonly openFile: (name: string) => Promise<void>;
}

const TRY_MS = 2000;

export function createQuickInput(page: Page): QuickInput {
  // The widget fades out with its old contents; the next one may take its place meanwhile.
  const widget = page.locator('.quick-input-widget:not(.quick-input-widget-closing)');
  const input = widget.locator('.quick-input-box input');
  /** Around an input box that stays open, because it does not like the answer. */
  const refusal = widget.locator('.quick-input-box .monaco-inputbox.error');
  const rows = widget.locator('.quick-input-list .monaco-list-row');

  /** Whether `locator` is there soon enough not to try again. */
  const isSoon = (locator: Locator) =>
    locator.waitFor({ timeout: TRY_MS }).then(
      () => true,
      () => false,
    );
  const isClicked = (locator: Locator) =>
    locator.click({ timeout: TRY_MS }).then(
      () => true,
      () => false,
    );
  /** The key may be lost while the workbench restores itself, and an input that was open may just be closing. */
  const openPalette = (text: string) =>
    until(async () => {
      if (!(await input.isVisible())) {
        await page.keyboard.press('F1');
        if (!(await isSoon(input))) return false;
      }
      return input.fill(text, { timeout: TRY_MS }).then(
        () => true,
        () => false,
      );
    });
  const byLabel = (label: string): Locator =>
    rows.filter({ has: page.locator('.label-name', { hasText: new RegExp(`^${escape(label)}$`) }) }).first();
  /** Another input has taken the place of the one that held `text`. */
  const isReplaced = async (text: string) => (await input.isVisible()) && (await input.inputValue()) !== text;
  const isDone = async (text: string) => !(await input.isVisible()) || isReplaced(text);
  const closed = () => widget.waitFor({ state: 'hidden', timeout: WAIT_MS });

  return {
    command: (name) =>
      attempt(page, `command ${name}`, async () => {
        await page.keyboard.press('Escape');
        // A command that has not been registered yet is not listed: the extension is still starting. What takes the focus
        // meanwhile, such as a view that opens, closes the palette: then it is opened again.
        await until(async () => {
          await openPalette(`>${name}`);
          // A click may count although it was not seen to end: then what it opened stands there.
          if (await isSoon(byLabel(name))) return (await isClicked(byLabel(name))) || isReplaced(`>${name}`);
          await input.fill('>', { timeout: TRY_MS });
          return false;
        });
        await until(() => isDone(`>${name}`));
      }),
    pick: (text) =>
      attempt(page, `pick ${text}`, async () => {
        const row = rows.filter({ hasText: text }).first();
        await rows.first().waitFor({ timeout: WAIT_MS });
        // Rows out of sight are not drawn.
        if (!(await isSoon(row))) await input.fill(text);
        await row.click({ timeout: WAIT_MS });
      }),
    pressRowButton: (text, button) =>
      attempt(page, `button ${button} of row ${text}`, async () => {
        const row = rows.filter({ hasText: text }).first();
        await row.hover({ timeout: WAIT_MS });
        await row.locator(`.action-label[aria-label^="${button}"]`).click({ timeout: WAIT_MS });
      }),
    quickPickRows: () =>
      attempt(page, 'rows of the quick pick', async () => {
        await rows.first().waitFor({ timeout: WAIT_MS });
        return rows.evaluateAll((elements: readonly Dom[]) => {
          const text = (element: Dom, selector: string) =>
            (element.querySelector(selector)?.textContent ?? '').replaceAll('\u00A0', ' ').trim();
          return elements
            .toSorted((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
            .map((element) => ({
              label: text(element, '.quick-input-list-label .label-name, .label-name'),
              description: text(
                element,
                '.quick-input-list-rows > .quick-input-list-row:first-child .label-description',
              ),
              detail: text(element, '.quick-input-list-label-meta .label-name'),
              aria: element.getAttribute('aria-label') ?? '',
              separator: text(element, '.quick-input-list-separator'),
              isFocused: element.classList.contains('focused'),
            }));
        });
      }),
    fillInput: (text) => attempt(page, `fill in ${text}`, () => input.fill(text, { timeout: WAIT_MS })),
    answer: (text) =>
      attempt(page, 'answer the input box', async () => {
        await input.fill(text, { timeout: WAIT_MS });
        await page.keyboard.press('Enter');
        await until(async () => (await isDone(text)) || refusal.isVisible());
      }),
    quickPickTitle: () =>
      attempt(page, 'title of the quick pick', () =>
        until(async () => {
          const title = widget.locator('.quick-input-title');
          return (await title.isVisible()) && ((await title.innerText()).trim() || undefined);
        }),
      ),
    closeQuickPick: () =>
      attempt(page, 'close the quick pick', async () => {
        await widget.waitFor({ timeout: WAIT_MS });
        await page.keyboard.press('Escape');
        await closed();
      }),
    openFile: (name) =>
      attempt(page, `open ${name}`, async () => {
        await until(async () => {
          await openPalette(name);
          return (await isSoon(byLabel(name))) && (await isClicked(byLabel(name)));
        });
        await closed();
        await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor({ timeout: WAIT_MS });
        await page.locator('.editor-group-container.active .monaco-editor .view-line').first().waitFor();
      }),
  };
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
