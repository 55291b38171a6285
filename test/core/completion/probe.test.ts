import { describe, expect, test } from 'vitest';
import { type Finding, KNOWN_HOLE, ask, doesFill, isProofAgainst, judge } from '../../../src/core/completion/probe.ts';
import { PROFILES, SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import { AppError, isRefusal, refusal } from '../../../src/core/outcome.ts';
import { patientModel, roadTo } from './patient.ts';

const NEVER = new AbortController().signal;
const QWEN = PROFILES[0];
if (!QWEN) throw new Error('no profile');
const MODEL = patientModel('qwen2.5-coder:7b');

describe('judge', () => {
  const exchange = (text: string, thinking = '') => ({ hole: KNOWN_HOLE, by: QWEN, prompt: '', text, thinking });
  test.each<[Finding, string, string?]>([
    ['fills', 'walrus'],
    ['fills', ' walrus'],
    ['fills', 'walrus: float'],
    ['fills', 'walrus\n'],
    ['overruns', 'walrus):\n    return walrus / 2\n\n\nprint'],
    ['overruns', 'walrus):\r\n\treturn walrus'],
    ['ignoresSuffix', 'walruses'],
    ['ignoresSuffix', 'number):\n    return number / 2\n'],
    ['markers', '<|fim_suffix|>):\n    return'],
    ['markers', 'number<fim_middle>'],
    ['markers', '[PREFIX]def half('],
    ['thinking', '<think>\nThe user wants'],
    ['thinking', '</think>\n\nwalrus'],
    ['thinking', '', 'The name must be walrus.'],
    ['prose', 'Here is the completed code:\n\n```python\ndef half(walrus):'],
    ['prose', '```python\nwalrus\n```'],
    ['prose', 'The missing parameter is `walrus`.'],
    ['prose', 'It looks like you want to define a function'],
    ['empty', ''],
    ['empty', ' \n'],
  ])('%s: %j', (finding, text, thinking) => expect(judge(exchange(text, thinking))).toBe(finding));

  test.each<[Finding, string]>([
    ['fills', '<fill>walrus</fill>'],
    ['fills', 'Sure! <fill>\nwalrus\n'],
    ['fills', '```python\nwalrus\n```'],
    ['fills', 'def half(walrus):\n    return walrus / 2'],
    ['prose', 'The parameter should be named walrus, because the body uses it.'],
    ['empty', '<fill></fill>'],
  ])('by chat, %s: %j', (finding, text) => {
    const chat = { ...exchange(text), by: 'holeFilling' } as const;
    expect(doesFill(judge(chat))).toBe(doesFill(finding));
    expect(judge(chat) === 'overruns' ? 'fills' : judge(chat)).toBe(finding);
  });

  test('only what a model never does for want of wits is proof against it', () => {
    const all = ['fills', 'overruns', 'markers', 'thinking', 'prose', 'ignoresSuffix', 'empty'] as const;
    expect(all.filter(isProofAgainst)).toEqual(['markers', 'thinking', 'prose']);
  });
});

describe('ask', () => {
  test('sends the hole in the form of the profile, for some tokens', async () => {
    const road = roadTo({ complete: () => ({ text: 'walrus', usage: { promptTokens: 40 } }) });
    const exchange = await ask(MODEL, QWEN, road, NEVER);
    expect(road.sent).toMatchObject([{ maxTokens: 24, temperature: 0 }]);
    // Ends of the text, but not the markers: when they come back, they are to be seen.
    expect(road.sent[0]?.stops).toContain('<|endoftext|>');
    expect(road.sent[0]?.stops).not.toContain('<|fim_suffix|>');
    expect(isRefusal(exchange) ? exchange : exchange.prompt).toMatch(
      /^<\|fim_prefix\|>def double[\s\S]*half\(<\|fim_suffix\|>\):\n[\s\S]*<\|fim_middle\|>$/,
    );
    expect(exchange).toMatchObject({ text: 'walrus', thinking: '', usage: { promptTokens: 40 } });
    // The suffix alone tells the answer.
    expect(KNOWN_HOLE.prefix).not.toContain(KNOWN_HOLE.answer);
  });

  test('leaves the markers to servers with fields of their own', async () => {
    const road = roadTo({ complete: () => ({ text: 'walrus' }) });
    await ask(MODEL, SERVER_FIELDS, road, NEVER);
    expect(road.sent).toMatchObject([{ prompt: KNOWN_HOLE.prefix, suffix: KNOWN_HOLE.suffix }]);
  });

  test('asks by chat without thinking, up to the closing tag', async () => {
    const road = roadTo({ chat: () => ({ text: '<fill>walrus' }) });
    await ask(MODEL, 'holeFilling', road, NEVER);
    expect(road.sent).toMatchObject([{ think: false, stops: ['</fill>'], temperature: 0 }]);
  });

  test('a failure and a refusal are values, cancelling is not', async () => {
    const error = new AppError('unreachable');
    expect(await ask(MODEL, QWEN, roadTo({ complete: () => ({ text: 'wal', error }) }), NEVER)).toMatchObject({
      text: 'wal',
      error,
    });
    const no = refusal('level:private', 'No.');
    expect(await ask(MODEL, QWEN, roadTo({ refusal: no }), NEVER)).toBe(no);
    const abort = new AbortController();
    const road = roadTo({
      complete: () => {
        abort.abort();
        return { text: 'walrus' };
      },
    });
    await expect(ask(MODEL, QWEN, road, abort.signal)).rejects.toThrow('abort');
  });
});
