import { describe, expect, it } from 'vitest';
import type { Level, Said } from '../../../src/core/privacy/level.ts';
import {
  folderHash,
  isMarkFile,
  isOverruled,
  markFileName,
  readMark,
  saidBy,
  writeMark,
} from '../../../src/core/privacy/markFile.ts';

const KEY = [1, 2, 3, 4] as const;
const OTHER = [1, 2, 3, 5] as const;
const APP = 'file:///workspaces/app';

describe('the file of a mark', () => {
  it('gives back the mark', () => {
    expect(readMark(writeMark(APP, 'open', KEY), KEY)).toEqual({ folder: APP, level: 'open', isSealed: true });
  });

  it('has no seal but with the key, for the folder and the level that it was made for', () => {
    const text = writeMark(APP, 'private', KEY);
    expect(readMark(text, OTHER)).toEqual({ folder: APP, level: 'private', isSealed: false });
    expect(readMark(text.replace('private', 'open'), KEY)).toEqual({ folder: APP, level: 'open', isSealed: false });
    expect(readMark(text.replace('app', 'api'), KEY)?.isSealed).toBe(false);
    const bare = `{"version":1,"folder":"${APP}","level":"open"}`;
    expect(readMark(bare, KEY)).toEqual({ folder: APP, level: 'open', isSealed: false });
  });

  it.each([
    ['', '{', '[]', 'null', '"open"', '{}'],
    [`{"version":1,"folder":"${APP}","level":"opne"}`, `{"version":1,"folder":"${APP}"}`],
    [`{"version":2,"folder":"${APP}","level":"open"}`, `{"version":1,"folder":7,"level":"open"}`],
  ])('is no mark: %s', (...texts) => {
    expect(texts.map((text) => readMark(text, KEY))).toEqual(texts.map(() => undefined));
  });

  it('has a name of its own for each folder and key, and one beginning for a folder in any case', () => {
    const names = [markFileName(APP, KEY), markFileName(APP, OTHER), markFileName(`${APP}2`, KEY)];
    names.push(markFileName(APP.toUpperCase(), KEY));
    expect(new Set(names).size).toBe(4);
    expect(names.every(isMarkFile)).toBe(true);
    expect(names.map((name) => name.startsWith(folderHash(APP)))).toEqual([true, true, false, true]);
    expect(['x.json', 'passages.bin', `${names[0] ?? ''}.tmp`].some(isMarkFile)).toBe(false);
  });
});

describe('the marks of one folder', () => {
  const sealed = (level: Level) => ({ folder: APP, level, isSealed: true });
  const bare = (level: Level) => ({ folder: APP, level, isSealed: false });

  it.each<[string, Parameters<typeof saidBy>[0], Said]>([
    ['no mark', [], undefined],
    ['the user’s', [sealed('open')], 'open'],
    ['the strictest of the user’s', [sealed('open'), sealed('internal')], 'internal'],
    ['somebody’s open one', [bare('open')], undefined],
    ['somebody’s internal one', [bare('internal')], 'unreadable'],
    ['somebody’s private one', [bare('private'), bare('internal')], 'private'],
    ['somebody’s open one beside the user’s', [sealed('internal'), bare('open')], 'internal'],
    ['somebody’s internal one beside the user’s', [sealed('open'), bare('internal')], 'internal'],
    ['somebody’s private one beside the user’s', [sealed('open'), bare('private')], 'private'],
  ])('say, of %s, what cannot loosen anything', (_, marks, said) => expect(saidBy(marks)).toBe(said));

  it('give way to the user’s new word, where they are stricter or the user’s', () => {
    expect(isOverruled(sealed('open'), 'private')).toBe(true);
    expect(isOverruled(bare('private'), 'open')).toBe(true);
    expect(isOverruled(bare('open'), 'internal')).toBe(false);
    expect(isOverruled(bare('internal'), 'internal')).toBe(false);
  });
});
