import { fork, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  statSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LedgerEntry, LedgerFacts } from '../../src/core/privacy/ledgerEntry.ts';
import { createLedger } from '../../src/net/ledger.ts';
import { GENESIS, fileOfMonth, ledgerFiles, sealLine } from '../../src/net/ledgerLine.ts';
import { readEntries, until } from './house.ts';

const BEGIN: LedgerFacts = { phase: 'begin', id: 'a1', task: 'chat', model: 'm:1b', zone: 'device', bytesOut: 12 };

function open(now?: () => number, dir = mkdtempSync(join(tmpdir(), 'switchyard-ledger-'))) {
  const ledger = createLedger(dir, now);
  onTestFinished(() => {
    ledger.dispose();
    rmSync(dir, { recursive: true, force: true });
  });
  return { dir, ledger };
}
const NOVEMBER = Date.UTC(2026, 10, 24, 6);
const DECEMBER = Date.UTC(2026, 11, 1);
const AT = { time: '2026-11-24T06:00:00.000Z', prev: GENESIS };
const november = (dir: string) => join(dir, '2026-11.jsonl');

describe('the chain', () => {
  it('links every line to the one before', async () => {
    const { dir, ledger } = open();
    for (const id of ['a', 'b', 'c']) await ledger.append({ ...BEGIN, id });
    const [a, b, c] = readEntries(dir);
    expect([a?.seq, b?.seq, c?.seq]).toEqual([1, 2, 3]);
    expect(a?.prev).toBe('0'.repeat(64));
    expect([b?.prev, c?.prev]).toEqual([a?.hash, b?.hash]);
    expect(a).toMatchObject({ v: 1, ...BEGIN, id: 'a' });
    expect(await ledger.verify()).toEqual({ intact: true, lines: 3 });
  });

  it('goes on where another one stopped, and over the end of a month', async () => {
    let now = NOVEMBER;
    const { dir, ledger } = open(() => now);
    await ledger.append(BEGIN);
    now = DECEMBER;
    await ledger.append(BEGIN);
    const again = open(() => now, dir).ledger;
    await again.append(BEGIN);
    await ledger.append(BEGIN);
    expect(readEntries(dir).map(({ seq, time }) => [seq, time.slice(0, 7)])).toEqual([
      [1, '2026-11'],
      [2, '2026-12'],
      [3, '2026-12'],
      [4, '2026-12'],
    ]);
    expect(await ledger.verify()).toEqual({ intact: true, lines: 4 });
  });

  it('goes on in another file when a month has very many lines', async () => {
    let now = NOVEMBER;
    const dir = mkdtempSync(join(tmpdir(), 'switchyard-ledger-'));
    const ledger = createLedger(dir, () => now, 1000);
    onTestFinished(() => {
      ledger.dispose();
      rmSync(dir, { recursive: true, force: true });
    });
    for (let line = 0; line < 60; line += 1) await ledger.append({ ...BEGIN, id: `${line}` });
    now = DECEMBER;
    await ledger.append({ ...BEGIN, id: '60' });
    const files = ledgerFiles(readdirSync(dir));
    expect(files.slice(0, 3)).toEqual(['2026-11.jsonl', '2026-11.1.jsonl', '2026-11.2.jsonl']);
    expect(files.length).toBeGreaterThan(11); // so that the numbers have two digits
    expect(files.at(-1)).toBe('2026-12.jsonl');
    expect(await ledger.verify()).toEqual({ intact: true, lines: 61 });
    const ids = Array<string>();
    for await (const { id } of ledger.read()) ids.push(id);
    expect(ids).toEqual(Array.from({ length: 61 }, (_, i) => `${60 - i}`));
    const lines = Array<string>();
    for await (const line of ledger.lines()) lines.push(line);
    expect(`${lines.join('\n')}\n`).toBe(files.map((name) => readFileSync(join(dir, name), 'utf8')).join(''));
  });

  it('holds when the clock is set back, and when old months were deleted', async () => {
    let now = DECEMBER;
    const { dir, ledger } = open(() => now);
    await ledger.append(BEGIN);
    now = NOVEMBER;
    await ledger.append(BEGIN);
    expect(await ledger.verify()).toEqual({ intact: true, lines: 2 });
    rmSync(join(dir, '2026-12.jsonl'));
    await ledger.append(BEGIN);
    expect(await ledger.verify()).toEqual({ intact: true, lines: 1 });
  });

  it.each<[string, (lines: string[]) => void, number, RegExp]>([
    ['a changed word', (lines) => lines.splice(1, 1, (lines[1] ?? '').replace('chat', 'list')), 2, /hash/],
    ['a changed byte count', (lines) => lines.splice(1, 1, (lines[1] ?? '').replace('12', '13')), 2, /hash/],
    ['a line taken out', (lines) => lines.splice(1, 1), 2, /follow/],
    [
      'the first line taken out and the next renumbered',
      (lines) => lines.splice(0, 2, (lines[1] ?? '').replace('"seq":2', '"seq":1')),
      1,
      /hash/,
    ],
    ['a line twice', (lines) => lines.splice(1, 0, lines[1] ?? ''), 3, /follow/],
    ['two lines exchanged', (lines) => lines.splice(1, 2, lines[2] ?? '', lines[1] ?? ''), 2, /follow/],
    ['white space', (lines) => lines.splice(1, 1, (lines[1] ?? '').replace('{', '{ ')), 2, /hash/],
    ['a line that is none', (lines) => lines.splice(1, 1, '{}'), 2, /read/],
  ])('tells %s', async (_, change, line, problem) => {
    const { dir, ledger } = open(() => NOVEMBER);
    for (let i = 0; i < 4; i += 1) await ledger.append(BEGIN);
    const lines = readFileSync(november(dir), 'utf8').trimEnd().split('\n');
    change(lines);
    writeFileSync(november(dir), `${lines.join('\n')}\n`);
    const found = await ledger.verify();
    expect(found).toMatchObject({ intact: false, file: '2026-11.jsonl', line });
    expect(found.intact ? '' : found.problem).toMatch(problem);
  });

  it('keeps to one line whatever a name contains', async () => {
    const { dir, ledger } = open();
    const model = 'a\nb\r\u2028c"\\\ud800';
    await ledger.append({ ...BEGIN, model, reason: 'x'.repeat(100_000) });
    await ledger.append(BEGIN);
    expect(readEntries(dir)).toHaveLength(2);
    expect(readEntries(dir)[0]?.reason).toHaveLength(1000);
    expect(await ledger.verify()).toEqual({ intact: true, lines: 2 });
  });

  it.each<[string, Parameters<typeof sealLine>[1][], number, RegExp]>([
    [
      'a number that was skipped',
      [
        { ...AT, seq: 1 },
        { ...AT, seq: 3 },
      ],
      2,
      /not the next/,
    ],
    ['a first line that names another before it', [{ ...AT, seq: 1, prev: 'f'.repeat(64) }], 1, /follow/],
  ])('tells %s, though every hash is right', async (_, at, line, problem) => {
    const { dir, ledger } = open(() => NOVEMBER);
    let prev: string | undefined;
    const lines = at.map((each) => {
      const sealed = sealLine(BEGIN, { ...each, prev: prev ?? each.prev });
      prev = sealed.entry.hash;
      return sealed.line;
    });
    writeFileSync(november(dir), lines.join(''));
    const found = await ledger.verify();
    expect(found).toMatchObject({ intact: false, line });
    expect(found.intact ? '' : found.problem).toMatch(problem);
  });
});

