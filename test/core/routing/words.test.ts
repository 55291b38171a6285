import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/core/model.ts';
import { AppError, refusal } from '../../../src/core/outcome.ts';
import { type BarFacts, describeBar } from '../../../src/core/routing/bar.ts';
import type { EndpointState } from '../../../src/core/routing/catalog.ts';
import {
  bytesText,
  canBeRemoved,
  keepsModels,
  parametersText,
  placeOf,
  shortName,
  tokensText,
  zoneWord,
} from '../../../src/core/routing/describe.ts';
import { rolesFor } from '../../../src/core/routing/choice.ts';
import { modelNameProblem, sourceOf } from '../../../src/core/routing/modelName.ts';
import { BUILTIN } from '../../../src/core/routing/endpoints.ts';
import { CODER, GPT, LLAMA, OLLAMA, OPENAI, PROXIED, SMALL_CODER, fills, model } from './fixtures.ts';

describe('words of a model', () => {
  it.each([
    ['qwen2.5-coder:7b', 'qwen2.5-coder:7b'],
    ['llama3.2:latest', 'llama3.2'],
    ['hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M', 'Llama-3.2-3B-Instruct:Q4_K_M'],
    ['Qwen/Qwen2.5-Coder-32B-Instruct', 'Qwen2.5-Coder-32B-Instruct'],
    ['a-name-that-is-much-too-long-for-any-status-bar:13b-q4_K_M', 'a-name-that-is-much-t…13b-q4_K_M'],
    ['x$(lock)y', 'x(lock)y'],
  ])('shorten the name %s', (name, short) => expect(shortName(name)).toBe(short));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [397_821_319, '398 MB'],
    [4_683_087_332, '4.7 GB'],
    [999_600_000, '1.0 GB'],
    [404_000_000_000, '404 GB'],
    [1_200_000_000_000, '1.2 TB'],
  ])('give %i bytes', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [512, '512'],
    [2048, '2K'],
    [32_768, '32K'],
    [131_072, '128K'],
    [200_000, '200K'],
    [1_048_576, '1M'],
    [1_000_000, '1M'],
  ])('give %i tokens', (tokens, text) => expect(tokensText(tokens)).toBe(text));

  it.each([
    ['134.52M', '135M'],
    ['7.62B', '7.6B'],
    ['70.6B', '71B'],
    ['8x7B', '8x7B'],
    ['7B\n$(x)', '7B (x)'],
  ])('give %j parameters', (parameters, text) => expect(parametersText(parameters)).toBe(text));
});

it.each([
  ['a model of Ollama’s', LLAMA, 'on this machine', 'device'],
  ['the built-in engine’s', model(BUILTIN, 'own'), 'in the editor', 'in the editor'],
  [
    'what a stored answer keeps of the engine’s model',
    { id: 'builtin/own', zone: 'device' } as const,
    'in the editor',
    'in the editor',
  ],
  [
    'one of a server whose id begins alike',
    { id: 'builtin-2/own', zone: 'network' } as const,
    'in your network',
    'network',
  ],
])('where %s runs', (_, which, place, word) => {
  expect([placeOf(which), zoneWord(which)]).toEqual([place, word]);
});

describe('what can be removed from a disk', () => {
  const own = model(BUILTIN, 'own', { removable: true });
  const damaged = { ...own, unusable: 'Its file is damaged: it ends too early.' };
  it.each([
    ['a model of Ollama’s', LLAMA, true, true],
    ['one that its server runs elsewhere', PROXIED, false, false],
    ['one of an API', GPT, false, false],
    ['a file of our own', own, true, true],
    ['a file of another program', { ...own, removable: false }, false, true],
    ['a damaged file of our own', damaged, true, false],
    ['a damaged file of another program', { ...damaged, removable: false }, false, false],
  ])('%s', (_, which, removed, loaded) => {
    expect(canBeRemoved(which)).toBe(removed);
    expect(keepsModels(which)).toBe(loaded);
  });
});

