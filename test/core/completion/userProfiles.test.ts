import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../../src/core/completion/profileData.ts';
import { type Profile, renderPrompt } from '../../../src/core/completion/profiles.ts';
import { type ProfileEntry, ProfileSetting, userProfile } from '../../../src/core/completion/userProfiles.ts';

const profile = (entry: ProfileEntry, name = 'mine'): Profile => {
  const found = userProfile([entry], { name });
  if (found === undefined || found === 'holeFilling') throw new Error(`no profile: ${found}`);
  return found;
};

describe('the schema', () => {
  test.each([
    { match: 'x', use: 'qwen-coder' },
    { match: 'x', use: 'holeFilling' },
    { match: 'x', order: 'separate' },
    { match: 'x', frame: ['<PRE>', '<SUF>', '<MID>'], stops: ['<EOT>'], layouts: ['lineAnchored'] },
    { match: 'x', use: 'codestral', files: { open: '', file: '{path}\n{code}', current: '{path}' } },
  ])('takes %j', (entry) => expect(v.safeParse(ProfileSetting, entry).success).toBe(true));

  test.each([
    { match: 'x' },
    { match: '', use: 'qwen-coder' },
    { use: 'qwen-coder' },
    { match: 'x', use: 'qwen' },
    { match: 'x', frame: ['<PRE>', '<SUF>'] },
    { match: 'x', frame: ['a', 'b', 'c', 'd'] },
    { match: 'x', use: 'qwen-coder', layouts: [] },
    { match: 'x', use: 'qwen-coder', stops: [''] },
    { match: 'x', use: 'qwen-coder', stops: Array.from({ length: 17 }, String) },
    { match: 'x', use: 'qwen-coder', order: 'middleFirst' },
    { match: 'x', use: 'qwen-coder', extra: true },
  ])('refuses %j', (entry) => expect(v.safeParse(ProfileSetting, entry).success).toBe(false));
});

describe('names', () => {
  test.each([
    ['my-coder', 'my-coder:latest', true],
    ['my-coder', 'hf.co/Me/My_Coder:Q4_K_M', true],
    ['my-coder', 'my-coder-2', false],
    ['my-coder:7b', 'my-coder:7b', true],
    ['my-coder:7b', 'my-coder:13b', false],
    ['my-*', 'my-coder:7b', true],
    ['*coder*', 'that-coder-instruct:7b', true],
    ['my.coder', 'myxcoder', false],
    ['a+b(c)', 'a+b(c):1', true],
  ])('%s matches %s: %s', (match, name, expected) => {
    expect(userProfile([{ match, use: 'holeFilling' }], { name })).toBe(expected ? 'holeFilling' : undefined);
  });

  test('the first entry that matches counts', () => {
    const entries: ProfileEntry[] = [
      { match: 'mine:7b', use: 'holeFilling' },
      { match: 'mine*', use: 'codestral' },
    ];
    expect(userProfile(entries, { name: 'mine:7b' })).toBe('holeFilling');
    expect(userProfile(entries, { name: 'mine:13b' })).toMatchObject({ order: 'suffixFirst' });
  });
});

describe('profiles', () => {
  test('of a family, and with single things changed', () => {
    const qwen = PROFILES.find(({ id }) => id === 'qwen-coder');
    const { id, names, families, except, source, ...same } = profile({ match: 'mine', use: 'qwen-coder' });
    expect(qwen).toMatchObject(same);
    expect([id, names.test('mine'), families, except, source]).toEqual([
      'user:{"match":"mine","use":"qwen-coder"}',
      false,
      undefined,
      undefined,
      'settings',
    ]);
    const changed = profile({ match: 'mine', use: 'qwen-coder', layouts: ['prefixFirst'], stops: ['\n\n'] });
    expect(changed.layouts).toEqual(['prefixFirst']);
    expect(changed.stops.slice(0, 2)).toEqual(['\n\n', '<|endoftext|>']);
  });

  test('with a frame of its own, whose markers end the text and never stand in it', () => {
    const mine = profile({ match: 'mine', frame: ['<PRE> ', ' <SUF>', ' <MID>'], stops: ['<EOT>'] });
    expect(renderPrompt(mine, 'P', 'S')).toBe('<PRE> P <SUF>S <MID>');
    expect(mine.stops).toEqual(['<EOT>', '<PRE>', '<SUF>', '<MID>']);
    expect(mine.reserved).toEqual(['<PRE>', '<SUF>', '<MID>']);
    expect(mine.layouts).toEqual(['prefixFirst']);
    const other = profile({ match: 'mine', frame: ['[S]', '[P]', ''], order: 'suffixFirst' });
    expect(renderPrompt(other, 'P', 'S')).toBe('[S]S[P]P');
    expect([other.layouts, other.reserved]).toEqual([['suffixFirst'], ['[S]', '[P]']]);
    // The files of the family that it comes from would bring tokens that this frame does not have.
    expect(profile({ match: 'mine', use: 'qwen-coder', frame: ['a', 'b', 'c'] }).files).toBeUndefined();
  });

  test('with a form for other files', () => {
    const files = { open: '', file: '// {path}\n{code}\n', current: '// {path}\n', at: 'prefix' } as const;
    const mine = profile({ match: 'mine', frame: ['<P>', '<S>', '<M>'], files });
    const parts = { files: [{ path: 'a', code: 'A' }], path: 'b' };
    expect(renderPrompt(mine, 'P', 'S', parts)).toBe('<P>// a\nA\n// b\nP<S>S<M>');
  });

  test('two that differ have different ids, so that what is remembered of one is not used for the other', () => {
    const [a, b] = [profile({ match: 'mine', use: 'codestral' }), profile({ match: 'mine', use: 'mellum' })];
    expect(a.id).not.toBe(b.id);
  });
});
