import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/outcome.ts';
import type { Level } from '../../../src/core/privacy/level.ts';
import type { EndpointState } from '../../../src/core/routing/catalog.ts';
import { type RowFacts, buildRows } from '../../../src/core/routing/rows.ts';
import {
  CODER,
  GPT,
  LLAMA,
  OLLAMA,
  OPENAI,
  PROXIED,
  SMALL_CODER,
  TEAM,
  TEAM_CODER,
  fills,
  model,
  policyAt,
} from './fixtures.ts';

const READY = [OLLAMA, TEAM, OPENAI].map((endpoint): EndpointState => ({ endpoint, state: 'ready' }));

function forbidsAt(level: Level): RowFacts['forbids'] {
  const policy = policyAt(level);
  return (one) => policy.forbids(one);
}

function rowsOf(facts: Partial<RowFacts>) {
  return buildRows({
    endpoints: READY,
    models: [],
    current: () => undefined,
    forbids: forbidsAt('open'),
    fills,
    ...facts,
  });
}

describe('the rows of the picker', () => {
  it('are grouped by zone, from the most private, numbers in their order', () => {
    const models = [GPT, TEAM_CODER, model(OLLAMA, 'llama:70b'), LLAMA, PROXIED];
    expect(rowsOf({ models }).map(({ key }) => key)).toEqual([
      'zone:device',
      'ollama/llama:8b',
      'ollama/llama:70b',
      'zone:network',
      'team/team-coder',
      'zone:cloud',
      'openai/gpt',
      'ollama/gpt-oss:120b-cloud',
    ]);
  });

  it('put what is in use first', () => {
    const rows = rowsOf({
      models: [CODER, SMALL_CODER, LLAMA],
      current: (role) => (role === 'chat' ? LLAMA : undefined),
    });
    expect(rows.map(({ key }) => key)).toEqual([
      'zone:device',
      'ollama/llama:8b',
      'ollama/coder:1b',
      'ollama/coder:7b',
    ]);
  });

  it('say what a model is and which roles it serves', () => {
    const coder = {
      ...CODER,
      parameters: '7.6B',
      quantization: 'Q4_K_M',
      contextLength: 32_768,
      loaded: { sizeBytes: 6e9, gpuBytes: 3e9 },
    };
    const rows = rowsOf({ models: [coder], current: () => coder, endpoints: [{ endpoint: OLLAMA, state: 'ready' }] });
    expect(rows[1]).toMatchObject({
      label: 'coder:7b',
      description: 'in use for completion and chat · 7.6B',
      detail: '4.7 GB · Q4_K_M · 32K context · complete, chat · loaded, 6.0 GB, 50% on the GPU',
    });
  });

  it('put what the level forbids last, with the reason', () => {
    const models = [model(OLLAMA, 'a:cloud', { zone: 'cloud' }), TEAM_CODER, CODER];
    const rows = rowsOf({ models, forbids: forbidsAt('private') });
    const forbidden = rows.filter((row) => row.kind === 'model' && row.forbidden);
    expect(forbidden.map(({ key }) => key)).toEqual(['team/team-coder', 'ollama/a:cloud']);
    expect(forbidden[0]).toMatchObject({ detail: expect.stringMatching(/^Forbidden: .*private-only/u) as unknown });
  });

  it('show what is wrong with a server, and what mends it', () => {
    const endpoints: EndpointState[] = [
      { endpoint: OLLAMA, state: 'failed', error: new AppError('unreachable', { endpoint: OLLAMA }) },
      { endpoint: TEAM, state: 'empty' },
      { endpoint: OPENAI, state: 'needsKey' },
    ];
    const problems = rowsOf({ endpoints }).filter((row) => row.kind === 'problem');
    expect(problems.map(({ problem }) => problem.short)).toEqual([
      'Ollama is not running',
      'Team: no models',
      'OpenAI needs a key',
    ]);
    expect(problems[2]?.problem.mend).toMatchObject({ command: 'switchyard.setKey', args: ['openai'] });
  });

  it('leave out models that cannot serve the role asked for', () => {
    const rows = rowsOf({ models: [SMALL_CODER, LLAMA], role: 'chat' });
    expect(rows.map(({ key }) => key)).toEqual(['zone:device', 'ollama/llama:8b']);
  });

  it('cannot be given icons or line breaks by a server', () => {
    const rows = rowsOf({ models: [model(OLLAMA, 'a$(lock)\nb\u202Ec')] });
    expect(rows[1]).toMatchObject({ label: 'a(lock) b c' });
  });

  it('are quick for 1,000 models, and ask the policy once for each kind', () => {
    const models = Array.from({ length: 1_000 }, (_, index) =>
      model(index % 2 === 0 ? OLLAMA : OPENAI, `family-${index % 37}/name-${index}:7b`, {
        parameters: '7B',
        quantization: 'Q4_K_M',
        sizeBytes: index * 1e7,
        contextLength: 32_768,
      }),
    );
    let asked = 0;
    const policy = policyAt('private');
    const forbids: RowFacts['forbids'] = (one) => {
      asked += 1;
      return policy.forbids(one);
    };
    rowsOf({ models, forbids });
    asked = 0;
    rowsOf({ models, forbids });
    expect(asked).toBe(2);
  });
});
