import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readGguf } from '../../src/builtin/gguf.ts';
import { type Places, findModels, usualPlaces } from '../../src/builtin/places.ts';
import { createShelf } from '../../src/builtin/shelf.ts';
import { ggufFile } from './ggufFile.ts';

let dir: string;
let places: Places;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-places-'));
  places = {
    own: join(dir, 'own'),
    named: [join(dir, 'named'), join(dir, 'missing')],
    ollama: [join(dir, 'ollama')],
    lmStudio: [join(dir, 'lmstudio')],
  };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const put = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), content);
};
/** A manifest and its blob, as Ollama lays them (docs.ollama.com; layout read from a real one, v0.34.0). */
const pulled = (manifest: string, weights: Buffer | undefined) => {
  const digest = createHash('sha256')
    .update(weights ?? 'cloud')
    .digest('hex');
  const layers = [{ mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'0'.repeat(64)}`, size: 1 }];
  if (weights) {
    layers.push({ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: weights.length });
    put(`ollama/blobs/sha256-${digest}`, weights);
  }
  put(`ollama/manifests/${manifest}`, JSON.stringify({ schemaVersion: 2, layers }));
};

test('models are found where they are, each file once, under the names that people know', async () => {
  put('own/mine.gguf', 'x');
  put('own/notes.txt', 'x');
  put('named/deep/er/theirs.GGUF', 'x');
  put('named/mmproj-theirs.gguf', 'x');
  put('named/big-00001-of-00002.gguf', 'xx');
  put('named/big-00002-of-00002.gguf', 'xxx');
  put('named/half-00001-of-00002.gguf', 'x');
  put('lmstudio/owner/repo/studio.gguf', 'x');
  pulled('registry.ollama.ai/library/qwen2.5-coder/0.5b', Buffer.from('weights'));
  pulled('registry.ollama.ai/someone/model/latest', Buffer.from('others'));
  pulled('hf.co/Owner/Repo-GGUF/Q4_K_M', Buffer.from('hugging'));
  pulled('registry.ollama.ai/library/gpt-oss/120b-cloud', undefined);
  put('ollama/manifests/registry.ollama.ai/library/broken/latest', '{');
  const found = await findModels(places);
  const shown = new Set(found.map(({ name, origin, own }) => `${name} | ${origin} | ${own}`));
  expect(shown).toEqual(
    new Set(
      [
        ['mine', 'Switchyard’s folder', true],
        ['theirs', join(dir, 'named'), false],
        ['big', join(dir, 'named'), false],
        ['studio', 'LM Studio', false],
        ['qwen2.5-coder:0.5b', 'Ollama', false],
        ['someone/model:latest', 'Ollama', false],
        ['hf.co/Owner/Repo-GGUF:Q4_K_M', 'Ollama', false],
      ].map((row) => row.join(' | ')),
    ),
  );
  expect(found.find(({ name }) => name === 'big')?.sizeBytes).toBe(5);
});

test('files of one name are all listed, under names that are made of where they lie', async () => {
  put('own/model.gguf', 'x');
  for (const path of ['owner/b', 'owner/a', 'other/a']) put(`lmstudio/${path}/model.gguf`, 'x');
  put('named/model.gguf', 'x');
  const names = async (from = places) =>
    Object.fromEntries((await findModels(from)).map(({ path, name }) => [path.slice(dir.length + 1), name]));
  const all = {
    'own/model.gguf': 'model',
    'named/model.gguf': `model (${join(dir, 'named')})`,
    'lmstudio/other/a/model.gguf': 'model (other/a)',
    'lmstudio/owner/a/model.gguf': 'model (owner/a)',
    'lmstudio/owner/b/model.gguf': 'model (owner/b)',
  };
  expect(await names()).toEqual(all);
  // They stay when another comes or goes.
  rmSync(join(dir, 'lmstudio/owner/a'), { recursive: true });
  const { 'lmstudio/owner/a/model.gguf': _, ...left } = all;
  expect(await names()).toEqual(left);
  // The same below two folders, which is two files.
  put('second/owner/b/model.gguf', 'x');
  put('third/owner/b/model.gguf', 'x');
  expect(await names({ ...places, lmStudio: ['lmstudio', 'second', 'third'].map((each) => join(dir, each)) })).toEqual({
    ...left,
    'second/owner/b/model.gguf': 'model (LM Studio, owner/b)',
    'third/owner/b/model.gguf': `model (${join(dir, 'third/owner/b/model.gguf')})`,
  });
});

describe('Ollama’s folders', () => {
  const home = () => join(dir, 'home');
  const own = () => join(home(), '.ollama/models');
  const service = '/usr/share/ollama/.ollama/models';
  test.each([
    ['of a user and of the service', {}, 'linux', () => [own(), service]],
    ['of a user alone', {}, 'darwin', () => [own()]],
    ['none for an empty variable', { OLLAMA_MODELS: '' }, 'darwin', () => [own()]],
    ['none for a relative one', { OLLAMA_MODELS: 'models' }, 'darwin', () => [own()]],
    ['the chosen one first', { OLLAMA_MODELS: '/disk' }, 'linux', () => ['/disk', own(), service]],
    ['the chosen one once', { OLLAMA_MODELS: service }, 'linux', () => [service, own()]],
  ])('%s', (_, env, platform, expected) => {
    expect(usualPlaces(env, { home: home(), platform }).ollama).toEqual(expected());
  });
  test('are all looked into', async () => {
    pulled('registry.ollama.ai/library/one/latest', Buffer.from('one'));
    const found = await findModels({ ...places, ollama: [join(dir, 'missing'), join(dir, 'ollama')] });
    expect(found.map(({ name }) => name)).toEqual(['one:latest']);
  });
});

describe('LM Studio’s folders', () => {
  const home = () => join(dir, 'home');
  const usual = ['.lmstudio/models', '.cache/lm-studio/models'];
  test('are the usual ones, of new versions and old', () => {
    expect(usualPlaces({}, { home: home() }).lmStudio).toEqual(usual.map((path) => join(home(), path)));
  });
  test('are below the home that it points to, and where its settings say', async () => {
    put('home/.lmstudio-home-pointer', `${join(dir, 'moved')}\n`);
    put('moved/settings.json', JSON.stringify({ downloadsFolder: join(dir, 'disk') }));
    const found = usualPlaces({}, { home: home() }).lmStudio;
    expect(found).toEqual([join(dir, 'disk'), join(dir, 'moved/models'), ...usual.map((path) => join(home(), path))]);
    put('disk/owner/repo/studio.gguf', 'x');
    put('moved/models/owner/repo/older.gguf', 'x');
    const models = await findModels({ ...places, lmStudio: found });
    expect(models.map(({ name, origin }) => [name, origin])).toEqual([
      ['studio', 'LM Studio'],
      ['older', 'LM Studio'],
    ]);
  });
  test.each([
    ['is empty', '', '{"downloadsFolder":7}'],
    ['is no path', 'somewhere', 'not JSON'],
    ['is the usual one', '~', 'null'],
  ])('are the usual ones when the pointer %s', (_, pointer, settings) => {
    put('home/.lmstudio-home-pointer', pointer === '~' ? join(home(), '.lmstudio') : pointer);
    put('home/.lmstudio/settings.json', settings);
    expect(usualPlaces({}, { home: home() }).lmStudio).toEqual(usual.map((path) => join(home(), path)));
  });
});

describe('a GGUF file', () => {
  test('tells what it is, and what its context takes', async () => {
    put('own/a.gguf', ggufFile({ tokens: ['<s>', '<|fim_middle|>'] }));
    expect(await readGguf(join(dir, 'own/a.gguf'))).toMatchObject({
      architecture: 'qwen2',
      name: 'Tiny',
      quantization: 'Q4_K_M',
      contextLength: 4096,
      parameters: 32 * 64,
      fillsIn: true,
      // 2 layers, 2 heads of keys and values of 8 each, 2 bytes.
      tokenBytes: 2 * 2 * (8 + 8) * 2,
    });
  });
  test.each([
    ['text', Buffer.from('Not a model at all, but long enough.'), 'It is no GGUF file.'],
    ['another version', ggufFile({ version: 9 }), 'GGUF version 9 is not known.'],
    ['half a header', ggufFile({}).subarray(0, 60), 'The file ends within its header.'],
    ['a count beyond reason', ggufFile({ entries: 2n ** 60n }), 'Its header is damaged.'],
  ])('that is %s is told apart', async (_, content, why) => {
    put('own/a.gguf', content);
    await expect(readGguf(join(dir, 'own/a.gguf'))).rejects.toThrow(why);
  });
  test.each([
    ['IQ2_XXS', 16, 66],
    ['IQ2_XS', 17, 74],
    ['IQ3_XXS', 18, 98],
    ['IQ1_S', 19, 50],
    ['IQ3_S', 21, 110],
    ['IQ2_S', 22, 82],
    ['IQ1_M', 29, 56],
    ['TQ1_0', 34, 54],
    ['TQ2_0', 35, 66],
  ])('with %s is as long as its blocks', async (_, type, bytes) => {
    put('own/a.gguf', ggufFile({ type }));
    put('own/whole.gguf', ggufFile({}));
    const [{ wholeBytes }, whole] = [
      await readGguf(join(dir, 'own/a.gguf')),
      await readGguf(join(dir, 'own/whole.gguf')),
    ];
    expect(whole.wholeBytes - wholeBytes).toBe(32 * 64 * 2 - ((32 * 64) / 256) * bytes);
  });
  test.each([
    ['the first', 1, 'it ends too early'],
    ['a later one', 2, 'big-00002-of-00002.gguf ends too early'],
  ])('in parts of which %s ends too early is damaged', async (_, cut, problem) => {
    // The parts that follow the first have no more than their number, as gguf-split writes them.
    const parts = [ggufFile({}), ggufFile({ part: true })];
    const shelf = createShelf(
      () => places,
      () => undefined,
    );
    for (const [index, part] of parts.entries()) put(`own/big-0000${index + 1}-of-00002.gguf`, part);
    expect(await shelf.file('big')).toMatchObject({ architecture: 'qwen2' });
    put(`own/big-0000${cut}-of-00002.gguf`, parts[cut - 1]?.subarray(0, -10) ?? '');
    const [entry] = await shelf.list(new Map());
    expect(entry?.problem).toBe(problem);
  });
  test.runIf(process.platform !== 'win32')(
    'that nobody may read is not called damaged, and works once it may be read',
    async () => {
      put('own/a.gguf', ggufFile({}));
      chmodSync(dir, 0o755);
      chmodSync(join(dir, 'own/a.gguf'), 0);
      const shelf = createShelf(
        () => places,
        () => undefined,
      );
      const problem = { problem: 'permission is missing', unreadable: true };
      const root = process.getuid?.() === 0;
      // Root may read everything; 65534 is nobody.
      if (root) process.seteuid?.(65_534);
      try {
        expect(await shelf.list(new Map())).toMatchObject([problem]);
        expect(await shelf.file('a')).toEqual(problem);
      } finally {
        if (root) process.seteuid?.(0);
      }
      chmodSync(join(dir, 'own/a.gguf'), 0o600);
      expect(await shelf.file('a')).toMatchObject({ architecture: 'qwen2' });
    },
  );
  test('in parts is removed with all of them', async () => {
    put('own/big-00001-of-00002.gguf', ggufFile({}));
    put('own/big-00002-of-00002.gguf', 'xxx');
    put('own/other.gguf', ggufFile({}));
    const shelf = createShelf(
      () => places,
      () => undefined,
    );
    expect(await shelf.remove('big')).toBe(true);
    expect(readdirSync(join(dir, 'own'))).toEqual(['other.gguf']);
  });
  test('that ends before its weights do is damaged, and is removed only from the own folder', async () => {
    put('own/a.gguf', ggufFile({}).subarray(0, -10));
    put('named/b.gguf', ggufFile({}));
    const log: string[] = [];
    const shelf = createShelf(
      () => places,
      (text) => void log.push(text),
    );
    expect((await shelf.list(new Map())).map(({ name, own }) => [name, own])).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(await shelf.file('a')).toEqual({ problem: 'it ends too early' });
    expect(await shelf.file('b')).toMatchObject({ path: join(dir, 'named/b.gguf'), trainedContext: 4096 });
    expect(await shelf.file('c')).toBeUndefined();
    expect(await shelf.remove('b')).toBe(false);
    expect(await shelf.remove('a')).toBe(true);
    expect(await findModels(places)).toHaveLength(1);
    expect(log).toEqual([`${join(dir, 'own/a.gguf')} cannot be used: it ends too early`]);
  });
});