// Windows has other rights.
it.skipIf(process.platform === 'win32')('is for the user’s eyes alone', async () => {
  const { dir } = open();
  const { ledger } = open(() => NOVEMBER, join(dir, 'of the user'));
  await ledger.append(BEGIN);
  expect(statSync(join(dir, 'of the user')).mode & 0o777).toBe(0o700);
  expect(statSync(november(join(dir, 'of the user'))).mode & 0o777).toBe(0o600);
});

describe('a line that was cut off in writing', () => {
  it.each([1, 40, 200])('is taken out and noted (%i bytes of it)', async (bytes) => {
    const { dir, ledger } = open(() => NOVEMBER);
    await ledger.append(BEGIN);
    const { size } = statSync(november(dir));
    await ledger.append({ ...BEGIN, id: 'lost' });
    ledger.dispose();
    truncateSync(november(dir), size + bytes);
    const again = open(() => NOVEMBER, dir).ledger;
    expect(await again.verify()).toMatchObject({ intact: false, line: 2 });
    await again.append({ ...BEGIN, id: 'next' });
    const [first, note, next] = readEntries(dir);
    expect(first?.hash).toBe(note?.prev);
    expect(note).toMatchObject({ phase: 'note', seq: 2 });
    expect(note?.reason).toContain('cut off');
    expect(note?.torn).toHaveLength(bytes);
    expect(next).toMatchObject({ id: 'next', seq: 3 });
    expect(await again.verify()).toEqual({ intact: true, lines: 3 });
  });

  it('may be the only one', async () => {
    const { dir, ledger } = open(() => NOVEMBER);
    writeFileSync(november(dir), '{"v":1,"se');
    await ledger.append(BEGIN);
    expect(readEntries(dir).map(({ phase }) => phase)).toEqual(['note', 'begin']);
    expect(await ledger.verify()).toEqual({ intact: true, lines: 2 });
  });

  it('is also seen when it comes while the file is open', async () => {
    const { dir, ledger } = open(() => NOVEMBER);
    await ledger.append(BEGIN);
    appendFileSync(november(dir), '{"torn by another window');
    await ledger.append(BEGIN);
    expect(readEntries(dir).map(({ phase }) => phase)).toEqual(['begin', 'note', 'begin']);
  });
});

