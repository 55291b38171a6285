import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGitFile, readRemotes, remoteName } from '../../../src/core/privacy/gitRemote.ts';

describe('remotes of a config', () => {
  it.each<[string, string, string[] | undefined]>([
    ['none', '[core]\n\tbare = false\n', []],
    ['one', '[remote "origin"]\n\turl = git@github.com:acme/app.git\n', ['git@github.com:acme/app.git']],
    [
      'all of them, pushurl too',
      '[remote "origin"]\nurl = https://a/b\npushurl = https://c/d\n[branch "x"]\nurl = no\n[remote "fork"]\n url=e:f/g',
      ['https://a/b', 'https://c/d', 'e:f/g'],
    ],
    ['several of one', '[remote "o"]\nurl = a\nurl = b\n', ['a', 'b']],
    ['in other case and on one line', '[REMOTE "o"] URL = a', ['a']],
    ['in the old spelling', '[remote.origin]\nurl = a', ['a']],
    [
      'with quotes, escapes and comments',
      String.raw`[remote "o"]
      url = "a;b#\"c" ; no
      # url = no
      ; url = no
      url = d\\e # no`,
      ['a;b#"c', String.raw`d\e`],
    ],
    ['over two lines', '[remote "o"]\nurl = https://git.corp\\\n.example/a\n', ['https://git.corp.example/a']],
    ['with Windows line ends', '[remote "o"]\r\n\turl = a\r\n', ['a']],
    ['with a quoted bracket', '[remote "o]"]\nurl = a', ['a']],
    ['with an empty value, which takes back the others', '[remote "o"]\nurl = a\nurl =\n', ['a']],
    ['an include, which is not followed', '[remote "o"]\nurl = a\n[include]\npath = ../x\n', undefined],
    ['an include on a condition', '[remote "o"]\nurl = a\n[includeIf "gitdir:~/x/"]\n  path = ../x\n', undefined],
    ['an include in the old spelling', '[includeif.onbranch:x]\npath = ../x', undefined],
    ['addresses that git changes', '[url "https://git.corp.example/"]\ninsteadOf = corp:\n', undefined],
    ['addresses that git changes to push', '[url "https://git.corp.example/"]\npushInsteadOf = corp:\n', undefined],
    ['a branch of the name of such a section', '[branch "include"]\npath = x\n[url "a"]\nx = y\n', []],
    ['an open quote', '[remote "o"]\nurl = "a\n', undefined],
    [
      'an unknown escape',
      String.raw`[remote "o"]
url = \q`,
      undefined,
    ],
    ['no value', '[remote "o"]\nurl\n', undefined],
    ['no section', 'url = a', undefined],
    ['no config', '<html>', undefined],
    ['an open section', '[remote "o"\nurl = a', undefined],
  ])('%s', (_, config, remotes) => {
    expect(readRemotes(config)).toEqual(remotes);
  });

  it('finds every remote that was written, whatever stands around it', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const url = fc.tuple(word, word, word).map(([host, owner, repo]) => `https://${host}.example/${owner}/${repo}.git`);
    const noise = fc.constantFrom('', '# x', '[core]\n\tbare = false', '[branch "main"]\n\tremote = origin', '  ');
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, word, url), { maxLength: 6 }), (parts) => {
        const config = parts.map(([before, name, at]) => `${before}\n[remote "${name}"]\n\turl = ${at}\n`).join('');
        expect(readRemotes(config)).toEqual(parts.map(([, , at]) => at));
      }),
    );
  });
});

describe('the name of a remote', () => {
  it.each([
    ['https://github.com/acme/app.git', 'github.com/acme/app'],
    ['https://github.com/acme/app/', 'github.com/acme/app'],
    ['https://user:secret@github.com/Acme/App.git', 'github.com/acme/app'],
    ['http://git.corp.example:8080/a/b', 'git.corp.example/a/b'],
    ['ssh://git@git.corp.example:2222/a/b.git', 'git.corp.example/a/b'],
    ['git@github.com:acme/app.git', 'github.com/acme/app'],
    ['git@github.com:/acme/app.git', 'github.com/acme/app'],
    ['github.com:acme/app', 'github.com/acme/app'],
    ['git://github.com/acme/app', 'github.com/acme/app'],
    ['git+ssh://git@github.com/acme/app', 'github.com/acme/app'],
    ['https://GITHUB.com./acme/app', 'github.com/acme/app'],
    ['https://github.com//acme///app.git', 'github.com/acme/app'],
    ['https://github.com/acme/my%20app', 'github.com/acme/my app'],
    ['https://github.com/acme/100%', 'github.com/acme/100%'],
    ['https://github.com/acme/app?x=1#y', 'github.com/acme/app'],
    ['https://evil.example/github.com/acme', 'evil.example/github.com/acme'],
    ['https://github.com@evil.example/acme/app', 'evil.example/acme/app'],
    ['[::1]:a/b', '[::1]/a/b'],
    ['/srv/git/app.git', '/srv/git/app'],
    ['file:///srv/git/app.git', '/srv/git/app'],
    ['../app', '../app'],
    ['C:\\git\\app', 'c:/git/app'],
  ])('%s', (address, name) => {
    expect(remoteName(address)).toBe(name);
  });
});

describe('a .git file', () => {
  it.each([
    ['gitdir: ../.git/modules/app\n', '../.git/modules/app'],
    ['gitdir: /home/me/app/.git/worktrees/x', '/home/me/app/.git/worktrees/x'],
    ['gitdir: C:/work/app/.git\r\n', 'C:/work/app/.git'],
    ['', undefined],
    ['hello', undefined],
    ['gitdir:', undefined],
  ])('%j', (text, target) => {
    expect(readGitFile(text)).toBe(target);
  });
});
