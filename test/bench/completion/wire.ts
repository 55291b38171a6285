import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint, Model } from '../../../src/core/model.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import { createPolicy } from '../../../src/core/privacy/policy.ts';
import { type Road, createRoad } from '../../../src/core/routing/road.ts';
import { createDoor } from '../../../src/net/door.ts';
import { createLedger } from '../../../src/net/ledger.ts';
import { createOllama } from '../../../src/providers/ollama.ts';
import { model } from '../../core/completion/sample.ts';
import { onStop } from '../../setup/child.ts';
import type { CorpusFile } from './corpus.ts';
import { realClock } from '../../providers/realRoad.ts';
import { type HttpOracle, startHttpOracle } from './httpOracle.ts';
import type { Region } from './plan.ts';
import { SPEEDS } from './runs.ts';
import { runSession } from './session.ts';
import type { SubjectKind } from './subject.ts';
import { aboveBound } from './timing.ts';
import type { VirtualTime } from './virtualTime.ts';

/** What goes through the real provider, the real door and a real socket, in real time. */
export interface WireTimes {
  /** Milliseconds from the abort of a request until the server's connection was closed. */
  readonly cancel: readonly number[];
  /** Milliseconds from the earliest moment at which text could be shown until it was. */
  readonly aboveBound: readonly number[];
}

const CANCELS = 24;
/** Lines that are begun in real time, and how much of each is typed. */
const LINES = 9;
const TYPED = 10;

export async function measureWire(file: CorpusFile, kind: SubjectKind): Promise<WireTimes> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const forget = onStop(remove);
  const oracle = await startHttpOracle({ speed: SPEEDS.fast, mood: 'clean', seed: 'wire', text: file.text });
  const way = openRoad(oracle.url, dir);
  try {
    const cancel = await timeCancels(oracle, way.road, way.model, file);
    return { cancel, aboveBound: await typeInRealTime(oracle, way.road, way.model, file, kind) };
  } finally {
    way.dispose();
    await oracle.stop();
    forget();
    remove();
  }
}

/** Half of them while the prompt is evaluated, half after the first text. */
async function timeCancels(oracle: HttpOracle, road: Road, of: Model, file: CorpusFile): Promise<number[]> {
  const times: number[] = [];
  const lines = file.text.split('\n');
  for (let index = 0; index < CANCELS; index++) {
    const at = Math.floor((lines.length * (index + 1)) / (CANCELS + 1));
    const prefix = lines.slice(Math.max(0, at - 30), at).join('\n');
    const suffix = lines.slice(at + 8, at + 20).join('\n');
    const prompt = `<|fim_prefix|>${prefix}<|fim_suffix|>\n${suffix}<|fim_middle|>`;
    const stop = new AbortController();
    const before = oracle.requests.length;
    const request = { model: of, prompt, stops: [], maxTokens: 200, temperature: 0 };
    const pieces = await road.complete(request, [{ kind: 'window' }], stop.signal);
    if (isRefusal(pieces)) throw new Error(pieces.reason);
    let aborted: number | undefined;
    const abort = () => {
      aborted ??= realClock.now();
      stop.abort();
    };
    const reading = (async () => {
      for await (const piece of pieces) {
        if (piece.kind === 'end') break;
        if (index % 2 === 0) abort();
      }
    })();
    if (index % 2 === 1) {
      while (oracle.requests.length === before) await sleep(1);
      await sleep(5);
      abort();
    }
    await reading;
    const over = () => oracle.requests[before]?.over === true;
    for (let waited = 0; !over() && waited < 4_000; waited += 5) await sleep(5);
    const seen = oracle.requests[before];
    times.push(seen?.closedAt === undefined || aborted === undefined ? Infinity : seen.closedAt - aborted);
  }
  return times;
}

async function typeInRealTime(
  oracle: HttpOracle,
  road: Road,
  of: Model,
  file: CorpusFile,
  kind: SubjectKind,
): Promise<number[]> {
  const time: VirtualTime = { ...realClock, run: (until = 0) => sleep(Math.max(0, until - realClock.now())) };
  const regions = someLines(file.text);
  const stints = regions.map(({ start, end, indent }, region) => ({
    region,
    until: (1 + indent + TYPED) / (end - start),
  }));
  const world = { send: road, clock: realClock, model: of, tabs: [] };
  const session = await runSession({
    plan: { file, seed: 'wire', regions, stints },
    kind,
    world,
    time,
    requests: oracle.requests,
    mode: 'type',
  });
  // The server writes down what the client sent a moment before.
  const fromKey = 60;
  return session.keys.flatMap((key) => aboveBound(key, oracle.requests, file.text, fromKey) ?? []);
}

/** Long lines far from each other, from the end of the line above on. */
function someLines(text: string): (Region & { indent: number })[] {
  const lines = text.split('\n');
  const step = Math.floor(lines.length / (LINES + 1));
  const found: (Region & { indent: number })[] = [];
  let start = -1;
  let next = step;
  for (const [index, line] of lines.entries()) {
    const indent = line.length - line.trimStart().length;
    if (index >= next && line.length - indent >= 3 * TYPED) {
      found.push({ start, end: start + 1 + line.length, indent });
      next += step;
    }
    start += 1 + line.length;
  }
  return found;
}

function openRoad(url: string, dir: string): { road: Road; model: Model; dispose(): void } {
  const endpoint: Endpoint = {
    id: 'oracle',
    label: 'Oracle',
    protocol: 'ollama',
    url,
    zone: 'device',
    needsKey: false,
  };
  const policy = createPolicy(() => ({ level: 'private', reasons: [{ source: 'mark', level: 'private' }] }));
  const ledger = createLedger(join(dir, 'ledger'));
  const door = createDoor({
    policy,
    ledger,
    keys: () => Promise.resolve(undefined),
    endpoints: () => [endpoint],
    networkHosts: () => [],
    cloudFetch: () => Promise.reject(new Error('no cloud here')),
  });
  const provider = createOllama();
  const road = createRoad({
    policy,
    screen: { inspect: () => Promise.resolve(undefined) },
    open: (clearance) => door.open(clearance),
    provider: () => Promise.resolve(provider),
  });
  return {
    road,
    model: model('qwen2.5-coder:7b', { endpoint, loaded: { contextLength: 8_192 } }),
    dispose() {
      door.dispose();
      ledger.dispose();
    },
  };
}
