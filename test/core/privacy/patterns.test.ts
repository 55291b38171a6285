import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covering } from '../../../src/core/privacy/glob.ts';
import { type Level, LEVELS } from '../../../src/core/privacy/level.ts';
import {
  type Pattern,
  type Remotes,
  compilePatterns,
  isPathPattern,
  readPatterns,
} from '../../../src/core/privacy/patterns.ts';

const facts = { homes: ['/home/me', '/data/home/me'], ignoreCase: false };
const ask = (
  patterns: readonly (Pattern | 'unreadable')[],
  paths: readonly string[],
  remotes: Remotes = [],
  ignoreCase = false,
) => compilePatterns(patterns, covering, { ...facts, ignoreCase }).of(paths, () => remotes);
const matches = (match: string, path: string, ignoreCase = false) =>
  ask([{ match, level: 'internal' }], [path], [], ignoreCase).matched;

describe('a pattern of a path', () => {
  it.each([
    ['~/clients/**', '/home/me/clients', true],
    ['~/clients/**', '/home/me/clients/acme', true],
    ['~/clients/**', '/home/me/clients/acme/app/.hidden', true],
    ['~/clients/**', '/data/home/me/clients/acme', true],
    ['~/clients/**', '/home/me/clients2', false],
    ['~/clients/**', '/home/you/clients/acme', false],
    ['~/clients', '/home/me/clients/acme/app', true],
    ['~/clients/', '/home/me/clients/acme/app', true],
    ['~/clients/*', '/home/me/clients', false],
    ['~/clients/*', '/home/me/clients/acme', true],
    ['~/clients/*', '/home/me/clients/acme/app', true],
    ['~/{a,b}/**', '/home/me/b/x', true],
    ['~', '/home/me/x', true],
    ['~me/x', '/home/me/x', false],
    ['/srv/secret-[0-9]', '/srv/secret-1/app', true],
    ['/srv/secret-[0-9]', '/srv/secret-x/app', false],
    ['**/clients/**', '/anywhere/clients/acme', true],
    ['/', '/anything', true],
    ['/**', '/anything', true],
    ['C:\\work\\**', '/c:/work/app', true],
    ['c:/work', '/c:/work/app', true],
    ['C:\\work\\**', '/d:/work/app', false],
    ['\\\\server\\share\\**', '//server/share/app', true],
    ['~\\clients\\acme', '/home/me/clients/acme/x', true],
    ['!/srv/app', '/srv/other', false],
    // Names whose characters mean something in a glob still name themselves.
    ['/srv/app (copy)', '/srv/app (copy)/x', true],
    ['/srv/app (copy)/**', '/srv/app (copy)/x', true],
    ['/srv/a+b', '/srv/a+b', true],
    ['/srv/[draft]', '/srv/[draft]/x', true],
    ['/srv/App', '/srv/app', false],
  ])('%s and %s: %s', (match, path, expected) => {
    expect(matches(match, path)).toBe(expected);
  });

  it('ignores case where the system does', () => {
    expect(matches('C:\\Work\\**', '/c:/work/App', true)).toBe(true);
    expect(matches('~/CLIENTS', '/home/me/clients/x', true)).toBe(true);
    expect(matches('/Srv/App (Copy)', '/srv/app (copy)', true)).toBe(true);
  });

  it('matches by any name of the folder', () => {
    expect(ask([{ match: '/real/**', level: 'private' }], ['/link/app', '/real/app']).statements).toHaveLength(1);
  });

  it('means a home folder literally', () => {
    const { matched } = compilePatterns([{ match: '~/x', level: 'open' }], covering, {
      homes: ['/home/m[e]'],
      ignoreCase: false,
    }).of(['/home/me/x'], () => []);
    expect(matched).toBe(false);
  });

  it('covers everything below what it covers', () => {
    const segment = fc.stringMatching(/^[a-z.][a-z.]{0,5}$/).filter((text) => text !== '.' && text !== '..');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    const glob = fc.constantFrom('', '/*', '/**', '/*/**');
    fc.assert(
      fc.property(path, glob, path, path, (base, tail, first, more) => {
        const glob = `${base}${tail}`;
        const isCovered = matches(glob, `${base}${first}`);
        expect(!isCovered || matches(glob, `${base}${first}${more}`)).toBe(true);
        expect(tail.startsWith('/*/') || tail === '/*' || matches(glob, `${base}${more}`)).toBe(true);
      }),
    );
  });
});

