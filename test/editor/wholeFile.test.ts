import { chmod, mkdir, mkdtemp, readFile, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveSomewhere } from '../../src/editor/saveSomewhere.ts';
import { type Written, writeWhole } from '../../src/editor/wholeFile.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'switchyard-whole-'));
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

const { signal } = new AbortController();
async function* pieces(...texts: readonly string[]) {
  for (const text of texts) yield await Promise.resolve(text);
}

describe('a file that is written from pieces', () => {
  it('has all of them, and nothing lies beside it', async () => {
    const long = 'ä'.repeat(100_000);
    expect(await writeWhole(join(dir, 'a'), pieces('x', long, '', 'y'), signal)).toEqual({ kind: 'written' });
    expect(await readFile(join(dir, 'a'), 'utf8')).toBe(`x${long}y`);
    expect(await readdir(dir)).toEqual(['a']);
  });

  it('does not take its place before it is whole', async () => {
    await writeFile(join(dir, 'a'), 'before');
    const seen: string[] = [];
    async function* slowly() {
      yield 'x'.repeat(200_000);
      seen.push(await readFile(join(dir, 'a'), 'utf8'));
      yield 'y';
    }
    await writeWhole(join(dir, 'a'), slowly(), signal);
    expect(seen).toEqual(['before']);
  });

  it('is taken piece by piece, so that memory holds little of it', async () => {
    let most = 0;
    async function* many() {
      for (let n = 0; n < 40; n += 1) {
        const [part] = await readdir(dir);
        if (n > 0) most = Math.max(most, n * 100_000 - (await readFile(join(dir, part ?? ''))).length);
        yield 'z'.repeat(100_000);
      }
    }
    await writeWhole(join(dir, 'a'), many(), signal);
    expect(most).toBeLessThanOrEqual(100_000);
  });

  it('leaves no half of itself when it is cancelled, and the old file as it was', async () => {
    await writeFile(join(dir, 'a'), 'before');
    const stop = new AbortController();
    async function* endless() {
      for (let n = 0; ; n += 1) {
        if (n === 100) stop.abort();
        yield await Promise.resolve('x'.repeat(10_000));
      }
    }
    expect(await writeWhole(join(dir, 'a'), endless(), stop.signal)).toEqual({ kind: 'cancelled' });
    expect([await readdir(dir), await readFile(join(dir, 'a'), 'utf8')]).toEqual([['a'], 'before']);
  });

  it('leaves no half of itself when its pieces fail, and hands their error on', async () => {
    async function* failing() {
      yield* pieces('x'.repeat(200_000));
      throw new Error('gone');
    }
    await expect(writeWhole(join(dir, 'a'), failing(), signal)).rejects.toThrow('gone');
    expect(await readdir(dir)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('keeps a link, and replaces what it names', async () => {
    await writeFile(join(dir, 'real'), 'before');
    await symlink(join(dir, 'real'), join(dir, 'link'));
    await writeWhole(join(dir, 'link'), pieces('x'), signal);
    expect(await readlink(join(dir, 'link'))).toBe(join(dir, 'real'));
    expect(await readFile(join(dir, 'real'), 'utf8')).toBe('x');
  });

  it('tells that a folder stands in its place, and leaves nothing', async () => {
    await mkdir(join(dir, 'a'));
    expect(await writeWhole(join(dir, 'a'), pieces('x'), signal)).toMatchObject({ kind: 'failed' });
    expect(await readdir(dir)).toEqual(['a']);
  });

  it.skipIf(process.platform === 'win32' || getuid?.() === 0)('tells that there is no permission', async () => {
    await chmod(dir, 0o500);
    const written = await writeWhole(join(dir, 'a'), pieces('x'), signal);
    await chmod(dir, 0o700);
    expect(written).toMatchObject({ kind: 'failed', error: { code: 'EACCES' } });
  });
});

describe('saving somewhere', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const save = async (outcomes: readonly Written[], wantsMore: boolean) => {
    const places = ['one', 'two', 'three'];
    const told: string[] = [];
    const left = [...outcomes];
    const saved = await saveSomewhere({
      choose: async () => Promise.resolve(places.shift()),
      write: async () => Promise.resolve(left.shift() ?? { kind: 'written' }),
      async failed(place, why) {
        told.push(`${place}: ${why}`);
        return Promise.resolve(wantsMore);
      },
    });
    return { saved, told };
  };

  it('says what went wrong and asks for another place, until it works', async () => {
    const failed = { kind: 'failed', error: full } as const;
    expect(await save([failed, failed], true)).toEqual({
      saved: 'three',
      told: ['one: the disk is full', 'two: the disk is full'],
    });
  });

  it('ends when the user gives up, cancels, or has no place', async () => {
    const failed = { kind: 'failed', error: full } as const;
    expect(await save([failed], false)).toEqual({ saved: undefined, told: ['one: the disk is full'] });
    expect(await save([{ kind: 'cancelled' }], true)).toEqual({ saved: undefined, told: [] });
    expect((await save([failed, failed, failed, failed], true)).saved).toBeUndefined();
  });
});