describe('the status bar', () => {
  const bar = (facts: Partial<BarFacts> & { completion?: Model; chat?: Model }) =>
    describeBar({
      level: 'open',
      current: (role) => facts[role],
      why: () => undefined,
      chosen: () => undefined,
      switching: undefined,
      endpoints: [{ endpoint: OLLAMA, state: 'ready' }],
      activity: { state: 'idle' },
      ...facts,
    });
  const failed: EndpointState = {
    endpoint: OLLAMA,
    state: 'failed',
    error: new AppError('unreachable', { endpoint: OLLAMA }),
  };

  it('names the model and where it runs, for eyes and for ears', () => {
    expect(bar({ completion: CODER, chat: CODER, level: 'private' })).toEqual({
      state: 'ready',
      words: 'coder:7b',
      zone: 'device',
      where: 'device',
      locked: true,
      busy: false,
      label:
        'Switchyard. Completion: coder:7b, on this machine. Chat: coder:7b, on this machine. Private-only workspace.',
    });
  });

  it('adds the chat model when it is another one', () => {
    expect(bar({ completion: CODER, chat: GPT }).chat).toEqual({ name: 'gpt', where: 'cloud' });
  });

  it('names the target of a switch while the old model serves', () => {
    const view = bar({ completion: CODER, switching: { role: 'completion', target: LLAMA, startedAt: 0 } });
    expect(view).toMatchObject({ state: 'switching', words: 'llama:8b' });
    expect(view.label).toContain('Loading llama:8b. Completion: coder:7b');
  });

  it('shows the remembered name until the first answer', () => {
    const view = bar({ chosen: () => CODER.id, endpoints: [{ endpoint: OLLAMA, state: 'asking' }] });
    expect(view).toMatchObject({ state: 'asking', words: 'coder:7b' });
  });

  it('says what is wrong when nothing serves, and keeps silent on servers that are not needed', () => {
    expect(bar({ endpoints: [failed] })).toMatchObject({ state: 'problem', words: 'Ollama is not running' });
    expect(bar({ endpoints: [{ endpoint: OLLAMA, state: 'empty' }] })).toMatchObject({ words: 'Ollama: no models' });
    const withoutKey: EndpointState = { endpoint: OPENAI, state: 'needsKey' };
    expect(bar({ completion: CODER, endpoints: [{ endpoint: OLLAMA, state: 'ready' }, withoutKey] })).toMatchObject({
      state: 'ready',
    });
    expect(bar({ endpoints: [withoutKey] })).toMatchObject({ state: 'none', words: 'Choose a model' });
    expect(bar({ chosen: () => GPT.id, endpoints: [withoutKey] })).toMatchObject({ words: 'OpenAI needs a key' });
  });

  it.each([
    ['an engine that does not know a model', BUILTIN, 'Built-in engine cannot do this'],
    ['a server that lacks something', OLLAMA, 'Ollama cannot do this'],
  ])('says of %s what is so, whatever its age', (_, endpoint, short) => {
    const error = new AppError('unsupported', { endpoint, model: 'new', detail: 'unknown model architecture' });
    expect(bar({ completion: CODER, activity: { state: 'failed', model: CODER, error } }).problem?.short).toBe(short);
  });

  it('marks a slow server, and completion that is off', () => {
    const slow: EndpointState = { endpoint: OLLAMA, state: 'slow' };
    expect(bar({ completion: CODER, endpoints: [slow] })).toMatchObject({ state: 'problem', words: 'coder:7b' });
    const off = bar({ completion: CODER, activity: { state: 'off', why: 'language' } });
    expect(off.off).toBe('Inline completion is turned off for this language.');
    expect(off.label).toContain('turned off for this language');
  });

  it('speaks for completion, which never pops up anything', () => {
    const error = new AppError('outOfMemory', { endpoint: OLLAMA });
    const failed = bar({ completion: CODER, activity: { state: 'failed', model: CODER, error } });
    expect(failed).toMatchObject({ state: 'problem', words: 'coder:7b' });
    expect(failed.problem?.short).toBe('Ollama is out of memory');
    expect(bar({ completion: LLAMA, activity: { state: 'failed', model: CODER, error } }).state).toBe('ready');
    expect(bar({ completion: CODER, activity: { state: 'waiting', model: CODER } }).busy).toBe(true);
  });

  it('says that a secret was held back, and offers other models', () => {
    const activity = { state: 'refused', model: GPT, refusal: refusal('secret', 'Not sent: a GitHub token.') } as const;
    expect(bar({ completion: GPT, activity })).toMatchObject({
      state: 'problem',
      words: 'gpt',
      problem: {
        short: 'secret held back',
        text: 'Not sent: a GitHub token.',
        mend: { command: 'switchyard.pickModel' },
      },
    });
    const off = bar({ completion: GPT, activity: { state: 'off', why: 'ignored' } });
    expect(off.off).toContain('ignore rule');
  });
});

describe('a name to pull', () => {
  it.each(['qwen2.5-coder:7b', 'team/model', 'hf.co/owner/Model-GGUF:Q4_K_M', 'localhost:5000/a/b:c', '_x'])(
    'may be %s',
    (name) => expect(modelNameProblem(name)).toBeUndefined(),
  );

  it.each(['', ' ', 'a b', 'a:b:c', 'a/b/c/d', '-x', 'a/', '/a', 'https://ollama.com/library/a', 'a;b', 'a\nb'])(
    'may not be %j',
    (name) => expect(modelNameProblem(name)).toBeDefined(),
  );

  it('says where it comes from', () => {
    expect([sourceOf('a:b'), sourceOf('team/a'), sourceOf('hf.co/o/m')]).toEqual(['ollama.com', 'ollama.com', 'hf.co']);
  });
});

describe('a model picked without a role', () => {
  it('takes the roles that it is made for, and takes completion from nothing better', () => {
    expect(rolesFor(CODER, undefined, fills)).toEqual(['completion', 'chat']);
    expect(rolesFor(SMALL_CODER, CODER, fills)).toEqual(['completion']);
    expect(rolesFor(LLAMA, CODER, fills)).toEqual(['chat']);
    expect(rolesFor(LLAMA, GPT, fills)).toEqual(['completion', 'chat']);
    expect(rolesFor(LLAMA, undefined, fills)).toEqual(['completion', 'chat']);
  });
});
