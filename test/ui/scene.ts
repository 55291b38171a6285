import { openWorkbench, type Workbench, type WorkbenchOptions } from './driver.ts';
import { sampleWorkspace, vsixUnderTest } from './workspace.ts';

/** Until an extension host on a busy machine has started after a reload. */
const START_MS = 60_000;

/** A workbench on a fresh sample workspace, with what the tests of the whole extension look at. */
export interface Scene {
  readonly workbench: Workbench;
  /** Folder of the workspace. */
  readonly path: string;
  /** What the status bar item shows, icons left out, and what a screen reader says of it. */
  readonly bar: () => Promise<{ readonly text: string; readonly label: string }>;
  /** Waits until the bar shows or says `words`. */
  readonly barSays: (words: RegExp) => Promise<void>;
  /** Reloads the window and waits until the extension is there again. */
  readonly reload: () => Promise<void>;
  /** Marks the workspace; a question that comes up is answered with yes. */
  readonly mark: (level: 'private' | 'internal' | 'open') => Promise<void>;
  /** Waits until the quick pick or input box that is open has `words` in its title: one that closes may still be seen. */
  readonly titled: (words: string) => Promise<void>;
  /** Waits until the extension's state in the browser's storage holds `text`: it is written some seconds late. */
  readonly remembers: (text: RegExp) => Promise<void>;
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
  const barSays = async (words: RegExp) => {
    let last = '';
    await workbench
      .until(
        `the bar says ${String(words)}`,
        async () => {
          const { text, label } = await bar();
          last = `${text} | ${label}`;
          return words.test(text) || words.test(label);
        },
        START_MS,
      )
      .catch((error: unknown) => {
        throw new Error(`The bar says: ${last}`, { cause: error });
      });
  };
  const reload = async () => {
    await workbench.reload();
    await barSays(/Switchyard\./u);
  };
  return {
    workbench,
    path: workspace.path,
    bar,
    barSays,
    reload,
    async mark(level) {
      const titles = { private: 'Private-Only', internal: 'Internal…', open: 'Open…' };
      await workbench.command(`Switchyard: Mark This Workspace ${titles[level]}`);
      if (level !== 'private') await (await dialog()).press(level === 'open' ? 'Mark Open' : 'Mark Internal');
    },
    async titled(words) {
      const title = page.locator('.quick-input-title', { hasText: words });
      await workbench.until(`input titled ${words}`, async () => title.first().isVisible());
    },
    async remembers(text) {
      await workbench.until(`stored: ${String(text)}`, async () => text.test(String(await page.evaluate(READ_STATE))));
    },
    dialog,
    async close() {
      await workbench.close();
      workspace.remove();
    },
  };
}

/** Runs in the page: what all workspaces and the user's storage keep for this extension. */
const READ_STATE = `(async () => {
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith('vscode-web-state-db')) continue;
    const db = await new Promise((done, fail) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
    const get = db.transaction('ItemTable').objectStore('ItemTable').get('switchyard.switchyard');
    found.push(await new Promise((done) => (get.onsuccess = () => done(get.result))));
    db.close();
  }
  return found.join('\\n');
})()`;

/** A setting for `switchyard.endpoints` that names one server. */
export function ollamaAt(url: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: 'ollama', label: 'Ollama', protocol: 'ollama', url, ...more };
}
