import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerFacts } from '../../src/core/privacy/ledgerEntry.ts';
import { EVERYTHING } from '../../src/core/requests/filter.ts';
import { type RequestTable, createRequestTable } from '../../src/core/requests/table.ts';
import { createLedger } from '../../src/net/ledger.ts';
import { GENESIS, sealLine } from '../../src/net/ledgerLine.ts';
import { onStop } from '../setup/child.ts';
import { type Benchmark, median } from './figure.ts';

/**
 * The table of requests over a ledger of 100,000 lines, without the editor around it: how long until the first screen of
 * rows, until all are read, until a filter has looked at all of them, and until the chain is checked; and how long one
 * stretch of that keeps the extension host's thread. A stretch is what runs between two turns of the event loop, in time
 * of the processor, so that other processes do not count.
 */
export const requests: Benchmark = {
  name: 'requests',
  runs: 5,
  async measure(runs, say) {
    const dir = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
    const remove = () => rmSync(dir, { recursive: true, force: true });
    const forget = onStop(remove);
    const samples: Awaited<ReturnType<typeof measureOnce>>[] = [];
    try {
      writeLedger(join(dir, '2026-11.jsonl'));
      say(`wrote ${LINES} lines`);
      for (let run = 0; run < runs; run += 1) samples.push(await measureOnce(dir));
    } finally {
      forget();
      remove();
    }
    const of = (pick: (sample: (typeof samples)[number]) => number) => ({
      value: median(samples.map(pick)),
      unit: 'ms' as const,
    });
    const plain = of(({ parsed }) => parsed).value;
    const alone = { reference: null };
    const beside = { reference: plain };
    const how = `median of ${runs}, ledger of ${LINES} lines`;
    return [
      {
        name: 'requests, first rows',
        ...of(({ first }) => first),
        ...alone,
        bound: { of: 'value', most: AT_ONCE_MS },
        how: `wall clock until ${SCREEN} rows are there; ${how}`,
      },
      {
        name: 'requests, all read',
        ...of(({ all }) => all),
        ...beside,
        how: `wall clock, merged and folded; beside reading the file and parsing its lines; ${how}`,
      },
      {
        name: 'requests, filter',
        ...of(({ filter }) => filter),
        ...alone,
        bound: { of: 'value', most: AT_ONCE_MS },
        how: `wall clock until every row was looked at; ${how}`,
      },
      {
        name: 'requests, chain',
        ...of(({ chain }) => chain),
        ...beside,
        how: `wall clock of checking every hash; beside the same; ${how}`,
      },
      {
        name: 'requests, longest stretch',
        ...of(({ longest }) => longest),
        ...alone,
        bound: { of: 'value', most: FRAME_MS },
        how: `processor time without giving way, in all of that; ${how}`,
      },
    ];
  },
};

/** What people take for happening at once (Nielsen, Response Times: The 3 Important Limits, 1993), in ms. */
const AT_ONCE_MS = 100;
/** Between two pictures of a screen at 60 Hz, in ms. */
const FRAME_MS = 16;
const LINES = 100_000;
const SCREEN = 40;

async function measureOnce(dir: string) {
  const parsed = await timed(() => parseAll(join(dir, '2026-11.jsonl')));
  const ledger = createLedger(dir);
  const table = createRequestTable({ ledger, now: () => performance.now(), pause: turn });
  const watch = watchStretches();
  try {
    let first = Number.NaN;
    const started = performance.now();
    table.onDidChange(() => {
      if (Number.isNaN(first) && table.state.total >= SCREEN) first = performance.now() - started;
    });
    await table.load();
    await idle(table);
    const all = performance.now() - started;
    const filter = await timed(async () => {
      table.show({ ...EVERYTHING, text: 'gpt refused', fold: false });
      await idle(table);
    });
    const chain = await timed(async () => {
      if (!(await ledger.verify()).intact) throw new Error('the chain is broken');
    });
    return { parsed, first, all, filter, chain, longest: watch.longest() };
  } finally {
    watch.stop();
    table.dispose();
    ledger.dispose();
  }
}

async function parseAll(path: string): Promise<void> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  for (const line of lines) if (line !== '') JSON.parse(line);
}

/** As the door writes them; one request in fifty goes to a cloud and is refused. */
function writeLedger(path: string): void {
  const file = openSync(path, 'w');
  let prev = GENESIS;
  let lines: string[] = [];
  const write = (seq: number, facts: LedgerFacts) => {
    const time = new Date(Date.UTC(2026, 10, 1) + seq * 20_000).toISOString();
    const { entry, line } = sealLine(facts, { time, seq, prev });
    prev = entry.hash;
    lines.push(line);
  };
  for (let seq = 1; seq <= LINES; seq += 2) {
    const id = seq.toString(16).padStart(12, '0');
    const task = seq % 3 === 0 ? 'models' : 'completion';
    const server = { endpoint: 'ollama', host: '127.0.0.1:11434', zone: 'device', level: 'private' } as const;
    const facts = { id, task, model: 'qwen2.5-coder:1.5b-base', ...server };
    if (seq % 100 === 1) {
      const refused = {
        phase: 'refused',
        id,
        task: 'chat',
        model: 'gpt-5',
        rule: 'level:private',
        verdict: 'refused',
      } as const;
      write(seq, refused);
      write(seq + 1, refused);
      continue;
    }
    write(seq, {
      phase: 'begin',
      ...facts,
      address: '127.0.0.1',
      call: 'POST /api/generate',
      bytesOut: 6000,
      reason: 'mark',
    });
    const tokens = { prompt: 1400, output: 30 };
    const counted = { bytesOut: 6000, bytesIn: 3000, tokens, durationMs: 412.3 };
    write(seq + 1, { phase: 'end', ...facts, address: '127.0.0.1', status: 200, verdict: 'ok', ...counted });
    if (lines.length > 5000) {
      writeSync(file, lines.join(''));
      lines = [];
    }
  }
  writeSync(file, lines.join(''));
  closeSync(file);
}

function watchStretches() {
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let longest = 0;
  let last = used();
  const look = () => {
    const now = used();
    longest = Math.max(longest, now - last);
    last = now;
    next = setImmediate(look);
  };
  let next = setImmediate(look);
  return { longest: () => longest, stop: () => clearImmediate(next) };
}

async function idle(table: RequestTable): Promise<void> {
  while (table.state.busy) await turn();
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
