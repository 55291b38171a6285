import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { taintOf, tighten } from '../../../src/core/chat/taint.ts';
import type { Clock } from '../../../src/core/event.ts';
import type { Endpoint } from '../../../src/core/model.ts';
import type { Remotes } from '../../../src/core/privacy/patterns.ts';
import { Clearance, createPolicy } from '../../../src/core/privacy/policy.ts';
import { markFileName, writeMark } from '../../../src/core/privacy/markFile.ts';
import { createFolderNames } from '../../../src/editor/folderNames.ts';
import { createGitRemotes } from '../../../src/editor/gitRemotes.ts';
import { createMarkKey, createMarks } from '../../../src/editor/marks.ts';
import { createOrganisation } from '../../../src/editor/organisation.ts';
import { userValue } from '../../../src/editor/userValue.ts';
import { type WorkspaceLevels, createWorkspaceLevels } from '../../../src/editor/workspaceLevels.ts';

const CLOUD: Endpoint = {
  id: 'cloud',
  label: 'Cloud',
  protocol: 'openai',
  url: 'https://closed.example/v1',
  zone: 'cloud',
  needsKey: false,
};
const clock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};

/** User storage as the editor hands it out, which another window can change silently. */
function createStorage() {
  const values = new Map<string, unknown>();
  const memento: vscode.Memento = {
    keys: () => [...values.keys()],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the interface leaves it to the caller
    get: <T>(key: string, fallback?: T) => (values.has(key) ? values.get(key) : fallback) as T,
    update(key, value: unknown) {
      values.set(key, value);
      return Promise.resolve();
    },
  };
  return memento;
}

