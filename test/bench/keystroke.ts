import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startOllamaPeer } from '../peers/ollama.ts';
import { type Benchmark, median, quantile } from './figure.ts';
import { compileProbe, copyExtension, emptyExtension, runProbe, withScratch } from './probe.ts';

/**
 * What a key costs the extension host in a file of 50,000 lines: the same text is typed `runs` times into a real editor, and
 * the model answers at once.
 *
 * - `spent`: milliseconds in Switchyard's event listeners and in its completion provider until it first waits, per key;
 * - `busy`: milliseconds for which the host's thread was busy until the next key, all that follows from the key included,
 *   beside the same with an empty extension.
 *
 * The work is the same each time, and what other processes take only adds to it: of each key the least over the runs counts.
 * The 99th percentile of all keys as they came is printed too.
 */
export const keystroke: Benchmark = {
  name: 'keystroke',
  runs: 5,
  measure: (runs, say) =>
    withScratch(async (scratch) => {
      const model = { name: 'qwen2.5-coder:7b', capabilities: ['completion', 'insert'], tokens: ['len(', 'rows)'] };
      const peer = await startOllamaPeer({ models: [model] });
      try {
        const probe = await compileProbe('keystrokeProbe.ts', scratch);
        const timed = copyExtension(join(scratch, 'extension'));
        timeListeners(join(timed, 'dist'));
        const empty = copyExtension(join(scratch, 'empty'));
        emptyExtension(empty);
        const env = { OLLAMA_HOST: peer.url, SWITCHYARD_BENCH_RUNS: String(runs) };
        const measure = async (extension: string) =>
          Keys.parse(await runProbe({ release: 'newest', extension, probe, env }, scratch));
        const own = await measure(timed);
        const requests = peer.to('/api/generate').length;
        say(`${requests} completions were asked for`);
        if (requests === 0) throw new Error('no completion was asked for: nothing was measured');
        const without = await measure(empty);
        const spent = perKey(own, ({ spent: ms }) => ms);
        const [busy, idle] = [own, without].map((runsOf) => perKey(runsOf, ({ busy: ms }) => ms));
        const how = `${spent.length} keys in a file of 50,000 lines, of each key the least of ${runs} runs`;
        return [
          {
            name: 'blocking per keystroke, p99',
            value: quantile(spent, 0.99),
            unit: 'ms',
            reference: null,
            bound: { of: 'value', most: 2 },
            how: `listeners and the synchronous part of the provider; ${how}; median key ${median(spent).toFixed(2)} ms`,
          },
          {
            name: 'blocking per keystroke, p99 as it came',
            value: quantile(
              own.flat().map(({ spent: ms }) => ms),
              0.99,
            ),
            unit: 'ms',
            reference: null,
            how: 'the same of all keys of all runs, with what other processes took',
          },
          {
            name: 'host busy per keystroke, median',
            value: median(busy ?? []),
            unit: 'ms',
            reference: median(idle ?? []),
            how: `everything until the next key, requests included; ${how}; reference: an empty extension`,
          },
        ];
      } finally {
        await peer.stop();
      }
    }),
};

const Keys = z.array(z.array(z.object({ spent: z.number(), busy: z.number() })));
type Keys = z.output<typeof Keys>;

/** Of each key of the text, the least over the runs. */
function perKey(runs: Keys, pick: (key: Keys[number][number]) => number): number[] {
  const [first = []] = runs;
  return first.map((_, index) =>
    Math.min(...runs.flatMap((keys) => (keys[index] === undefined ? [] : [pick(keys[index])]))),
  );
}

/** Puts a `vscode` under the bundle that times what the editor calls. */
function timeListeners(dist: string): void {
  writeFileSync(join(dist, 'vscode.js'), TIMED_VSCODE);
  let found = 0;
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js') || file === 'vscode.js' || file.startsWith('webview')) continue;
    const path = join(dist, file);
    const own = file.includes('chunks') ? '../vscode.js' : './vscode.js';
    const text = readFileSync(path, 'utf8');
    const changed = text.replaceAll(/from\s*"vscode"/g, () => `from"${own}"`);
    if (changed !== text) found++;
    writeFileSync(path, changed);
  }
  if (found === 0) throw new Error('no import of vscode was found in the bundle');
}

const TIMED_VSCODE = `import * as vscode from 'vscode';
export * from 'vscode';
const spent = (globalThis.switchyardSpent = { ms: 0, depth: 0 });
const timed = (call) =>
  function (...args) {
    const before = performance.now();
    spent.depth++;
    try {
      return call.apply(this, args);
    } finally {
      if (--spent.depth === 0) spent.ms += performance.now() - before;
    }
  };
const over = (namespace, own) => Object.create(namespace, Object.getOwnPropertyDescriptors(own));
const events = (namespace) =>
  Object.fromEntries(
    Object.keys(namespace)
      .filter((name) => /^on(Did|Will)/.test(name))
      .map((name) => [name, (listener, ...rest) => namespace[name](timed(listener), ...rest)]),
  );
export const workspace = over(vscode.workspace, events(vscode.workspace));
export const window = over(vscode.window, events(vscode.window));
export const languages = over(vscode.languages, {
  registerInlineCompletionItemProvider: (selector, provider, ...rest) => {
    const provide = timed(provider.provideInlineCompletionItems.bind(provider));
    const own = { ...provider, provideInlineCompletionItems: provide };
    return vscode.languages.registerInlineCompletionItemProvider(selector, own, ...rest);
  },
});
`;
