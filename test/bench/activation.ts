import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { z } from 'zod';
import { onStop, run } from '../setup/child.ts';
import { ensureVsCode, type VsCodeRelease } from '../setup/vscode.ts';

/**
 * Milliseconds for which the activation of the extension blocks the extension host, beside an empty extension:
 * `node test/bench/activation.ts [--runs 10] [--version newest|oldest]`. Needs a production `dist/`.
 *
 * Each run is a cold start: a new server, browser and extension host, a new user folder. The extension and the empty one
 * take turns, so that a slow minute of the machine falls on both. Both are the same package, with the same manifest; the
 * empty one's entry exports an `activate` that does nothing. A wrapper of a few lines is the entry that VS Code loads. It
 * reads `performance.eventLoopUtilization()`, the time that the host's only thread was busy and not waiting:
 *
 * - `blocked`: from before the import of the real entry until `activate` settled and one turn of the loop passed;
 * - `cpu`: processor time of that thread in the same stretch: the same figure without the time in which other processes
 *   had the processor, so the one to trust on a busy machine. It moves in steps of a few milliseconds;
 * - `later`: busy in the second after that, where work that was only put off would show.
 *
 * Busy time includes what the host does for others meanwhile. So the extension is activated by the probe, when the host has
 * come to rest, and not amid the start of the built-in extensions; and what is left falls on the empty extension as well:
 * the difference of the medians is the figure. VS Code's own figures (Developer: Startup Performance) will not do: of an
 * ES module they count the waiting too, and of an asynchronous `activate` only the first stretch.
 */

export interface Sample {
  /** Milliseconds, all of them. */
  readonly blocked: number;
  /** Processor time of the same stretch. */
  readonly cpu: number;
  readonly later: number;
}

export interface ActivationResult {
  readonly runs: number;
  /** Medians. */
  readonly extension: Sample;
  readonly empty: Sample;
  readonly samples: { readonly extension: readonly Sample[]; readonly empty: readonly Sample[] };
}

const ROOT = resolve(import.meta.dirname, '../..');
const Figures = z.object({
  blocked: z.number(),
  cpu: z.number(),
  later: z.number(),
});
const VARIANTS = ['extension', 'empty'] as const;

export async function measureActivation(
  runs: number,
  release: VsCodeRelease = 'newest',
  say: (line: string) => void = () => {},
): Promise<ActivationResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'switchyard-activation-'));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  const forget = onStop(remove);
  const samples = { extension: Array<Sample>(), empty: Array<Sample>() };
  try {
    await ensureVsCode(release);
    const tests = join(scratch, 'probe.cjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'activationProbe.ts')],
      outfile: tests,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['vscode'],
    });
    const folders = { extension: wrap(join(scratch, 'extension'), false), empty: wrap(join(scratch, 'empty'), true) };
    for (let index = 0; index < runs; index++) {
      // Whoever goes first changes, too.
      for (const variant of index % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
        const out = join(scratch, `${variant}-${index}.json`);
        await coldStart(release, folders[variant], tests, out);
        const sample = Figures.parse(JSON.parse(readFileSync(out, 'utf8')));
        samples[variant].push(sample);
        say(`cold start ${index + 1} of ${runs}, ${variant}: ${describe(sample)}`);
      }
    }
  } finally {
    forget();
    remove();
  }
  return { runs, extension: medians(samples.extension), empty: medians(samples.empty), samples };
}

async function coldStart(release: VsCodeRelease, extension: string, tests: string, out: string): Promise<void> {
  const launcher = join(ROOT, 'test/host/launcher.ts');
  const workspace = join(ROOT, 'test/host/workspace');
  const paths = [`--extensionDevelopmentPath=${extension}`, `--extensionTestsPath=${tests}`];
  const env = { SWITCHYARD_HOST_RELEASE: release, SWITCHYARD_BENCH_OUT: out };
  await run(process.execPath, [launcher, workspace, '--disable-extensions', ...paths], { env });
}

/** The built extension in `folder`, whole or emptied, behind the wrapper. */
function wrap(folder: string, isEmpty: boolean): string {
  mkdirSync(folder, { recursive: true });
  for (const part of ['dist', 'media']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  if (isEmpty) writeFileSync(join(folder, 'dist/extension.js'), 'export function activate() {}\n');
  const manifest = z
    .looseObject({ main: z.string() })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ ...manifest, main: './measured.js', activationEvents: [] }),
  );
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
  deactivate = () => real.deactivate?.();
  const result = await real.activate(context);
  await turn();
  const blocked = busy(before);
  const used = cpu() - cpuBefore;
  const after = performance.eventLoopUtilization();
  setTimeout(() => {
    globalThis.switchyardActivation = { blocked, cpu: used, later: busy(after) };
  }, 1000);
  return result;
}
`;

function medians(samples: readonly Sample[]): Sample {
  const median = (pick: (sample: Sample) => number) => {
    const sorted = samples.map(pick).toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
    return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
  };
  return {
    blocked: median((s) => s.blocked),
    cpu: median((s) => s.cpu),
    later: median((s) => s.later),
  };
}

const describe = ({ blocked, cpu }: Sample) => `blocked ${blocked.toFixed(1)} ms, cpu ${cpu.toFixed(1)} ms`;

if (import.meta.main) {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' }, version: { type: 'string' } } });
  const release = values.version === 'oldest' ? 'oldest' : 'newest';
  const result = await measureActivation(Number(values.runs), release, console.log);
  const { extension, empty } = result;
  console.table({ extension, empty });
  const more = (extension.blocked - empty.blocked).toFixed(1);
  console.log(`blocks ${more} ms more than an empty extension; cpu ${(extension.cpu - empty.cpu).toFixed(1)} ms more`);
  process.exit(0);
}
