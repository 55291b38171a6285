import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/core/model.ts';
import { AppError, ERROR_KINDS, type ErrorFacts, type ErrorKind, refusal } from '../../src/core/outcome.ts';
import { explain } from '../../src/core/wording.ts';
import { COMMANDS } from '../../src/manifest.ts';

const OLLAMA: Endpoint = {
  id: 'ollama',
  label: 'Ollama',
  protocol: 'ollama',
  url: 'http://127.0.0.1:11434',
  zone: 'device',
  needsKey: false,
};
const REMOTE: Endpoint = { ...OLLAMA, id: 'box', label: 'Box', url: 'http://10.0.0.7:11434', zone: 'network' };
const OPENAI: Endpoint = {
  id: 'openai',
  label: 'OpenAI',
  protocol: 'openai',
  url: 'https://api.openai.com/v1',
  zone: 'cloud',
  needsKey: true,
};
const VLLM: Endpoint = {
  ...OPENAI,
  id: 'vllm',
  label: 'vLLM',
  url: 'http://10.0.0.7:8000/v1',
  zone: 'network',
  needsKey: false,
};

const words = (kind: ErrorKind, facts: ErrorFacts) => {
  const { text, mend } = explain(new AppError(kind, facts));
  return [text, mend?.title, mend?.args];
};

describe('words for failures', () => {
  test.each<[ErrorKind, ErrorFacts, string, string | undefined, readonly unknown[] | undefined]>([
    ['unreachable', { endpoint: OLLAMA }, 'Ollama is not running at 127.0.0.1:11434.', 'Start Ollama', ['ollama']],
    ['unreachable', { endpoint: REMOTE }, 'Box cannot be reached at 10.0.0.7:11434.', 'Try Again', undefined],
    [
      'unreachable',
      { endpoint: OPENAI, proxyStatus: 502, detail: 'the proxy answered 502' },
      'OpenAI cannot be reached: the proxy answered 502.',
      'Try Again',
      undefined,
    ],
    ['timedOut', { endpoint: OLLAMA }, 'Ollama did not answer in time.', 'Try Again', undefined],
    ['unauthorized', { endpoint: OPENAI }, 'OpenAI did not accept the API key.', 'Set Key', ['openai']],
    [
      'unauthorized',
      { endpoint: OPENAI, status: 429 },
      'The account at OpenAI has no credit or quota left.',
      'Switch Model',
      undefined,
    ],
    [
      'unauthorized',
      { endpoint: VLLM },
      'vLLM does not let you in: it may want an API key.',
      'Open Settings',
      undefined,
    ],
    [
      'rateLimited',
      { endpoint: OPENAI, retryAfterMs: 6_400 },
      'OpenAI asks to wait 7 s: too many requests.',
      'Switch Model',
      undefined,
    ],
    ['busy', { endpoint: OLLAMA }, 'Ollama is busy with other requests.', 'Try Again', undefined],
    [
      'modelMissing',
      { endpoint: OLLAMA, model: 'a:1b' },
      'Ollama does not have a:1b.',
      'Pull a:1b',
      ['ollama', 'a:1b'],
    ],
    ['modelMissing', { endpoint: OPENAI, model: 'gpt-9' }, 'OpenAI does not have gpt-9.', 'Switch Model', undefined],
    [
      'contextTooLong',
      { endpoint: OLLAMA, model: 'a:1b', tokens: { prompt: 6001, limit: 4096 } },
      'The request has 6,001 tokens, and a:1b takes 4,096 as it is loaded now.',
      'Open Settings',
      undefined,
    ],
    [
      'outOfMemory',
      { endpoint: OLLAMA, model: 'a:70b' },
      'a:70b stopped on Ollama: it may not fit into memory.',
      'Switch Model',
      undefined,
    ],
    [
      'serverError',
      { endpoint: OLLAMA, detail: 'disk full.\nstack' },
      'Ollama reports an error: disk full.',
      'Show Log',
      undefined,
    ],
    ['serverError', { endpoint: OLLAMA, detail: '{"a":1}' }, 'Ollama reports an error.', 'Show Log', undefined],
    ['refused', { detail: 'No.', rule: 'level:private' }, 'No.', 'Why?', undefined],
    [
      'refused',
      { detail: 'It answered from elsewhere.', rule: 'breach' },
      'It answered from elsewhere.',
      'Show Requests',
      undefined,
    ],
  ])('%s %j', (kind, facts, text, title, args) => {
    expect(words(kind, facts)).toEqual([text, title, args]);
  });

  test('every kind has one plain sentence and a command that exists, whatever is known', () => {
    for (const kind of ERROR_KINDS) {
      for (const endpoint of [undefined, OLLAMA, REMOTE, OPENAI, VLLM]) {
        for (const model of [undefined, 'm:1b']) {
          const facts = { ...(endpoint && { endpoint }), ...(model !== undefined && { model }), detail: 'It said so' };
          const { text, mend } = explain(new AppError(kind, facts));
          expect(text).toMatch(/^[A-Zm:v1b].*[a-z0-9]\.?$/u);
          expect(text).not.toContain('undefined');
          // What our own policy refused has no button that would undo it.
          const commands = kind === 'refused' ? [undefined] : Object.keys(COMMANDS);
          expect(commands).toContain(mend?.command);
        }
      }
    }
  });

  test('text of a server cannot carry icons', () => {
    const { text } = explain(new AppError('serverError', { endpoint: OLLAMA, detail: '$(trash) gone' }));
    expect(text).not.toContain('$(');
  });
});

test('a refusal says its reason, and leads to the level when that is why', () => {
  expect(explain(refusal('level:private', 'Not here.'))).toMatchObject({ text: 'Not here.', mend: { title: 'Why?' } });
  expect(explain(refusal('forged', 'No.'))).toEqual({ text: 'No.' });
  expect(explain(refusal('secret', 'Not sent.'))).toMatchObject({ mend: { title: 'Switch Model' } });
});
