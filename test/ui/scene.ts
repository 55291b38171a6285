import { readFileSync, writeFileSync } from 'node:fs';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './driver.ts';
import { sampleWorkspace, vsixUnderTest } from './workspace.ts';

/** A workbench on a fresh sample workspace, with what the tests of the whole extension look at. */
export interface Scene {
  readonly workbench: Workbench;
  /** Folder of the workspace. */
  readonly path: string;
  /** Changes some user settings and reloads the window; `undefined` removes one. */
  readonly configure: (settings: Readonly<Record<string, unknown>>) => Promise<void>;
  /** What the status bar item shows, icons left out, and what a screen reader says of it. */
  readonly bar: () => Promise<{ readonly text: string; readonly label: string }>;
  /** Waits until the bar shows or says `words`. */
  readonly barSays: (words: RegExp, timeoutMs?: number) => Promise<void>;
  /** Marks the workspace; a question that comes up is answered with yes. */
  readonly mark: (level: 'private' | 'internal' | 'open') => Promise<void>;
  /** The dialog that is open. */
  readonly dialog: () => Promise<Dialog>;
  readonly close: () => Promise<void>;
}

export interface Dialog {
  readonly text: string;
  readonly press: (button: string) => Promise<void>;
}

export async function openScene(options: Partial<WorkbenchOptions> = {}): Promise<Scene> {
  const workspace = sampleWorkspace();
  const workbench = await openWorkbench({
    vsix: vsixUnderTest(),
    ...(options.workspaceFile === undefined && { folder: workspace.path }),
    ...options,
  }).catch((error: unknown) => {
    workspace.remove();
    throw error;
  });
  const { page } = workbench;
  const item = page.locator('.statusbar-item[id="switchyard.switchyard.switchyard.model"]');
  const bar = async () => ({
    text: (await item.innerText()).replaceAll(' ', ' ').trim(),
    label: (await item.locator('a').first().getAttribute('aria-label')) ?? '',
  });
  const dialog = async (): Promise<Dialog> => {
    const box = page.locator('.monaco-dialog-box');
    await box.waitFor();
    return {
      text: (await box.innerText()).replaceAll(' ', ' '),
      async press(button) {
        await box.getByRole('button', { name: button, exact: true }).click();
        await box.waitFor({ state: 'hidden' });
      },
    };
  };
  return {
    workbench,
    path: workspace.path,
    async configure(settings) {
      const now: unknown = JSON.parse(readFileSync(workbench.settingsFile, 'utf8'));
      const next = typeof now === 'object' ? { ...now, ...settings } : settings;
      writeFileSync(workbench.settingsFile, JSON.stringify(next, undefined, 2));
      await workbench.reload();
    },
    bar,
    async barSays(words, timeoutMs) {
      let last = '';
      await workbench
        .until(
          `the bar says ${String(words)}`,
          async () => {
            const { text, label } = await bar();
            last = `${text} | ${label}`;
            return words.test(text) || words.test(label);
          },
          timeoutMs,
        )
        .catch((error: unknown) => {
          throw new Error(`The bar says: ${last}`, { cause: error });
        });
    },
    async mark(level) {
      const titles = { private: 'Private-Only', internal: 'Internal…', open: 'Open…' };
      await workbench.command(`Switchyard: Mark This Workspace ${titles[level]}`);
      if (level !== 'private') await (await dialog()).press(level === 'open' ? 'Mark Open' : 'Mark Internal');
    },
    dialog,
    async close() {
      await workbench.close();
      workspace.remove();
    },
  };
}

/** A setting for `switchyard.endpoints` that names one server. */
export function ollamaAt(url: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: 'ollama', label: 'Ollama', protocol: 'ollama', url, ...more };
}
