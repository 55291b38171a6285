import { readFileSync, readdirSync } from 'node:fs';
import type { Endpoint, Model } from '../../src/core/model.ts';
import type { CompleteRequest, Line, Provider, Usage } from '../../src/core/provider.ts';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { createOllama } from '../../src/providers/ollama.ts';
import { ENDPOINT, SMALL, startEngine } from '../builtin/engine.ts';
import { NEVER, endpointAt, testLine } from '../providers/support.ts';
import { startOllama } from '../setup/ollama.ts';
import { CHAT_MODEL } from '../setup/ollamaModels.ts';
import { type Benchmark, type Figure, median } from './figure.ts';

/**
 * The built-in engine beside a real Ollama, in turns, on the same file: loading, reading, writing, the first token of a
 * completion while somebody types on, and memory. One thread each (see ollamaModels.ts).
 */
export const builtin: Benchmark = {
  name: 'builtin',
  runs: 8,
  async measure(runs, say) {
    const engine = await startEngine({ threads: 1 });
    await engine.add(SMALL);
    const ollama = await startOllama({ models: [CHAT_MODEL] });
    try {
      const own = await subject(createBuiltin(), engine.line(), ENDPOINT, () => [engine.engine.pid() ?? 0]);
      const other = await subject(createOllama(), testLine(), endpointAt(ollama.url, 'ollama'), () =>
        family(ollama.pid),
      );
      const times = { own: blank(), other: blank() };
      for (let run = 0; run < runs; run += 1) {
        // In turns, and each first as often as the other.
        const order = run % 2 === 0 ? (['own', 'other'] as const) : (['other', 'own'] as const);
        for (const who of order) await measureOnce(who === 'own' ? own : other, times[who], run);
        say(
          `run ${run + 1}: first token ${times.own.typedOn.at(-1)?.toFixed(1)} and ${times.other.typedOn.at(-1)?.toFixed(1)} ms`,
        );
      }
      return figures(times, { own: own.memory(), other: other.memory() }, runs);
    } finally {
      engine.stop();
      await ollama.stop();
    }
  },
};

interface Subject {
  readonly provider: Provider;
  readonly line: Line;
  readonly model: Model;
  /** Megabytes of its processes. */
  readonly memory: () => number;
}
type Times = Record<'load' | 'read' | 'write' | 'typedOn' | 'freed', number[]>;

const blank = (): Times => ({ load: [], read: [], write: [], typedOn: [], freed: [] });

async function subject(provider: Provider, line: Line, endpoint: Endpoint, pids: () => number[]): Promise<Subject> {
  const [model] = (await provider.list(line, endpoint, NEVER)).models;
  if (!model) throw new Error(`${endpoint.label} has no model`);
  return { provider, line, model, memory: () => pids().reduce((sum, pid) => sum + residentMB(pid), 0) };
}

const LINE = 'The store on the corner sells bread, milk and eggs to everybody who comes by. ';
const WRITTEN = 32;

async function measureOnce(who: Subject, times: Times, run: number): Promise<void> {
  const { provider, line, model } = who;
  await provider.keeper?.unload(line, model, NEVER);
  const started = performance.now();
  await provider.keeper?.load(line, model, NEVER);
  // Both finish what loading leaves to the first request.
  await complete(who, { prompt: 'Once', maxTokens: 1 });
  times.load.push(performance.now() - started);

  // Another beginning each time: nothing of it is in memory.
  const text = `${run} ${LINE.repeat(16)}`;
  const read = await complete(who, { prompt: text, maxTokens: WRITTEN });
  const tokens = (read.usage?.promptTokens ?? 0) - (read.usage?.cachedTokens ?? 0);
  times.read.push(((read.usage?.promptMs ?? Number.NaN) / tokens) * 100);
  times.write.push(((read.usage?.outputMs ?? Number.NaN) / (read.usage?.outputTokens ?? Number.NaN)) * 100);

  // What somebody types on, three times a few letters.
  let typed = `${text}She went`;
  await complete(who, { prompt: typed, maxTokens: 1 });
  for (const more of [' to', ' the', ' shop']) {
    typed += more;
    times.typedOn.push((await complete(who, { prompt: typed, maxTokens: 1 })).firstMs);
  }
  // A long one that is cancelled while it writes, and then the next keystroke.
  const cancelledAt = await cancelInDecode(who, typed);
  typed += ' and';
  const after = await complete(who, { prompt: typed, maxTokens: 1 });
  times.freed.push(after.startedAt + after.firstMs - cancelledAt);
}

interface Completed {
  readonly startedAt: number;
  readonly firstMs: number;
  readonly usage: Usage | undefined;
}

async function complete(
  { provider, line, model }: Subject,
  wish: Pick<CompleteRequest, 'prompt' | 'maxTokens'>,
): Promise<Completed> {
  const startedAt = performance.now();
  let firstMs = Number.NaN;
  let usage: Usage | undefined;
  for await (const piece of provider.complete(line, { model, ...wish, stops: [], temperature: 0 }, NEVER)) {
    if (Number.isNaN(firstMs)) firstMs = performance.now() - startedAt;
    if (piece.kind === 'end') ({ usage } = piece);
  }
  return { startedAt, firstMs, usage };
}

async function cancelInDecode({ provider, line, model }: Subject, prompt: string): Promise<number> {
  const abort = new AbortController();
  let seen = 0;
  let at = 0;
  const wish = { model, prompt, stops: [], maxTokens: 200, temperature: 0 };
  for await (const piece of provider.complete(line, wish, abort.signal)) {
    if (piece.kind !== 'text' || (seen += 1) !== 4) continue;
    at = performance.now();
    abort.abort();
  }
  return at;
}

function figures(
  { own, other }: { readonly own: Times; readonly other: Times },
  memory: { readonly own: number; readonly other: number },
  runs: number,
): Figure[] {
  const how = `median of ${runs} runs, 1 thread; reference: the real Ollama on the same file`;
  const beside = (name: string, key: keyof Times, unit: Figure['unit'], words: string): Figure => ({
    name: `built-in engine: ${name}`,
    value: median(own[key]),
    unit,
    reference: median(other[key]),
    how: `${words}; ${how}`,
  });
  return [
    beside('load', 'load', 'ms', 'from nothing to the first token of a short prompt'),
    beside('read 100 tokens', 'read', 'ms', 'a prompt of 290 tokens that is not in memory'),
    beside('write 100 tokens', 'write', 'ms', `from ${WRITTEN} tokens, greedy`),
    {
      ...beside('first token, typed on', 'typedOn', 'ms', 'one or two tokens more than what is in memory'),
      bound: { of: 'ratio', most: 1.1 },
    },
    {
      name: 'built-in engine: cancelled to free',
      value: median(own.freed),
      unit: 'ms',
      reference: median(own.typedOn),
      bound: { of: 'excess', most: 100 },
      how: `from the cancelling of a completion that is writing to the first token of the next; reference: its first token without that; Ollama: ${median(other.freed).toFixed(1)} ms`,
    },
    {
      name: 'built-in engine: memory',
      value: memory.own,
      unit: 'MB',
      reference: memory.other,
      how: 'resident, the model loaded for completion; reference: ollama and its runner',
    },
  ];
}

/** A process and all below it. */
function family(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
  return [pid, ...children.flatMap(family)];
}

function residentMB(pid: number): number {
  const kB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kB ?? Number.NaN) * 1024) / 1e6;
}
