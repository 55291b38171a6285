import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { LedgerFacts } from '../../../src/core/privacy/ledgerEntry.ts';
import { EVERYTHING, type RequestFilter } from '../../../src/core/requests/filter.ts';
import { type RequestTable, createRequestTable } from '../../../src/core/requests/table.ts';
import { CHAT, POLL, createLines } from './lines.ts';

async function settled(table: RequestTable) {
  await vi.waitFor(() => expect(table.state.busy).toBe(false));
  return table.slice(0, table.state.total);
}
async function open(lines: ReturnType<typeof createLines>, filter: Partial<RequestFilter> = {}) {
  const table = createRequestTable(lines.parts);
  table.show({ ...EVERYTHING, ...filter });
  await table.load();
  return table;
}

describe('the table of requests', () => {
  it('makes one row of all lines of a request, newest first', async () => {
    const lines = createLines();
    lines.begin('a');
    lines.begin('b', { ...CHAT, model: 'llama3' });
    lines.end('b', { ...CHAT, verdict: 'failed', rule: 'unreachable', reason: 'ECONNREFUSED' });
    lines.end('a', { ...CHAT, tokens: { prompt: 7 } });
    lines.write({ phase: 'note', id: 'a', ...CHAT, tokens: { prompt: 7, output: 9 } });
    lines.write({ phase: 'refused', id: 'c', ...CHAT, zone: 'cloud', verdict: 'refused', rule: 'level:private' });
    const rows = await settled(await open(lines));
    expect(rows.map(({ row }) => [row.seq, row.outcome, row.rule, row.bytesIn])).toEqual([
      [6, 'refused', 'level:private', undefined],
      [2, 'failed', 'unreachable', 20],
      [1, 'ok', undefined, 20],
    ]);
    expect(rows[2]?.row).toMatchObject({ promptTokens: 7, outputTokens: 9, durationMs: 5, level: 'private' });
  });

  it('keeps a breach a breach, and shows what never ended and what the ledger notes', async () => {
    const lines = createLines();
    lines.begin('a');
    lines.write({ phase: 'breach', id: 'a', ...CHAT, verdict: 'breach', rule: 'breach', reason: 'It came from afar.' });
    lines.end('a', { ...CHAT, verdict: 'refused', rule: 'closed' });
    lines.begin('b');
    lines.write({ phase: 'note', id: '', reason: 'A line was cut off.', torn: '{"v":1' });
    lines.write({ phase: 'breach', id: 'c', ...CHAT, verdict: 'breach', rule: 'breach', reason: 'Without a request.' });
    const rows = await settled(await open(lines));
    expect(rows.map(({ row }) => [row.outcome, row.reason])).toEqual([
      ['breach', 'Without a request.'],
      ['note', 'A line was cut off. {"v":1'],
      ['noEnd', undefined],
      ['breach', 'It came from afar.'],
    ]);
  });

  it('gathers the questions for lists of models between other requests', async () => {
    const lines = createLines();
    for (let poll = 0; poll < 5; poll += 1) {
      lines.ask(`o${poll}`, POLL);
      lines.ask(`v${poll}`, { ...POLL, endpoint: 'vllm' });
    }
    lines.ask('chat');
    for (let poll = 5; poll < 8; poll += 1) lines.ask(`o${poll}`, POLL);
    lines.ask('down', { ...POLL, verdict: 'failed', rule: 'unreachable' });
    const table = await open(lines);
    const shape = async () =>
      (await settled(table)).map(({ row, count, bytesIn }) => [row.task, row.endpoint, count, bytesIn, row.outcome]);
    expect(await shape()).toEqual([
      ['models', 'ollama', 1, 20, 'failed'],
      ['models', 'ollama', 3, 60, 'ok'],
      ['chat', 'ollama', 1, 20, 'ok'],
      ['models', 'vllm', 5, 100, 'ok'],
      ['models', 'ollama', 5, 100, 'ok'],
    ]);
    lines.ask('o9', { ...POLL, verdict: 'failed', rule: 'unreachable' });
    lines.ask('o10', { ...POLL, verdict: 'failed', rule: 'unreachable' });
    expect((await shape())[0]).toEqual(['models', 'ollama', 2, 40, 'failed']);
    table.show({ ...EVERYTHING, fold: false });
    expect(await shape()).toHaveLength(17);
  });

  it('follows what this window and what others write', async () => {
    const lines = createLines();
    lines.ask('old');
    const table = await open(lines);
    expect((await settled(table)).length).toBe(1);
    lines.begin('a');
    expect((await settled(table)).map(({ row }) => row.outcome)).toEqual(['noEnd', 'ok']);
    lines.elsewhere({ phase: 'refused', id: 'x', ...CHAT, verdict: 'refused' });
    lines.end('a');
    await vi.waitFor(() => expect(table.slice(0, 9).map(({ row }) => row.outcome)).toEqual(['refused', 'ok', 'ok']));
    expect(table.state).toMatchObject({ total: 3, fresh: 2, requests: 3, busy: false });
    expect(lines.reads()).toBe(3);
  });

  it('filters by words, zone, outcome and task', async () => {
    const lines = createLines();
    lines.ask('a');
    lines.ask('b', { ...CHAT, zone: 'cloud', host: 'api.openai.com', model: 'gpt-5', level: 'open' });
    lines.ask('c', { ...CHAT, task: 'completion', verdict: 'cancelled' });
    lines.ask('d', POLL);
    const table = await open(lines);
    const found = async (filter: Partial<RequestFilter>) => {
      table.show({ ...EVERYTHING, ...filter });
      return (await settled(table)).map(({ row }) => row.seq);
    };
    expect(await found({ text: 'GPT openai' })).toEqual([3]);
    expect(await found({ text: 'gpt qwen' })).toEqual([]);
    expect(await found({ zones: ['cloud', 'network'] })).toEqual([3]);
    expect(await found({ outcomes: ['cancelled'] })).toEqual([5]);
    expect(await found({ tasks: ['models', 'completion'] })).toEqual([7, 5]);
    expect(await found({ text: 'cancelled' })).toEqual([5]);
    lines.ask('e', { ...CHAT, verdict: 'cancelled' });
    expect((await settled(table)).map(({ row }) => row.seq)).toEqual([9, 5]);
  });

  it('shows a request as failed when its reader said so after its end', async () => {
    const lines = createLines();
    lines.ask('a');
    const table = await open(lines);
    lines.write({ phase: 'note', id: 'a', ...CHAT, verdict: 'failed', rule: 'interrupted' });
    const failed = { outcome: 'failed', rule: 'interrupted', bytesIn: 20 };
    expect((await settled(table)).map(({ row }) => row)).toMatchObject([failed]);
    expect((await settled(await open(lines))).map(({ row }) => row)).toMatchObject([failed]);
  });

  it('finds a request that its reader calls failed after its end, where those that failed are asked for', async () => {
    const lines = createLines();
    lines.ask('a');
    const table = await open(lines);
    table.show({ ...EVERYTHING, outcomes: ['failed'] });
    lines.ask('b');
    lines.ask('c');
    expect(await settled(table)).toEqual([]);
    lines.write({ phase: 'note', id: 'b', ...CHAT, verdict: 'failed', rule: 'interrupted' });
    expect((await settled(table)).map(({ row }) => row.seq)).toEqual([3]);
  });

  it('leaves out what would fill the memory, and says so', async () => {
    const lines = createLines();
    for (let n = 0; n < 30; n += 1) lines.ask(`${n}`);
    const table = createRequestTable({ ...lines.parts, mostRequests: 10 });
    await table.load();
    expect((await settled(table)).length).toBe(10);
    expect(table.state.cut).toBe(true);
  });

  it('shows the same whether lines were read from the files or seen as they came', async () => {
    const line = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      poll: fc.boolean(),
      step: fc.constantFrom<LedgerFacts['phase']>('begin', 'end', 'breach', 'refused', 'note'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 25 }), fc.nat(25), async (steps, split) => {
        const lines = createLines();
        const began = new Set<string>();
        let refusals = 0;
        const play = (part: typeof steps) => {
          for (const { id, poll, step } of part) {
            const facts = poll ? POLL : CHAT;
            const key = `${id}${poll}`;
            // As the door writes: one beginning, and a refusal only for what never began.
            if ((step === 'begin' || step === 'refused') === began.has(key)) continue;
            if (step === 'begin') began.add(key);
            const outcome = {
              end: 'ok',
              breach: 'breach',
              refused: 'refused',
              begin: undefined,
              note: id === 'a' ? 'failed' : undefined,
            } as const;
            const verdict = outcome[step];
            const own = step === 'refused' ? `${key} ${++refusals}` : key;
            lines.write({ phase: step, id: own, ...facts, ...(verdict && { verdict }) });
          }
        };
        play(steps.slice(0, split));
        const live = await open(lines, { fold: false });
        play(steps.slice(split));
        const seen = await settled(live);
        const read = await settled(await open(lines, { fold: false }));
        expect(seen.map(({ row }) => row)).toEqual(read.map(({ row }) => row));
      }),
      { numRuns: 60 },
    );
  });
});
