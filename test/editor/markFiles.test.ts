import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../src/core/event.ts';
import { markFileName, writeMark } from '../../src/core/privacy/markFile.ts';
import { createAsked } from '../../src/editor/asked.ts';
import { type MarkFiles, createMarkFiles } from '../../src/editor/markFiles.ts';

const KEY = [1, 2, 3, 4] as const;
const APP = 'file:///workspaces/app';
const API = 'file:///workspaces/api';

const clock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};
/** Nothing is looked at from time to time. */
const still: Clock = { now: Date.now, after: () => ({ dispose: () => {} }) };

describe('the folder of the marks', () => {
  let dir: string;
  const parts: MarkFiles[] = [];
  const open = (time = clock) => {
    const files = createMarkFiles(join(dir, 'marks'), () => KEY, time);
    parts.push(files);
    return files;
  };
  const mark = async (files: MarkFiles, folder: string, level: 'private' | 'open') =>
    files.change({ [markFileName(folder, KEY)]: writeMark(folder, level, KEY) }, []);
  /** What another window does, in one go: nobody can have been told of it before the next line. */
  const markElsewhere = (folder: string) => {
    writeFileSync(join(dir, 'draft'), writeMark(folder, 'private', KEY));
    renameSync(join(dir, 'draft'), join(dir, 'marks', markFileName(folder, KEY)));
  };
  const marksOf = ({ all }: MarkFiles) =>
    all === 'unreadable'
      ? all
      : all.map(({ mark: found }) => found?.folder ?? 'odd').toSorted((a, b) => a.localeCompare(b));
  /** The folder looks as if nothing had happened for long, so that its time alone tells. */
  const settle = () => utimesSync(join(dir, 'marks'), new Date(0), new Date(Date.now() - 60_000));
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'switchyard-marks-'));
  });
  afterEach(() => {
    for (const part of parts.splice(0)) part.dispose();
    rmSync(dir, { recursive: true, force: true });
  });

  it('has the marks of every window, whoever wrote last', async () => {
    const [here, there] = [open(still), open(still)];
    await Promise.all([mark(here, APP, 'private'), mark(there, API, 'open')]);
    expect(marksOf(open(still))).toEqual([API, APP]);
    expect(readdirSync(join(dir, 'marks')).every((name) => name.endsWith('.json'))).toBe(true);
  });

  it('shows another window’s mark to whoever looks next', async () => {
    const here = open(still);
    for (const folder of [APP, API]) {
      settle();
      await turn();
      expect(marksOf(here)).not.toContain(folder);
      await turn();
      markElsewhere(folder);
      expect(marksOf(here)).toContain(folder);
    }
  });

  it('shows a second change that leaves the folder’s time as it was', async () => {
    const here = open(still);
    const time = new Date(Date.now() - 1_000);
    markElsewhere(APP);
    utimesSync(join(dir, 'marks'), time, time);
    expect(marksOf(here)).toEqual([APP]);
    await turn();
    markElsewhere(API);
    utimesSync(join(dir, 'marks'), time, time);
    expect(marksOf(here)).toEqual([API, APP]);
  });

  it('tells of another window’s mark at once, without anybody looking', async () => {
    const here = open(still);
    const heard = vi.fn<() => void>();
    here.onDidChange(heard);
    await turn();
    markElsewhere(APP);
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 900, interval: 5 });
  });

  it('tells of it within seconds where the system reports nothing', async () => {
    const here = open();
    const seen: unknown[] = [];
    here.onDidChange(() => seen.push(marksOf(here)));
    // Another folder in its place: what is watched is the one that was moved away.
    renameSync(join(dir, 'marks'), join(dir, 'before'));
    await vi.waitFor(() => expect(seen).toContainEqual('unreadable'), { timeout: 3_000 });
    mkdirSync(join(dir, 'marks'));
    markElsewhere(APP);
    await vi.waitFor(() => expect(seen).toContainEqual([APP]), { timeout: 3_000 });
  });

  it('tells, after the judging, of what was found while judging', async () => {
    const here = open(still);
    const heard = vi.fn<() => void>();
    here.onDidChange(heard);
    markElsewhere(APP);
    expect(marksOf(here)).toEqual([APP]);
    expect(heard).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(heard).toHaveBeenCalled();
  });

  it('cannot be read when it is gone, or something else', async () => {
    const here = open(still);
    expect(marksOf(here)).toEqual([]);
    rmSync(join(dir, 'marks'), { recursive: true });
    await turn();
    expect(marksOf(here)).toBe('unreadable');
    writeFileSync(join(dir, 'marks'), '');
    await turn();
    expect(marksOf(here)).toBe('unreadable');
    await expect(mark(here, APP, 'open')).rejects.toThrow(/EEXIST|ENOTDIR/u);
    expect(marksOf(open(still))).toBe('unreadable');
  });

  it('has an odd mark for a file that is none, or cannot be read', () => {
    const name = markFileName(APP, KEY);
    mkdirSync(join(dir, 'marks', name), { recursive: true });
    writeFileSync(join(dir, 'marks', markFileName(API, KEY)), '{');
    writeFileSync(join(dir, 'marks', 'notes.txt'), '{');
    expect(marksOf(open(still))).toEqual(['odd', 'odd']);
  });

  it('keeps what it had when a mark cannot be written, and says so', async () => {
    const here = open(still);
    await mark(here, APP, 'private');
    if (process.getuid?.() === 0) {
      rmSync(join(dir, 'marks', markFileName(APP, KEY)));
      mkdirSync(join(dir, 'marks', markFileName(APP, KEY), 'x'), { recursive: true });
    } else chmodSync(join(dir, 'marks'), 0o500);
    await expect(mark(here, APP, 'open')).rejects.toThrow(/EACCES|EISDIR|ENOTEMPTY|EPERM/u);
    expect(JSON.stringify(here.all)).not.toContain('open');
    expect(readdirSync(join(dir, 'marks')).every((name) => name.endsWith('.json'))).toBe(true);
    chmodSync(join(dir, 'marks'), 0o700);
  });
});

describe('the folders that the user was asked about', () => {
  it('are known to every window of this machine', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'switchyard-asked-'));
    const [here, there] = [createAsked(join(dir, 'asked')), createAsked(join(dir, 'asked'))];
    await Promise.all([here.add(APP), there.add(API)]);
    expect([APP, API, `${APP}2`].map((folder) => here.has(folder))).toEqual([true, true, false]);
    expect([APP, API].map((folder) => createAsked(join(dir, 'elsewhere')).has(folder))).toEqual([false, false]);
    rmSync(dir, { recursive: true });
  });

  it('are remembered until the window closes where nothing can be written', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'switchyard-asked-'));
    writeFileSync(join(dir, 'asked'), '');
    const asked = createAsked(join(dir, 'asked'));
    await asked.add(APP);
    expect(asked.has(APP)).toBe(true);
    rmSync(dir, { recursive: true });
  });
});