describe('a pattern of a git remote', () => {
  const one = (match: string, remotes: Remotes) => ask([{ match, level: 'internal' }], ['/x'], remotes);

  it.each([
    ['github.com/acme/*', 'git@github.com:acme/app.git', true],
    ['github.com/acme/*', 'https://github.com/ACME/App', true],
    ['github.com/acme', 'https://github.com/acme/app', true],
    ['github.com/acme/*', 'https://github.com/acme2/app', false],
    ['https://github.com/acme/*', 'git@github.com:acme/app.git', true],
    ['git@github.com:acme/*', 'https://github.com/acme/app', true],
    ['GitHub.com/acme/app.git', 'https://github.com/acme/app', true],
    ['git.corp.example/**', 'ssh://git@git.corp.example:2222/a/b/c.git', true],
    ['*.corp.example/**', 'https://git.corp.example/a/b', true],
    ['*.corp.example/**', 'https://corp.example/a/b', false],
    ['git.corp.example/**', 'https://evil.example/git.corp.example/x', false],
    ['!github.com/acme/*', 'https://elsewhere.example/x/y', false],
    ['git.corp.example/**', 'https://git.corp.example.evil.example/x', false],
    ['git.corp.example/**', 'https://git.corp.example@evil.example/x', false],
  ])('%s and %s: %s', (match, remote, expected) => {
    expect(one(match, [remote])).toEqual({
      statements: expected ? [{ said: 'internal', by: match }] : [],
      matched: expected,
    });
  });

  it('answers for a folder only if every remote is matched', () => {
    const both = ['https://github.com/acme/app', 'https://elsewhere.example/x/y'];
    expect(one('github.com/acme/*', both)).toMatchObject({ matched: false, statements: [{ said: 'internal' }] });
    expect(one('github.com/acme/*', [])).toEqual({ matched: false, statements: [] });
  });

  it.each(['unread', 'unreadable'] as const)('counts remotes that are %s', (said) => {
    expect(one('github.com/acme/*', said)).toEqual({ matched: false, statements: [{ said, by: 'git remotes' }] });
  });

  it('does not ask for remotes that no pattern names', () => {
    const patterns = compilePatterns([{ match: '/srv', level: 'open' }], covering, facts);
    expect(patterns.wantRemotes).toBe(false);
    const never = () => {
      throw new Error('asked');
    };
    expect(patterns.of(['/srv/x'], never).matched).toBe(true);
  });
});

describe('a list of patterns', () => {
  it('keeps what is right and makes the rest unreadable', () => {
    const good = { match: '~/x', level: 'open' };
    expect(
      readPatterns([good, { match: '~/y', level: 'opne' }, { match: '' }, null, 'x', { ...good, more: 1 }]),
    ).toEqual([good, ...Array.from({ length: 5 }, () => 'unreadable')]);
    expect(readPatterns(undefined)).toEqual([]);
    expect(readPatterns({ 0: good })).toEqual(['unreadable']);
  });

  it('says of every folder that an entry cannot be read', () => {
    expect(ask(['unreadable', { match: '~/x', level: 'open' }], ['/elsewhere']).statements).toMatchObject([
      { said: 'unreadable' },
    ]);
    expect(ask([{ match: `/${'x'.repeat(70_000)}`, level: 'private' }], ['/y']).statements).toMatchObject([
      { said: 'unreadable' },
    ]);
  });

  it('reports every pattern that matches, and only those', () => {
    const level = fc.constantFrom<Level>(...LEVELS);
    const name = fc.constantFrom('a', 'b', 'c');
    const pattern = fc.record({
      match: fc.oneof(
        name.map((x) => `/${x}`),
        name.map((x) => `host.example/${x}`),
      ),
      level,
    });
    fc.assert(
      fc.property(fc.array(pattern), name, fc.array(name, { maxLength: 3 }), (patterns, path, repos) => {
        const { statements, matched } = ask(
          patterns,
          [`/${path}`],
          repos.map((repo) => `https://host.example/${repo}.git`),
        );
        const hits = patterns.filter(
          ({ match }) => match === `/${path}` || repos.some((repo) => match.endsWith(`e/${repo}`)),
        );
        expect(statements.map(({ said, by }) => `${by} ${said ?? ''}`).toSorted()).toEqual(
          hits.map(({ match, level }) => `${match} ${level}`).toSorted(),
        );
        const isOwn = patterns.some(({ match }) => match === `/${path}`);
        const every =
          repos.length > 0 && repos.every((repo) => patterns.some(({ match }) => match.endsWith(`e/${repo}`)));
        expect(matched).toBe(isOwn || every);
      }),
    );
  });

  it.each([
    ['/x', true],
    ['~', true],
    ['~/x', true],
    ['c:\\x', true],
    ['\\\\s\\x', true],
    ['**/x', true],
    ['github.com/x', false],
    ['*.corp/x', false],
    ['**', false],
    ['git@github.com:acme/*', false],
  ])('%s is a path: %s', (match, expected) => {
    expect(isPathPattern(match)).toBe(expected);
  });
});