describe('trouble with the files', () => {
  it('rejects when the folder cannot be made', async () => {
    const { dir } = open();
    writeFileSync(join(dir, 'file'), '');
    const { ledger } = open(undefined, join(dir, 'file'));
    await expect(ledger.append(BEGIN)).rejects.toThrow(/ENOTDIR|EEXIST/);
  });

  it('goes on after a last line that is none, and says so', async () => {
    const { dir, ledger } = open(() => NOVEMBER);
    await ledger.append(BEGIN);
    appendFileSync(november(dir), 'garbage\n');
    await ledger.append(BEGIN);
    expect(readFileSync(november(dir), 'utf8')).toContain('cannot be read');
    expect(await ledger.verify()).toMatchObject({ intact: false, line: 2 });
  });

  it('makes the file again when somebody deletes it', async () => {
    const { dir, ledger } = open(() => NOVEMBER);
    await ledger.append(BEGIN);
    rmSync(november(dir));
    await ledger.append(BEGIN);
    expect(readEntries(dir)).toHaveLength(1);
  });

  it('takes over a lock whose process is gone', async () => {
    const { dir, ledger } = open();
    const { pid } = spawnSync(process.execPath, ['--version']);
    const start = performance.now();
    writeFileSync(join(dir, 'ledger.lock'), `${pid} ${hostname()} 1`);
    await ledger.append(BEGIN);
    expect(readEntries(dir)).toHaveLength(1);
    // At once, and not only when the lock is old.
    expect(performance.now() - start).toBeLessThan(1900);
  });

  it('waits for a lock of another machine while it is young, and takes it over when it is old', async () => {
    const { dir, ledger } = open();
    writeFileSync(join(dir, 'ledger.lock'), '1 another-machine 1');
    const start = performance.now();
    const entry = await ledger.append(BEGIN);
    expect(entry.seq).toBe(1);
    expect(performance.now() - start).toBeGreaterThan(1900);
  });

  it('leaves nothing behind but the lines, not even of processes that were killed', async () => {
    const { dir, ledger } = open();
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(dir, 'ledger.lock.0123456789ab'), `${pid} ${hostname()} 0123456789ab`);
    await ledger.append(BEGIN);
    ledger.dispose();
    expect(readdirSync(dir)).toEqual([fileOfMonth(new Date().toISOString())]);
  });
});

