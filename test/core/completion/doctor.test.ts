import { describe, expect, test } from 'vitest';
import { type Diagnosis, examine } from '../../../src/core/completion/doctor.ts';
import { profileOf } from '../../../src/core/completion/profiles.ts';
import type { Model } from '../../../src/core/model.ts';
import { AppError, isRefusal, refusal } from '../../../src/core/outcome.ts';
import { endpointAt, modelOf } from '../../providers/support.ts';
import { type Manner, fillsWith, patientModel, roadTo } from './patient.ts';

const NEVER = new AbortController().signal;

async function examined(model: Model, manner: Manner, contextTokens = 1536) {
  const road = roadTo(manner);
  const steps: string[] = [];
  const patient = { model, profile: profileOf(model), contextTokens };
  const found = await examine(patient, { send: road, onStep: (step) => steps.push(step) }, NEVER);
  if (isRefusal(found)) throw new Error(found.reason);
  return { ...found, sent: road.sent, steps };
}

/** Outcome and title of each check, and the kind of each remedy with what it would set. */
function gist({ healthy, checks, remedies }: Diagnosis) {
  return {
    healthy,
    checks: checks.map(({ outcome, title }) => `${outcome}: ${title}`),
    remedies: remedies.map((remedy) => {
      if (remedy.kind === 'useProfile') return `${remedy.match} as ${remedy.use}`;
      if (remedy.kind === 'smallerPrompts') return `at most ${remedy.tokens}`;
      return remedy.kind === 'mend' ? remedy.mend.command : remedy.kind;
    }),
  };
}

const FORM = 'note: Form of the prompts';
const QWEN = patientModel('qwen2.5-coder:7b', { family: 'qwen2' });
const counting = (request: { prompt: string }) => ({ promptTokens: Math.round(request.prompt.length / 4) });
const talks = { chat: () => ({ text: '<fill>walrus</fill>' }) };

describe('healthy', () => {
  test('a model that fills, with long prompts too', async () => {
    const found = await examined(QWEN, { complete: fillsWith('<|fim_prefix|>', counting) });
    expect(gist(found)).toEqual({
      healthy: true,
      checks: [FORM, 'good: A short hole', 'good: A long prompt'],
      remedies: [],
    });
    expect(found.headline).toBe('qwen2.5-coder:7b fills in the middle.');
    expect(found.checks[0]?.text).toBe('That of qwen-coder, by the model’s name.');
    expect(found.checks[2]?.text).toMatch(/\(1?,?\d+ tokens\)/);
    expect(found.sent).toHaveLength(2);
    expect(found.exchanges).toHaveLength(2);
    expect(found.steps).toEqual(['Sending a short hole', 'Sending a long prompt']);
  });

  test('one that does not know where to stop', async () => {
    const text = 'walrus):\n    return walrus / 2';
    const found = await examined(QWEN, { complete: () => ({ text }) });
    expect(gist(found)).toMatchObject({ healthy: true, checks: [FORM, 'note: A short hole', 'good: A long prompt'] });
  });

  test('a chat model, by chat', async () => {
    const model = modelOf(endpointAt('https://api.anthropic.com/v1', 'anthropic', 'cloud'), 'claude-sonnet-4-6');
    const found = await examined(model, talks);
    expect(gist(found)).toEqual({ healthy: true, checks: [FORM, 'good: By chat'], remedies: ['switchModel'] });
    expect(found.sent).toHaveLength(1);
  });

  test('a server with fields for both sides', async () => {
    const abilities = { insert: true, chat: true, tools: false, vision: false, thinking: false } as const;
    const model = modelOf(endpointAt('https://api.mistral.ai/v1', 'mistral', 'cloud'), 'codestral-2508', { abilities });
    const found = await examined(model, { complete: ({ suffix }) => ({ text: suffix === undefined ? '' : 'walrus' }) });
    expect(gist(found)).toMatchObject({ healthy: true });
    expect(found.checks[0]?.text).toBe('The server puts the markers around both sides of the cursor.');
  });
});

