import { resolve } from 'node:path';
import { startOllama } from '../setup/ollama.ts';
import { VSIX } from '../setup/package.ts';
import { openWorkbench, type Workbench } from '../ui/driver.ts';
import { sampleWorkspace } from '../ui/workspace.ts';
import { type Benchmark, median } from './figure.ts';
import { timeKey } from './stopwatch.ts';

/**
 * From Enter on a row of the picker until the bar shows that model as the one in use, with a real Ollama: of a model that is
 * in memory already, and of one that has to be loaded. Beside the same request sent to Ollama directly.
 */
export const switching: Benchmark = {
  name: 'switching',
  runs: 5,
  async measure(runs, say) {
    const ollama = await startOllama({ models: NAMES });
    const workspace = sampleWorkspace();
    const env = { OLLAMA_HOST: ollama.url };
    const workbench = await openWorkbench({ vsix: resolve(VSIX), folder: workspace.path, env });
    const [loaded, cold] = [newTimes(), newTimes()];
    try {
      await workbench.until('the models', async () => (await workbench.statusBarItem(/coder/).count()) > 0);
      for (const state of ['loaded', 'not loaded'] as const) {
        const times = state === 'loaded' ? loaded : cold;
        const prepare = (name: string) => load(ollama.url, name, state === 'loaded' ? '30m' : 0);
        // The first switch loads code: it is not counted.
        for (let index = -1; index < runs; index++) {
          const name = (await inUse(workbench, NAMES[0])) ? NAMES[1] : NAMES[0];
          await prepare(name);
          const direct = await load(ollama.url, name, '30m');
          await prepare(name);
          const bar = await choose(workbench, name);
          if (index < 0) continue;
          times.bar.push(bar);
          times.direct.push(direct);
          say(`${name}, ${state}: ${bar.toFixed(0)} ms; directly ${direct.toFixed(0)} ms`);
        }
      }
    } finally {
      await workbench.close();
      workspace.remove();
      await ollama.stop();
    }
    const figure = (state: string, { bar, direct }: ReturnType<typeof newTimes>) => ({
      name: `switch to a model that is ${state}`,
      value: median(bar),
      unit: 'ms' as const,
      reference: median(direct),
      how: `from Enter in the picker to the bar, median of ${runs}; reference: the same load asked of Ollama directly`,
    });
    return [figure('loaded', loaded), figure('not loaded', cold)];
  },
};

const NAMES = ['qwen2.5-coder:0.5b-base', 'deepseek-coder:6.7b-base'] as const;

function newTimes() {
  return { bar: Array<number>(), direct: Array<number>() };
}

async function choose(workbench: Workbench, name: string): Promise<number> {
  const { page, until, fillInput, quickPickRows } = workbench;
  await page.keyboard.press('Control+Alt+m');
  await fillInput(name);
  await until('the row', async () => {
    const [row, other] = await quickPickRows();
    if (row?.label !== name || other) return false;
    // A list that was refreshed while the filter was typed has no active row.
    if (!row.isFocused) await page.keyboard.press('ArrowDown');
    return row.isFocused;
  });
  return timeKey(page, 'Enter', `${shows(name)} !== null && !document.querySelector('${ITEM} .codicon-loading')`);
}

const ITEM = '.statusbar-item[id^="switchyard.switchyard"]';

/** Whether the bar names the model for completion: its text may name another one for the chat. */
function shows(name: string): string {
  return `document.querySelector('${ITEM}[aria-label*="Completion: ${name},"], ${ITEM} [aria-label*="Completion: ${name},"]')`;
}

async function inUse(workbench: Workbench, name: string): Promise<boolean> {
  return Boolean(await workbench.page.evaluate(`${shows(name)} !== null`));
}

/** Loads a model, or unloads it when it shall stay for 0; milliseconds until Ollama says that it has. */
async function load(url: string, model: string, stay: string | 0): Promise<number> {
  const before = performance.now();
  const answer = await fetch(`${url}/api/generate`, {
    method: 'POST',
    body: JSON.stringify({ model, keep_alive: stay, stream: false }),
  });
  if (!answer.ok) throw new Error(`Ollama answers ${answer.status}: ${await answer.text()}`);
  await answer.text();
  const ms = performance.now() - before;
  if (stay === 0) await unloaded(url, model);
  return ms;
}

async function unloaded(url: string, model: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${url}/api/ps`);
    if (!(await answer.text()).includes(`"${model}"`)) return;
    await new Promise((done) => {
      setTimeout(done, 50);
    });
  }
  throw new Error(`${model} stays in memory`);
}