describe('reading', () => {
  it('gives the newest first, over many blocks and files', async () => {
    let now = NOVEMBER;
    const { ledger } = open(() => now);
    for (let i = 0; i < 600; i += 1) {
      if (i === 400) now = DECEMBER;
      await ledger.append({ ...BEGIN, model: `mödel-${i}` });
    }
    const entries: LedgerEntry[] = [];
    for await (const entry of ledger.read()) entries.push(entry);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 600 }, (_, i) => 600 - i));
    expect(entries.at(-1)?.model).toBe('mödel-0');
  });

  it('shows no line that has not ended', async () => {
    const { dir, ledger } = open(() => NOVEMBER);
    await ledger.append(BEGIN);
    await ledger.append({ ...BEGIN, id: 'not whole' });
    truncateSync(november(dir), statSync(november(dir)).size - 1);
    const ids: string[] = [];
    for await (const { id } of ledger.read()) ids.push(id);
    expect(ids).toEqual([BEGIN.id]);
  });

  it('gives nothing where there is nothing, and can be left early', async () => {
    const { dir, ledger } = open();
    const none = createLedger(join(dir, 'none'));
    expect(await none.read()[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
    expect(await none.verify()).toEqual({ intact: true, lines: 0 });
    await ledger.append(BEGIN);
    await ledger.append({ ...BEGIN, id: 'last' });
    for await (const { id } of ledger.read()) {
      expect(id).toBe('last');
      break;
    }
  });

  it('tells its listeners', async () => {
    const { ledger } = open();
    const heard: LedgerEntry[] = [];
    ledger.onDidAppend((entry) => heard.push(entry));
    const entry = await ledger.append(BEGIN);
    expect(heard).toEqual([entry]);
  });
});

it('is shared by processes that write at once', { timeout: 30_000 }, async () => {
  const { dir, ledger } = open();
  const lines = 300;
  const writers = ['one', 'two', 'three'].map((name) => {
    const child = fork(new URL('ledgerWriter.ts', import.meta.url), [dir, name, String(lines)], { execArgv: [] });
    return new Promise((resolve) => child.once('exit', resolve));
  });
  expect(await Promise.all(writers)).toEqual([0, 0, 0]);
  expect(await ledger.verify()).toEqual({ intact: true, lines: 3 * lines });
  const entries = readEntries(dir);
  for (const name of ['one', 'two', 'three']) {
    const own = entries.filter(({ model }) => model === name).map(({ id }) => Number(id));
    expect(own).toEqual(Array.from({ length: lines }, (_, i) => i));
  }
  // They did write at once, not one after the other.
  const turns = entries.filter(({ model }, i) => i > 0 && entries[i - 1]?.model !== model);
  expect(turns.length).toBeGreaterThan(10);
});

it('stands after a process was killed in the midst of writing', { timeout: 30_000 }, async () => {
  const { dir, ledger } = open();
  for (let i = 0; i < 5; i += 1) {
    const child = fork(new URL('ledgerWriter.ts', import.meta.url), [dir, `killed-${i}`, '100000', '0'], {
      execArgv: [],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await until(() => existsSync(dir) && readdirSync(dir).length > 0 && readEntriesOf(dir, `killed-${i}`) > 0);
    child.kill('SIGKILL');
    await exited;
    await ledger.append({ ...BEGIN, id: `after-${i}` });
  }
  expect(await ledger.verify()).toMatchObject({ intact: true });
});

/** How many whole lines name a model; the file may be in the midst of being written. */
function readEntriesOf(dir: string, model: string): number {
  const files = readdirSync(dir).filter((name) => name.endsWith('.jsonl'));
  return files
    .map((name) => readFileSync(join(dir, name), 'utf8').split(`"model":"${model}"`).length - 1)
    .reduce((a, b) => a + b, 0);
}