describe('ill', () => {
  test.each([
    ['markers echoed', { text: '<|fim_suffix|>):' }, 'bad: Wrong template'],
    ['thoughts', { thinking: 'Let me see.' }, 'bad: It thinks'],
    ['thoughts in the text', { text: '<think>Let me see.' }, 'bad: It thinks'],
    ['sentences', { text: 'Here is the code:\n```python' }, 'bad: A chat answered'],
    ['the suffix ignored', { text: 'number):' }, 'bad: The text after the cursor was ignored'],
    ['nothing', { text: '' }, 'bad: Nothing came'],
    [
      'raw prompts refused',
      { error: new AppError('unsupported', { detail: 'no raw' }) },
      'bad: Raw prompts are refused',
    ],
  ] as const)('%s: what it is, and that a chat helps', async (_, says, title) => {
    const found = await examined(QWEN, { complete: () => says, ...talks });
    expect(gist(found)).toEqual({
      healthy: false,
      checks: [FORM, title, 'note: No other form works', 'good: By chat'],
      remedies: ['qwen2.5-coder:7b as holeFilling', 'switchModel', 'ownProfile'],
    });
    expect(found.headline).toBe('qwen2.5-coder:7b does not fill in the middle, but by chat it does.');
  });

  test('a base model that cannot talk either', async () => {
    const abilities = { ...QWEN.abilities, chat: false };
    const found = await examined({ ...QWEN, abilities }, { complete: () => ({ text: 'number' }) });
    expect(gist(found)).toMatchObject({ healthy: false, remedies: ['switchModel', 'ownProfile'] });
    expect(found.headline).toBe('qwen2.5-coder:7b does not fill in the middle.');
  });

  test('a name that hides what a model is: the form of another family works', async () => {
    const model = patientModel('My_Tune:latest', { family: 'starcoder2-like' });
    const found = await examined(model, { complete: fillsWith('<fim_prefix>'), ...talks });
    expect(gist(found)).toEqual({
      healthy: false,
      checks: [FORM, 'good: Another form works'],
      remedies: ['my-tune:latest as starcoder2', 'switchModel'],
    });
    // The family field says where to begin.
    expect(found.sent).toHaveLength(1);
  });

  test('a wrong name: the right form is found among the others', async () => {
    const found = await examined(QWEN, { complete: fillsWith('<fim_suffix>') });
    expect(gist(found).remedies[0]).toBe('qwen2.5-coder:7b as codeqwen');
    expect(gist(found).checks).toContain('bad: The text after the cursor was ignored');
  });

  test('an Ollama behind OpenAI’s protocol', async () => {
    const abilities = { ...QWEN.abilities, insert: false };
    const model = modelOf(endpointAt('http://127.0.0.1:11434/v1', 'openai'), 'qwen2.5-coder:7b', { abilities });
    const found = await examined(model, talks);
    expect(gist(found)).toMatchObject({ remedies: ['otherProtocol', 'switchModel'] });
    expect(gist(found).checks).toContain('bad: The server is not raw');
    // Nothing raw is sent to where it cannot work.
    expect(found.sent).toHaveLength(1);
  });

  test('a server that is not there: one question, and the button that mends it', async () => {
    const { endpoint } = QWEN;
    const found = await examined(QWEN, { complete: () => ({ error: new AppError('unreachable', { endpoint }) }) });
    expect(gist(found)).toEqual({
      healthy: false,
      checks: [FORM, 'bad: The server refused'],
      remedies: ['switchyard.startOllama', 'switchModel'],
    });
    expect(found.sent).toHaveLength(1);
  });
});

describe('long prompts', () => {
  const short = (request: { prompt: string }) => request.prompt.length < 1000;

  test('refused, with the limit', async () => {
    const error = new AppError('contextTooLong', { tokens: { prompt: 1500, limit: 1024 } });
    const found = await examined(QWEN, { complete: (request) => (short(request) ? { text: 'walrus' } : { error }) });
    expect(gist(found)).toEqual({
      healthy: false,
      checks: [FORM, 'good: A short hole', 'bad: A long prompt'],
      remedies: ['at most 640'],
    });
  });

  test('cut in silence, as the counts tell', async () => {
    const complete = fillsWith('<|fim_prefix|>', ({ prompt }) => ({ promptTokens: Math.min(prompt.length / 4, 200) }));
    const found = await examined(QWEN, { complete });
    expect(gist(found)).toMatchObject({ healthy: false, remedies: ['at most 256'] });
    expect(found.checks.at(-1)?.text).toContain('200 tokens');
  });

  test('cut in silence, as only the answer tells', async () => {
    const complete = (request: { prompt: string }) => ({ text: short(request) ? 'walrus' : '<|fim_suffix|>' });
    expect(gist(await examined(QWEN, { complete }))).toMatchObject({ healthy: false, remedies: ['at most 384'] });
  });

  test('filled wrongly: that is no illness', async () => {
    const complete = (request: { prompt: string }) => ({
      text: short(request) ? 'walrus' : 'number',
      usage: counting(request),
    });
    expect(gist(await examined(QWEN, { complete }))).toMatchObject({ healthy: true, remedies: [] });
  });
});

test('what the policy refuses is not sent, and comes back', async () => {
  const no = refusal('level:private', 'The cloud is not allowed here.');
  const found = await examine(
    { model: QWEN, profile: profileOf(QWEN), contextTokens: 512 },
    { send: roadTo({ refusal: no }) },
    NEVER,
  );
  expect(found).toBe(no);
});
