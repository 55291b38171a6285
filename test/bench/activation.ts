import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { VsCodeRelease } from '../setup/vscode.ts';
import { type Benchmark, median } from './figure.ts';
import { compileProbe, copyExtension, emptyExtension, runProbe, withScratch } from './probe.ts';

/**
 * Milliseconds for which the activation of the extension blocks the extension host, beside an empty extension.
 *
 * Each run is a cold start: a new server, browser and extension host, a new user folder. The extension and the empty one
 * take turns, so that a slow minute of the machine falls on both. Both are the same package, with the same manifest; the
 * empty one's entry exports an `activate` that does nothing. A wrapper of a few lines is the entry that VS Code loads. It
 * reads `performance.eventLoopUtilization()`, the time that the host's only thread was busy and not waiting:
 *
 * - `blocked`: from before the import of the real entry until `activate` settled and one turn of the loop passed;
 * - `cpu`: processor time of that thread in the same stretch: the same figure without the time in which other processes
 *   had the processor. It moves in steps of a few milliseconds;
 * - `importing`: the part of `cpu` that the import took;
 * - `later`: busy in the second after that, where work that was only put off shows.
 *
 * The lesser of `blocked` and `cpu` is what activation takes of a thread that nobody else disturbs. Busy time includes what
 * the host does for others meanwhile. So the extension is activated by the probe, when the host has come to rest, and not
 * amid the start of the built-in extensions; and what is left falls on the empty extension as well. VS Code's own figures
 * (Developer: Startup Performance) will not do: of an ES module they count the waiting too, and of an asynchronous
 * `activate` only the first stretch.
 */

const Sample = z
  .object({ blocked: z.number(), cpu: z.number(), importing: z.number(), later: z.number() })
  .transform((read) => ({ ...read, undisturbed: Math.min(read.blocked, read.cpu) }));
type Sample = z.output<typeof Sample>;
const VARIANTS = ['extension', 'empty'] as const;

export const activation: Benchmark = benchmark('activation', 'newest', '');
export const activationOldest: Benchmark = benchmark('activation-oldest', 'oldest', ' in the oldest VS Code');

function benchmark(name: string, release: VsCodeRelease, where: string): Benchmark {
  return {
    name,
    runs: 10,
    async measure(runs, say) {
      const samples = await coldStarts(runs, release, say);
      const of = (pick: (sample: Sample) => number) => ({
        value: median(samples.extension.map(pick)),
        unit: 'ms' as const,
        reference: median(samples.empty.map(pick)),
      });
      const starts = `median of ${runs} cold starts; reference: an empty extension`;
      const importing = of((sample) => sample.importing).value.toFixed(1);
      return [
        {
          name: `activation${where}`,
          ...of((sample) => sample.undisturbed),
          bound: { of: 'excess', most: 20 },
          how: `blocks the extension host, without what other processes took; import of the entry ${importing} ms; ${starts}`,
        },
        {
          name: `activation${where}, wall clock`,
          ...of((sample) => sample.blocked),
          how: `the same with what other processes took; ${starts}`,
        },
        {
          name: `second after activation${where}`,
          ...of((sample) => sample.later),
          how: `host busy, first look at the servers included, with what other processes took; ${starts}`,
        },
      ];
    },
  };
}

function coldStarts(runs: number, release: VsCodeRelease, say: (line: string) => void) {
  return withScratch(async (scratch) => {
    const samples = { extension: Array<Sample>(), empty: Array<Sample>() };
    const probe = await compileProbe('activationProbe.ts', scratch);
    const folders = { extension: wrap(join(scratch, 'extension')), empty: wrap(join(scratch, 'empty')) };
    emptyExtension(folders.empty);
    for (let index = 0; index < runs; index++) {
      // Whoever goes first changes, too.
      for (const variant of index % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
        const sample = Sample.parse(await runProbe({ release, extension: folders[variant], probe }, scratch));
        samples[variant].push(sample);
        const [blocked, cpu] = [sample.blocked.toFixed(1), sample.cpu.toFixed(1)];
        say(`cold start ${index + 1} of ${runs}, ${variant}: blocked ${blocked} ms, cpu ${cpu} ms`);
      }
    }
    return samples;
  });
}

function wrap(folder: string): string {
  copyExtension(folder, { main: './measured.js', activationEvents: [] });
  writeFileSync(join(folder, 'measured.js'), WRAPPER);
  return folder;
}

const WRAPPER = `import { performance } from 'node:perf_hooks';
const busy = (since) => performance.eventLoopUtilization(since).active;
// In milliseconds; Node 22 knows only the whole process.
const cpu = () => {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage).call(process);
  return (user + system) / 1000;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
export let deactivate = () => {};
export async function activate(context) {
  const before = performance.eventLoopUtilization();
  const cpuBefore = cpu();
  const real = await import('./dist/extension.js');
  const importing = cpu() - cpuBefore;
  deactivate = () => real.deactivate?.();
  const result = await real.activate(context);
  await turn();
  const blocked = busy(before);
  const used = cpu() - cpuBefore;
  const after = performance.eventLoopUtilization();
  setTimeout(() => {
    globalThis.switchyardActivation = { blocked, cpu: used, importing, later: busy(after) };
  }, 1000);
  return result;
}
`;
