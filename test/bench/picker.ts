import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { type PeerModel, startOllamaPeer } from '../peers/ollama.ts';
import { VSIX } from '../setup/package.ts';
import { openWorkbench } from '../ui/driver.ts';
import { sampleWorkspace } from '../ui/workspace.ts';
import { type Benchmark, median } from './figure.ts';
import { withScratch } from './probe.ts';
import { installReference, REFERENCE_KEY } from './referenceExtension.ts';
import { timeKey } from './stopwatch.ts';

/**
 * The picker with 1,000 models: from the key press until rows are on the screen, and from each key of a filter until the rows
 * that fit it are. Beside a list of 1,000 rows that an extension without anything behind it shows.
 */
export const picker: Benchmark = {
  name: 'picker',
  runs: 10,
  measure: (runs, say) =>
    withScratch(async (userDataDir) => {
      await installReference(userDataDir, MODELS);
      const peer = await startOllamaPeer({ models: Array.from({ length: MODELS }, (_, index) => modelOf(index)) });
      const workspace = sampleWorkspace();
      const env = { OLLAMA_HOST: peer.url };
      const workbench = await openWorkbench({ vsix: resolve(VSIX), folder: workspace.path, userDataDir, env });
      const opened = { picker: Array<number>(), reference: Array<number>() };
      const filtered = { picker: Array<number>(), reference: Array<number>() };
      const keys = { picker: 'Control+Alt+m', reference: REFERENCE_KEY };
      try {
        const { page } = workbench;
        await workbench.until('the models', async () => (await workbench.statusBarItem('coder-').count()) > 0);
        await workbench.command('Reference: Show a List');
        await close(page);
        // The first time loads code: it is not counted.
        for (let index = -1; index < runs; index++) {
          for (const of of index % 2 === 0 ? (['picker', 'reference'] as const) : (['reference', 'picker'] as const)) {
            const once = await openAndFilter(page, keys[of]);
            if (index < 0) continue;
            opened[of].push(once.opened);
            filtered[of].push(...once.filtered);
            say(`${of}: opened in ${once.opened.toFixed(0)} ms, a key ${median(once.filtered).toFixed(0)} ms`);
          }
        }
      } finally {
        await workbench.close();
        workspace.remove();
        await peer.stop();
      }
      const how = `${MODELS} models, median of ${runs} times; reference: as many rows of an extension without anything behind`;
      return [
        {
          name: 'picker: key press to rows drawn',
          value: median(opened.picker),
          unit: 'ms',
          reference: median(opened.reference),
          how,
        },
        {
          name: 'picker: key of the filter to rows drawn',
          value: median(filtered.picker),
          unit: 'ms',
          reference: median(filtered.reference),
          how,
        },
      ];
    }),
};

const MODELS = 1000;
/** Fits all models, a tenth, a hundredth. */
const FILTER = ['c', 'o', 'd', 'e', 'r', '-', '0', '7', '3'];

function modelOf(index: number): PeerModel {
  return {
    name: `coder-${String(index).padStart(4, '0')}:7b`,
    sizeBytes: 4_700_000_000 + index,
    parameters: '7.6B',
    quantization: 'Q4_K_M',
    contextLength: 32_768,
    capabilities: ['completion', 'tools'],
  };
}

const WIDGET = '.quick-input-widget:not(.quick-input-widget-closing)';
const ROWS = `${WIDGET} .quick-input-list .monaco-list-row`;

async function openAndFilter(page: Page, key: string): Promise<{ opened: number; filtered: number[] }> {
  const opened = await timeKey(page, key, drawn(''));
  const filtered: number[] = [];
  let text = '';
  for (const letter of FILTER) {
    text += letter;
    filtered.push(await timeKey(page, letter, drawn(text)));
  }
  await close(page);
  return { opened, filtered };
}

/** Rows are there, and in one of them what was typed is marked. A closed list keeps its rows, out of sight. */
function drawn(filter: string): string {
  const seen = (selector: string) =>
    `[...document.querySelectorAll('${selector}')].filter(({ offsetParent }) => offsetParent !== null)`;
  if (filter === '') return `${seen(ROWS)}.length >= 5`;
  return `${seen(`${ROWS} .label-name .highlight`)}.some(({ textContent }) => textContent === '${filter}')`;
}

async function close(page: Page): Promise<void> {
  await page.locator(WIDGET).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.quick-input-widget').first().waitFor({ state: 'hidden' });
}
