import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startOllamaPeer } from '../peers/ollama.ts';
import { VSIX } from '../setup/package.ts';
import { openWorkbench, type Workbench } from '../ui/driver.ts';
import { type Benchmark, median } from './figure.ts';
import { withScratch } from './probe.ts';
import { installReference, REFERENCE_GHOST } from './referenceExtension.ts';
import { timeKey } from './stopwatch.ts';

/**
 * From a key in the editor until its ghost text is on the screen, with a model that answers at once: all of it is the editor,
 * Switchyard and the wire. With `switchyard.completion.delay` as it comes (none for models on this machine) and with 100, beside an extension that
 * answers a constant on the spot.
 */
export const ghostText: Benchmark = {
  name: 'ghost-text',
  runs: 20,
  measure: (runs, say) =>
    withScratch(async (userDataDir) => {
      await installReference(userDataDir, 10);
      let asked = 0;
      const tokens = () => [`answer_${++asked}`];
      const peer = await startOllamaPeer({
        models: [{ name: 'qwen2.5-coder:7b', capabilities: ['completion', 'insert'], tokens }],
      });
      const workbench = await openWorkbench({
        vsix: resolve(VSIX),
        workspaceFile: makeWorkspace(join(userDataDir, 'workspace')),
        userDataDir,
        env: { OLLAMA_HOST: peer.url },
        settings: { 'switchyard.completion.languages': { '*': true, plaintext: false } },
      });
      const times = new Map<string, number[]>(FILES.map((file) => [file, []]));
      try {
        await workbench.until('the model', async () => (await workbench.statusBarItem('qwen2.5-coder').count()) > 0);
        let line = 1;
        for (let done = 0; done < runs; done += BLOCK) {
          const count = Math.min(BLOCK, runs - done);
          for (const file of FILES) {
            await openAtLine(workbench, file, line);
            const some = await timeGhosts(workbench, file, count);
            times.get(file)?.push(...some);
            say(`${file}: ${some.map((ms) => ms.toFixed(0)).join(' ')} ms`);
          }
          line += count + 1;
        }
      } finally {
        await workbench.close();
        await peer.stop();
      }
      const of = (file: (typeof FILES)[number]) => median(times.get(file) ?? []);
      const how = `median of ${runs} keys; reference: an extension that answers a constant`;
      return [
        {
          name: 'keystroke to ghost text',
          value: of('usual.py'),
          unit: 'ms',
          reference: of('reference.txt'),
          how: `a model that takes no time, switchyard.completion.delay as it comes; ${how}`,
        },
        {
          name: 'keystroke to ghost text, delay 100 ms',
          value: of('delayed.py'),
          unit: 'ms',
          reference: of('reference.txt'),
          how: `a model that takes no time, switchyard.completion.delay 100; ${how}`,
        },
      ];
    }),
};

const FILES = ['usual.py', 'delayed.py', 'reference.txt'] as const;
/** Keys in a row in one file: often enough in turns, seldom enough to be quick. */
const BLOCK = 5;

/** Two folders, as settings of a folder are the way to have both delays in one window. */
function makeWorkspace(dir: string): string {
  const text = Array.from({ length: 400 }, (_, index) => `total_${index} = `).join('\n');
  mkdirSync(join(dir, 'delayed/.vscode'), { recursive: true });
  mkdirSync(join(dir, 'usual'));
  writeFileSync(join(dir, 'delayed/.vscode/settings.json'), JSON.stringify({ 'switchyard.completion.delay': 100 }));
  writeFileSync(join(dir, 'delayed/delayed.py'), text);
  for (const file of ['usual.py', 'reference.txt']) writeFileSync(join(dir, 'usual', file), text);
  const file = join(dir, 'bench.code-workspace');
  writeFileSync(file, JSON.stringify({ folders: [{ path: 'usual' }, { path: 'delayed' }] }));
  return file;
}

async function openAtLine(workbench: Workbench, file: string, line: number): Promise<void> {
  await workbench.openFile(file);
  await workbench.cursorAt(line, 100);
  // The first ghost text in a file is the editor's warm-up.
  await timeGhosts(workbench, file, 1);
}

/** Types a digit at the end of each of the next lines: no ghost text that was there before goes on with it. */
async function timeGhosts({ page, until, hasGhostText }: Workbench, file: string, count: number): Promise<number[]> {
  const begins = file === 'reference.txt' ? REFERENCE_GHOST : 'answer_';
  const ghosts = `document.querySelectorAll('${EDITOR} [class*="ghost-text-decoration"]')`;
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    times.push(await timeKey(page, '7', `[...${ghosts}].some((ghost) => ghost.textContent.includes('${begins}'))`));
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await until('no ghost text', async () => !(await hasGhostText()));
  }
  return times;
}

const EDITOR = '.editor-group-container.active .monaco-editor';
