import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Model, ROLES, serves } from '../../src/core/model.ts';
import { AppError } from '../../src/core/outcome.ts';
import { explain } from '../../src/core/wording.ts';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { type Heard, NEVER, hear } from '../providers/support.ts';
import { smallModel } from '../setup/ollamaBuild.ts';
import { ENDPOINT, SMALL, type TestEngine, startEngine } from './engine.ts';

/** What goes wrong with files, memory and the process itself: the words for it, and that the next request works. */
let engine: TestEngine;
const models = new Map<string, Model>();
const provider = createBuiltin();

beforeAll(async () => {
  engine = await startEngine({ idleMs: 300_000 });
  await engine.add(SMALL);
  const small = await smallModel();
  const path = (name: string) => join(engine.places.own, `${name}.gguf`);
  copyFileSync(small, path('cut-short'));
  truncateSync(path('cut-short'), 50_000_000);
  // As large as no machine's memory; the disk holds only what is written.
  copyFileSync(small, path('huge'));
  truncateSync(path('huge'), 4e12);
  writeFileSync(path('no-model'), 'This is no model.');
  const [named = ''] = engine.places.named;
  mkdirSync(named);
  writeFileSync(join(named, 'theirs.gguf'), 'This is none either.');
  writeFileSync(path('stranger'), renamed(readFileSync(small)));
  const { models: listed } = await provider.list(engine.line(), ENDPOINT, NEVER);
  for (const model of listed) models.set(model.name, model);
}, 600_000);
afterAll(() => engine.stop());

const QUESTION = { role: 'user', text: 'Name the capital of France.' } as const;

async function ask(name: string, maxTokens = 4, each: (heard: unknown) => void = () => {}): Promise<Heard> {
  const model = models.get(name);
  if (!model) throw new Error(`${name} is not listed: ${[...models.keys()].join(', ')}`);
  return hear(provider.chat(engine.line(), { model, messages: [QUESTION], think: false, maxTokens }, NEVER), each);
}
function words({ error }: Heard): string {
  if (!(error instanceof AppError)) throw new Error('no AppError', { cause: error });
  return explain(error).text;
}

test('a file that is no GGUF is listed with what is wrong, and serves nothing', async () => {
  const model = models.get('no-model');
  expect(model?.unusable).toBe('Its file is damaged: It is no GGUF file.');
  expect(model && ROLES.filter((role) => serves(model, role))).toEqual([]);
  expect(engine.log.join('\n')).toMatch(/no-model\.gguf cannot be used: It is no GGUF file\./u);
  expect(words(await ask('no-model'))).toMatch(/its file is damaged/u);
});

test('a damaged file of our own can be removed, one of another program cannot', async () => {
  const of = (name: string) => {
    const model = models.get(name);
    if (!model) throw new Error(`${name} is not listed`);
    return model;
  };
  expect([of('no-model').removable, of('theirs').removable]).toEqual([true, false]);
  await expect(provider.keeper?.remove(engine.line(), of('theirs'), NEVER)).rejects.toMatchObject({ kind: 'refused' });
  await provider.keeper?.remove(engine.line(), of('no-model'), NEVER);
  const { models: left } = await provider.list(engine.line(), ENDPOINT, NEVER);
  expect(left.map(({ name }) => name)).toContain('theirs');
  expect(left.map(({ name }) => name)).not.toContain('no-model');
});

test('a file that ends too early', async () => {
  expect(words(await ask('cut-short'))).toBe(
    'cut-short cannot run in the built-in engine: its file is damaged (it ends too early).',
  );
});

test('one of an architecture that nobody knows', async () => {
  expect(words(await ask('stranger'))).toBe(
    'stranger cannot run in the built-in engine: its architecture “zlama” is not known to this version of the engine.',
  );
});

test('one that is too big for the memory', async () => {
  expect(words(await ask('huge'))).toMatch(
    /^huge does not fit into memory: it needs 4000\.0 GB, and \d+\.\d GB are free\.$/u,
  );
});

test('a prompt that is longer than the model takes', async () => {
  const model = models.get(SMALL);
  if (!model) throw new Error('no model');
  const wish = { model, prompt: 'word '.repeat(9000), stops: [], maxTokens: 4, temperature: 0 };
  const heard = await hear(provider.complete(engine.line(), wish, NEVER));
  expect(words(heard)).toMatch(/^The request has 9,00\d tokens, and SmolLM2\S+ takes 8,192 as it is loaded now\.$/u);
});

test('a process that is killed in the middle of an answer: the text so far stays, and the next request works', async () => {
  let killed = false;
  const heard = await ask(SMALL, 200, () => {
    const pid = engine.engine.pid();
    if (killed || pid === undefined) return;
    killed = true;
    process.kill(pid, 'SIGKILL');
  });
  expect(heard.text).not.toBe('');
  expect(words(heard)).toBe(
    'The built-in engine ended before the answer was complete. It starts again with the next request.',
  );
  const next = await ask(SMALL);
  expect(next.error).toBeUndefined();
  expect(next.text).not.toBe('');
});

test('after all of it, a model is unloaded and loaded again', async () => {
  const model = models.get(SMALL);
  if (!model) throw new Error('no model');
  const loaded = async () => {
    const { models: listed } = await provider.list(engine.line(), ENDPOINT, NEVER);
    return listed.find(({ name }) => name === SMALL)?.loaded;
  };
  expect(await loaded()).toMatchObject({ threads: 1, gpuBytes: 0 });
  await provider.keeper?.unload(engine.line(), model, NEVER);
  expect(await loaded()).toBeUndefined();
  await provider.keeper?.load(engine.line(), model, NEVER);
  expect((await loaded())?.sizeBytes).toBeGreaterThan(90e6);
});

/** The same file with another name for its architecture, in its keys too. */
function renamed(file: Buffer): Buffer {
  const head = file.subarray(0, 4_000_000).toString('latin1').replaceAll('llama', 'zlama');
  return Buffer.concat([Buffer.from(head, 'latin1'), file.subarray(4_000_000)]);
}