async function until(what: string, probe: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; Date.now() < end;) {
    if (probe()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  assert.fail(`never: ${what}`);
}

describe('levels', () => {
  let dir: string;
  const parts: { dispose(): void }[] = [];
  const keep = <T extends { dispose(): void }>(part: T): T => {
    parts.push(part);
    return part;
  };
  beforeEach(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), 'switchyard-levels-')));
  });
  afterEach(async () => {
    for (const part of parts.splice(0)) part.dispose();
    await rm(dir, { recursive: true, force: true });
  });
  const at = (...path: string[]) => vscode.Uri.file(join(dir, ...path));
  const put = async (path: string, text: string) => {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), text);
  };

  describe('a folder by its other names', () => {
    /** What a window has: `machine` is where it runs, and `memory` is where its user sits. */
    const marksOf = (machine: string = crypto.randomUUID(), memory = createStorage()) =>
      keep(createMarks({ dir: join(dir, machine), key: createMarkKey(memory), names: createFolderNames(), clock }));
    beforeEach(async () => {
      await mkdir(join(dir, 'real/app/deep'), { recursive: true });
      await symlink(join(dir, 'real'), join(dir, 'link'));
      await symlink(join(dir, 'real/app'), join(dir, 'other'));
    });

    it('keeps its mark through links, both ways', async () => {
      const marks = marksOf();
      await marks.set(at('real/app'), 'private');
      assert.equal(marks.of(at('link/app')), 'private');
      assert.equal(marks.of(at('other')), 'private');
      const others = marksOf();
      await others.set(at('link/app'), 'private');
      assert.equal(others.of(at('real/app')), 'private');
      assert.equal(others.of(at('other')), 'private');
    });

    it('is inside what is marked, through links', async () => {
      const marks = marksOf();
      await marks.set(at('link'), 'internal');
      for (const folder of [at('real/app'), at('other'), at('other/deep')]) {
        assert.deepEqual(
          marks.around(folder).map(({ said }) => said),
          ['internal'],
        );
      }
      assert.equal(marks.of(at('real/app')), undefined);
    });

    it('is as strict as the strictest of its names', async () => {
      const marks = marksOf();
      await marks.set(at('link/app'), 'private');
      await marks.set(at('real/app'), 'open');
      assert.equal(marks.of(at('real/app')), 'open');
      assert.equal(marks.of(at('link/app')), 'private');
    });

    it('is another folder in other case, where the file system says so', async () => {
      const marks = marksOf();
      await marks.set(at('real/app'), 'private');
      const isOneFolder = process.platform === 'win32' || process.platform === 'darwin';
      assert.equal(marks.of(at('real/APP')), isOneFolder ? 'private' : undefined);
      assert.equal(marks.of(at('real/app2')), undefined);
    });

    it('takes what cannot be read as such', async () => {
      const marks = marksOf('here');
      await marks.set(at('real/app/deep'), 'open');
      const odd = markFileName(at('real/app').toString(), [1, 2, 3, 4]);
      await writeFile(join(dir, 'here', odd), '{"version":1,"folder":"');
      assert.equal(marks.of(at('real/app')), 'unreadable');
      assert.equal(marks.of(at('link/app')), 'unreadable');
      assert.deepEqual(marks.around(at('real/app/deep')), [{ by: at('real/app').toString(), said: 'unreadable' }]);
      assert.equal(marks.of(at('real')), undefined);
      assert.deepEqual(marks.around(at('real')), []);
      await marks.set(at('real/app'), 'open');
      assert.equal(marks.of(at('real/app')), 'open');
      assert.deepEqual(marks.around(at('real/app/deep')), [{ by: at('real/app').toString(), said: 'open' }]);
      await symlink(join(dir, 'loop'), join(dir, 'loop'));
      assert.equal(marks.of(at('loop')), 'unreadable');
      await rm(join(dir, 'here'), { recursive: true });
      assert.equal(marks.of(at('real/app')), 'unreadable');
      await assert.rejects(marks.set(at('real/app'), 'open'));
    });

    it('has no mark on another machine, where the same path is another folder', async () => {
      const memory = createStorage();
      const [here, there] = [marksOf('here', memory), marksOf('there', memory)];
      await here.set(at('real/app'), 'open');
      assert.equal(there.of(at('real/app')), undefined);
      await there.set(at('real/app'), 'private');
      assert.equal(here.of(at('real/app')), 'open');
    });

    it('is opened by no mark that came with the machine or is of another profile; those only tighten', async () => {
      const marks = marksOf('here');
      const app = at('real/app');
      const plant = async (level: 'private' | 'internal' | 'open') =>
        writeFile(
          join(dir, 'here', markFileName(app.toString(), [1, 2, 3, 4])),
          writeMark(app.toString(), level, [1, 2, 3, 4]),
        );
      await plant('open');
      assert.equal(marks.of(app), undefined);
      await plant('internal');
      await until('read', () => marks.of(app) === 'unreadable');
      await marks.set(app, 'internal');
      assert.equal(marks.of(app), 'internal');
      await plant('private');
      await until('read', () => marks.of(app) === 'private');
      assert.deepEqual(marks.around(at('real/app/deep')), [{ by: app.toString(), said: 'private' }]);
      await marks.set(app, 'open');
      assert.equal(marks.of(app), 'open');
    });

    it('keeps the mark of a private folder in every profile', async () => {
      const [one, other] = [marksOf('here'), marksOf('here')];
      await one.set(at('real/app'), 'open');
      await other.set(at('real/app'), 'open');
      assert.deepEqual([one.of(at('real/app')), other.of(at('real/app'))], ['open', 'open']);
      await other.set(at('real/app'), 'private');
      assert.equal(one.of(at('real/app')), 'private');
    });

    it('hears of another window’s mark at once', async () => {
      const memory = createStorage();
      const [here, there] = [marksOf('here', memory), marksOf('here', memory)];
      let heard = 0;
      here.onDidChange(() => (heard += 1));
      const started = Date.now();
      await there.set(at('real/app'), 'private');
      await until('heard', () => heard > 0);
      assert.ok(Date.now() - started < 500);
      assert.equal(here.of(at('real/app')), 'private');
    });
  });

  describe('git remotes', () => {
    const config = (url: string) => `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n`;
    const read = async (folder: vscode.Uri): Promise<Remotes> => {
      const remotes = keep(createGitRemotes());
      assert.equal(remotes.of(folder), 'unread');
      await until('read', () => remotes.of(folder) !== 'unread');
      return remotes.of(folder);
    };

    it('are those of the repository around a folder', async () => {
      await put('app/.git/config', config('git@github.com:acme/app.git'));
      await mkdir(join(dir, 'app/packages/core'), { recursive: true });
      assert.deepEqual(await read(at('app')), ['git@github.com:acme/app.git']);
      assert.deepEqual(await read(at('app/packages/core')), ['git@github.com:acme/app.git']);
    });

    it('are none without a repository', async () => {
      await mkdir(join(dir, 'plain'));
      assert.deepEqual(await read(at('plain')), []);
    });

    it('are those of the clone that a worktree is from', async () => {
      await put('app/.git/config', config('https://github.com/acme/app'));
      await put('app/.git/worktrees/fix/commondir', '../..\n');
      await put('app/.git/worktrees/fix/config.worktree', config('https://github.com/acme/fork'));
      await put('fix/.git', `gitdir: ${join(dir, 'app/.git/worktrees/fix')}\n`);
      assert.deepEqual(await read(at('fix')), ['https://github.com/acme/app', 'https://github.com/acme/fork']);
    });

    it('are a submodule’s own', async () => {
      await put('app/.git/config', config('https://github.com/acme/app'));
      await put('app/.git/modules/lib/config', config('https://github.com/acme/lib'));
      await put('app/lib/.git', 'gitdir: ../.git/modules/lib\n');
      assert.deepEqual(await read(at('app/lib')), ['https://github.com/acme/lib']);
    });

    it('cannot be read from what is not a config, not a file, or not there', async () => {
      await put('a/.git/config', '<html>');
      await mkdir(join(dir, 'b/.git/config'), { recursive: true });
      await put('c/.git', 'gitdir: ../nowhere\n');
      await put('d/.git', 'hello');
      for (const name of ['a', 'b', 'c', 'd']) assert.equal(await read(at(name)), 'unreadable', name);
      assert.equal(await read(vscode.Uri.parse('vscode-vfs://elsewhere/a/b')), 'unreadable');
    });

    it('are in the address of GitHub’s virtual folders', async () => {
      assert.deepEqual(await read(vscode.Uri.parse('vscode-vfs://github/acme/app')), ['https://github.com/acme/app']);
    });

    it('are read again when they change', async () => {
      await put('app/.git/config', config('https://github.com/acme/app'));
      const remotes = keep(createGitRemotes());
      remotes.of(at('app'));
      await until('read', () => remotes.of(at('app')) !== 'unread');
      // The watcher needs a moment before it sees anything.
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
      await put('app/.git/config', config('https://git.corp.example/app'));
      await until('read again', () => String(remotes.of(at('app'))).includes('corp'));
      assert.deepEqual(remotes.of(at('app')), ['https://git.corp.example/app']);
    });
  });

  describe('of the window', () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const open = (policyFile = join(dir, 'policy.json')) => {
      const problems: string[] = [];
      const organisation = keep(createOrganisation([policyFile], ({ problem }) => problems.push(problem)));
      const levels = keep(createWorkspaceLevels({ storage: dir, memory: createStorage(), organisation, clock }));
      return { levels, problems };
    };
    const set = async (id: string, value: unknown) =>
      vscode.workspace.getConfiguration('switchyard').update(id, value, vscode.ConfigurationTarget.Global);
    afterEach(async () => {
      await set('privacy.patterns', undefined);
      await set('privacy.maximumLevel', undefined);
      await rm(join(folder.uri.fsPath, '.vscode'), { recursive: true, force: true });
      await rm(join(folder.uri.fsPath, 'nested'), { recursive: true, force: true });
      await rm(join(folder.uri.fsPath, 'out.ts'), { force: true });
      const said = () => vscode.workspace.getConfiguration('switchyard', folder).inspect('privacy.level');
      await until(
        'settings gone',
        () => said()?.workspaceFolderValue === undefined && said()?.workspaceValue === undefined,
      );
    });

    it('follow the user’s patterns, without a question', async () => {
      const { levels } = open();
      assert.equal(levels.window().level, 'private');
      await set('privacy.patterns', [{ match: `${folder.uri.fsPath}/**`, level: 'open' }]);
      await until('open', () => levels.window().level === 'open');
      assert.equal(levels.window().reasons[0]?.source, 'pattern');
      await levels.marks.set(folder.uri, 'internal');
      assert.equal(levels.window().level, 'internal');
      await set('privacy.patterns', [{ match: `${folder.uri.fsPath}/**`, level: 'opne' }]);
      await until('private', () => levels.window().reasons[0]?.source === 'unreadable');
    });

    it('count a folder as private until the patterns were read', async () => {
      await set('privacy.patterns', [{ match: '/nowhere/**', level: 'open' }]);
      const { levels } = open();
      await levels.marks.set(folder.uri, 'open');
      assert.deepEqual(
        levels.window().reasons.map(({ source, what }) => [source, what]),
        [
          ['unread', 'pattern'],
          ['mark', undefined],
        ],
      );
      await until('read', () => levels.window().level === 'open');
    });

    it('count a folder as private until its git remotes were read', async () => {
      const { levels } = open();
      await levels.marks.set(folder.uri, 'open');
      await set('privacy.patterns', [{ match: 'github.com/acme/*', level: 'internal' }]);
      await until('unread', () => levels.window().reasons[0]?.source === 'unread');
      await until('read', () => levels.window().level === 'open');
      assert.equal(levels.window().reasons[0]?.source, 'mark');
    });

    it('follow the user’s maximum', async () => {
      const { levels } = open();
      await levels.marks.set(folder.uri, 'open');
      await set('privacy.maximumLevel', 'internal');
      await until('internal', () => levels.window().level === 'internal');
      assert.equal(levels.window().reasons[0]?.source, 'maximum');
    });

    it('take no pattern and no maximum from a repository, in whatever spelling', async () => {
      const { levels } = open();
      const match = `${folder.uri.fsPath}/**`;
      await mkdir(join(folder.uri.fsPath, '.vscode'));
      for (const settings of [
        { 'switchyard.privacy.patterns': [{ match, level: 'open' }] },
        { 'switchyard.privacy': { patterns: [{ match, level: 'open' }], maximumLevel: 'open' } },
        { switchyard: { privacy: { patterns: [{ match, level: 'open' }], level: 'internal' } } },
      ]) {
        await writeFile(join(folder.uri.fsPath, '.vscode/settings.json'), JSON.stringify(settings));
        await new Promise((resolve) => {
          setTimeout(resolve, 300);
        });
        assert.equal(levels.window().level, 'private', JSON.stringify(settings));
        assert.equal(levels.window().reasons[0]?.source, 'unclassified');
      }
      await levels.marks.set(folder.uri, 'open');
      await until('tightened', () => levels.window().level === 'internal');
    });

    it('follow the organisation’s policy as it comes, changes, breaks and goes', async () => {
      const { levels, problems } = open();
      await levels.marks.set(folder.uri, 'open');
      assert.equal(levels.window().level, 'open');
      await put('policy.json', '{"version":1,"maximumLevel":"internal"}');
      await until('internal', () => levels.window().level === 'internal');
      const match = `${folder.uri.fsPath}/**`;
      await put('policy.json', JSON.stringify({ version: 1, folders: [{ match, level: 'private' }] }));
      await until('private', () => levels.window().level === 'private');
      await until('read', () => levels.window().reasons[0]?.source === 'organisation');
      await put('policy.json', '{"version":3}');
      await until('unreadable', () => levels.window().reasons[0]?.what === 'organisation');
      assert.ok(problems.some((problem) => problem.includes('version')));
      await rm(join(dir, 'policy.json'));
      await until('open', () => levels.window().level === 'open');
    });

    it('cannot be loosened by the organisation’s policy', async () => {
      await put('policy.json', JSON.stringify({ version: 1, folders: [{ match: '/**', level: 'open' }] }));
      const { levels } = open();
      await until('read', () => levels.window().reasons.some(({ source }) => source === 'organisation'));
      assert.equal(levels.window().level, 'private');
      assert.equal(levels.window().reasons[0]?.source, 'unclassified');
    });

    it('are those of where a file really lies', async () => {
      const { levels } = open();
      const { marks } = levels;
      await marks.set(folder.uri, 'open');
      const inside = vscode.Uri.joinPath(folder.uri, 'nested/secret.ts');
      await vscode.workspace.fs.writeFile(inside, new Uint8Array());
      await put('client/plan.ts', '');
      await symlink(join(dir, 'client/plan.ts'), join(folder.uri.fsPath, 'out.ts'));
      const link = vscode.Uri.joinPath(folder.uri, 'out.ts');
      const level = (uri: vscode.Uri) => levels.of(levels.sourcesOf(uri.toString())).level;
      const plain = vscode.Uri.joinPath(folder.uri, 'greet.ts');
      assert.deepEqual([plain, inside, link, at('client/plan.ts')].map(level), ['open', 'open', 'open', 'open']);
      await marks.set(vscode.Uri.joinPath(folder.uri, 'nested'), 'private');
      await marks.set(at('client'), 'internal');
      assert.deepEqual([plain, inside, link, at('client/plan.ts')].map(level), [
        'open',
        'private',
        'internal',
        'internal',
      ]);
      assert.equal(level(inside.with({ scheme: 'git', query: '{"ref":"HEAD"}' })), 'private');
      const elsewhere = JSON.stringify({ file: inside.toString() });
      assert.equal(level(vscode.Uri.from({ scheme: 'vscode-local-history', path: '/x', query: elsewhere })), 'private');
      await set('privacy.patterns', [{ match: `${dir}/client/**`, level: 'private' }]);
      // While the matcher is being loaded, all is private.
      await until('read', () => level(plain) === 'open' && level(link) === 'private');
      assert.equal(level(inside), 'private');
    });

    describe('of a place inside a folder', () => {
      const level = (levels: WorkspaceLevels, uri: vscode.Uri) => levels.of(levels.sourcesOf(uri.toString())).level;
      const write = async (path: string, text = '') => {
        const uri = vscode.Uri.joinPath(folder.uri, path);
        await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
        return uri;
      };
      const config = (address: string) => `[remote "origin"]\n\turl = https://${address}.git\n`;
      const PAYMENTS = [{ match: 'git.corp.example/payments/**', level: 'private' }];

      it('cut a request in flight, and tighten a chat, from the moment at which it is marked', async () => {
        const { levels } = open();
        await levels.marks.set(folder.uri, 'open');
        const uri = await write('nested/deep/plan.ts');
        const sources = levels.sourcesOf(uri.toString());
        const taint = taintOf(sources, levels);
        const policy = createPolicy(levels.of, levels.onDidChange);
        const cleared = policy.clear({ task: 'completion', endpoint: CLOUD, sources });
        assert.ok(Clearance.isGenuine(cleared));
        assert.equal(policy.recheck(cleared), undefined);
        await levels.marks.set(vscode.Uri.joinPath(folder.uri, 'nested'), 'private');
        assert.equal(policy.recheck(cleared)?.rule, 'level:private');
        assert.deepEqual(tighten(taint, levels), [
          { folder: folder.uri.toString(), level: 'open' },
          { place: uri.toString(), level: 'private' },
        ]);
        await levels.marks.set(vscode.Uri.joinPath(folder.uri, 'nested'), 'open');
        assert.equal(policy.recheck(cleared)?.rule, 'level:private');
        assert.equal(levels.of(sources).level, 'open');
      });

      it('say of a place only what is not said of its folder', async () => {
        const { levels } = open();
        await levels.marks.set(folder.uri, 'private');
        const uri = await write('nested/plan.ts');
        const place = { kind: 'place', uri: uri.toString() } as const;
        assert.equal(levels.of([place]).level, 'open');
        await set('privacy.patterns', [{ match: `${folder.uri.fsPath}/nested/plan.ts`, level: 'internal' }]);
        await until('internal', () => levels.of([place]).level === 'internal');
        assert.equal(levels.of([{ kind: 'place', uri: 'a b://c' }]).level, 'private');
      });

      it('are those of the repository that a file lies in, below the folder, in a submodule or elsewhere', async () => {
        const { levels } = open();
        await levels.marks.set(folder.uri, 'open');
        const clone = await write('nested/app/src/pay.ts');
        await write('nested/app/.git/config', config('git.corp.example/payments/app'));
        const module = await write('nested/site/lib/pay.ts');
        await write('nested/site/.git/config', config('github.com/acme/site'));
        await write('nested/site/.git/modules/lib/config', config('git.corp.example/payments/lib'));
        await write('nested/site/lib/.git', 'gitdir: ../.git/modules/lib\n');
        const site = await write('nested/site/index.ts');
        const includes = await write('nested/odd/a.ts');
        await write('nested/odd/.git/config', '[include]\n\tpath = ../remotes\n');
        await put('clone/.git/config', config('git.corp.example/payments/app'));
        await put('clone/src/pay.ts', '');
        await symlink(join(dir, 'clone/src/pay.ts'), join(folder.uri.fsPath, 'out.ts'));
        const all = [clone, module, site, includes, at('clone/src/pay.ts'), vscode.Uri.joinPath(folder.uri, 'out.ts')];
        const levelsOf = () => all.map((uri) => level(levels, uri));
        assert.ok(levelsOf().every((each) => each === 'open'));
        await set('privacy.patterns', PAYMENTS);
        await until('asked', () => levels.window().reasons.some(({ source }) => source === 'unread'));
        // Nothing goes while the remotes are being read, and afterwards what is no rule's.
        assert.equal(level(levels, site), 'private');
        await until('read', () => level(levels, site) === 'open' && levels.window().level === 'open');
        await until(
          'all read',
          () =>
            !all.some((uri) =>
              levels.of(levels.sourcesOf(uri.toString())).reasons.some(({ source }) => source === 'unread'),
            ),
        );
        assert.deepEqual(levelsOf(), ['private', 'private', 'open', 'private', 'private', 'private']);
      });

      it('are private until the remotes of the place were read, though those of the folder are known', async () => {
        const { levels } = open();
        await levels.marks.set(folder.uri, 'open');
        await set('privacy.patterns', PAYMENTS);
        await until('asked', () => levels.window().reasons.some(({ source }) => source === 'unread'));
        await until('read', () => levels.window().level === 'open');
        const uri = await write('nested/new/a.ts');
        assert.equal(level(levels, uri), 'private');
        await until('read, too', () => level(levels, uri) === 'open');
        await write('nested/new/.git/config', config('git.corp.example/payments/new'));
        await until('found', () => level(levels, uri) === 'private');
      });
    });
  });

  it('take the user’s own settings alone where a dev container has some, too', () => {
    assert.equal(userValue(undefined), undefined);
    assert.equal(userValue({ globalValue: 1 }), 1);
    assert.equal(userValue({ globalValue: 2, globalLocalValue: 1, globalRemoteValue: 2 }), 1);
    assert.equal(userValue({ globalValue: 2, globalRemoteValue: 2 }), undefined);
  });
});
