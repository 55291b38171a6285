import { describe, expect, test } from 'vitest';
import { formCheck, holeCheck, lengthCheck, longHole, saidOf } from '../../../src/core/completion/checks.ts';
import { type Exchange, FINDINGS, KNOWN_HOLE, doesFill } from '../../../src/core/completion/probe.ts';
import { PROFILES, SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import { profileOf } from '../../../src/core/completion/profiles.ts';
import { AppError } from '../../../src/core/outcome.ts';
import { explain } from '../../../src/core/wording.ts';
import { patientModel } from './patient.ts';

const MODEL = patientModel('qwen2.5-coder:7b');
const QWEN = profileOf(MODEL);

function exchange(text: string, more: Partial<Exchange> = {}): Exchange {
  return { hole: KNOWN_HOLE, by: QWEN, prompt: '', text, thinking: '', ...more };
}

describe('the form of the prompts', () => {
  const formOf = (model = MODEL) => formCheck(model, profileOf(model)).text;

  test('says by what it was found', () => {
    expect(formOf()).toBe('That of qwen-coder, by the model’s name.');
    const tune = patientModel('mine:latest', { family: 'starcoder2' });
    expect(formOf(tune)).toBe('That of starcoder2, by the model’s family.');
    expect(formOf(patientModel('starcoder2:3b', { family: 'unknown' }))).toMatch(/name\.$/);
    expect(formOf(patientModel('llama3.2:3b'))).toMatch(/asked as a chat/);
    expect(formCheck(MODEL, SERVER_FIELDS).text).toMatch(/^The server puts the markers/);
    const settings = /setting “switchyard\.completion\.profiles”/;
    expect(formOf({ ...MODEL, profile: { ...SERVER_FIELDS, id: 'mine' } })).toMatch(settings);
    expect(formOf({ ...MODEL, profile: 'holeFilling' }), 'a probe may have said so').not.toMatch(settings);
  });

  test('is never good or bad by itself', () => {
    for (const profile of [...PROFILES, SERVER_FIELDS, 'holeFilling' as const]) {
      expect(formCheck(MODEL, profile).outcome).toBe('note');
    }
  });
});

describe('the short hole', () => {
  test.each(FINDINGS)('is good where it is filled, and a note where the end is not found: %s', (finding) => {
    const { outcome, title, text } = holeCheck(exchange('what was said'), finding);
    const expected = { fills: 'good', overruns: 'note' } as const;
    expect(outcome).toBe(finding === 'fills' || finding === 'overruns' ? expected[finding] : 'bad');
    expect(title === 'A short hole').toBe(doesFill(finding));
    // What came back tells more, where it is wrong and there is any.
    expect(text.endsWith('“what was said”')).toBe(!doesFill(finding) && finding !== 'empty');
  });

  test('each finding has words of its own', () => {
    const words = FINDINGS.map((finding) => holeCheck(exchange(''), finding).text);
    expect(new Set(words).size).toBe(FINDINGS.length);
  });

  test('is refused where there is none', () => {
    const error = new AppError('unsupported', { detail: 'no raw' });
    const check = holeCheck(exchange('', { error }), undefined);
    expect(check).toEqual({ outcome: 'bad', title: 'Raw prompts are refused', text: explain(error).text });
    expect(holeCheck(exchange(''), undefined).text).toBe('The server did not take the request.');
  });
});

describe('what came back', () => {
  test.each([
    ['one line, with quotes', exchange(' a\n\n\tb  c\r\n'), '“a b c”'],
    ['80 characters', exchange('x'.repeat(80)), `“${'x'.repeat(80)}”`],
    ['and no more', exchange('x'.repeat(81)), `“${'x'.repeat(80)}…”`],
    ['the thoughts where there is no text', exchange(' \n', { thinking: 'Let me see.' }), '“Let me see.”'],
    ['the text where there are both', exchange('x', { thinking: 'Let me see.' }), '“x”'],
    ['nothing', exchange(''), 'nothing came.'],
  ])('%s', (_, told, said) => expect(saidOf(told)).toBe(said));

  test('is the failure where there was one', () => {
    const error = new AppError('timedOut');
    expect(saidOf(exchange('half', { error }))).toBe(explain(error).text);
  });

  test('is not cut in the middle of a character', () => {
    expect(saidOf(exchange(`x${'\u{1F600}'.repeat(60)}`))).not.toMatch(/\p{Cs}/u);
  });
});

describe('the long hole', () => {
  test.each([256, 1536, 8192])('is about as long as completion sends prompts: %i tokens', (tokens) => {
    const { prefix } = longHole(tokens);
    expect(prefix.length / 3).toBeLessThan(tokens + 32);
    expect(prefix.length / 3).toBeGreaterThan(tokens - 192);
  });

  test.each([0, 100, 1536, 20_000])('is the short one with more before it: %i tokens', (tokens) => {
    const { prefix, ...rest } = longHole(tokens);
    expect({ ...rest, prefix: prefix.slice(-KNOWN_HOLE.prefix.length) }).toEqual(KNOWN_HOLE);
    expect(prefix).not.toContain(KNOWN_HOLE.answer);
  });

  test('is the short one where there is no room', () => expect(longHole(192)).toEqual(KNOWN_HOLE));

  test('has no function twice in a row of seventy', () => {
    const names = longHole(4096).prefix.match(/add_\w+/g) ?? [];
    expect(names.length).toBeGreaterThan(100);
    expect(new Set(names.slice(0, 72)).size).toBe(72);
  });
});

describe('a long prompt', () => {
  const hole = longHole(1536);
  const long = (text: string, more: Partial<Exchange> = {}) => exchange(text, { hole, ...more });
  const fits = Math.ceil((hole.prefix.length + hole.suffix.length) / 8);
  const lengthOf = (told: Exchange, model = MODEL, tokens = 1536) => {
    const { check, remedy } = lengthCheck(model, told, tokens);
    return { outcome: check.outcome, text: check.text, tokens: remedy?.kind === 'smallerPrompts' && remedy.tokens };
  };

  test('is good where it is filled, and was read as far as anybody can tell', () => {
    expect(lengthOf(long('walrus'))).toMatchObject({ outcome: 'good', tokens: false });
    const usage = { promptTokens: fits };
    const counted = lengthOf(long('walrus', { usage }));
    expect(counted).toMatchObject({ outcome: 'good', tokens: false });
    expect(counted.text).toContain(`(${fits} tokens)`);
    expect(lengthOf(long('walrus', { usage: { outputTokens: 2 } })).text).not.toContain('(');
  });

  test('that was read in part is bad, whatever the model made of it', () => {
    for (const text of ['walrus', 'number', '<|fim_suffix|>']) {
      const usage = { promptTokens: fits - 1 };
      const cut = lengthOf(long(text, { usage }));
      expect(cut).toMatchObject({ outcome: 'bad' });
      expect(cut.text).toContain(`read ${fits - 1} tokens`);
    }
  });

  test('is sent smaller: by what the server takes, less the answer, with a margin', () => {
    const limit = (value: number, prompt = 9999) =>
      lengthOf(long('', { error: new AppError('contextTooLong', { tokens: { prompt, limit: value } }) })).tokens;
    expect(limit(2048)).toBe(1536);
    expect(limit(1024)).toBe(640);
    expect(limit(4096)).toBe(3456);
    expect(limit(100), 'but not so small that it is of no use').toBe(256);
    // What it would send, and the answer, fit.
    for (let value = 512; value < 10_000; value += 97) expect(limit(value)).toBeLessThanOrEqual(value - 192);
  });

  test('goes by the context in force where the server names no limit, and else by half', () => {
    const error = new AppError('contextTooLong');
    const loaded = { ...MODEL, loaded: { contextLength: 1024 } };
    expect(lengthOf(long('', { error }), loaded)).toMatchObject({ outcome: 'bad', tokens: 640 });
    expect(lengthOf(long('', { error }), loaded).text).toMatch(/takes 1024 tokens.*send 1536/);
    expect(lengthOf(long('', { error }), MODEL, 4096)).toMatchObject({ outcome: 'bad', tokens: 1536 });
    const named = new AppError('contextTooLong', { tokens: { prompt: 3000, limit: 2048 } });
    expect(lengthOf(long('', { error: named }), loaded).tokens, 'the server knows best').toBe(1536);
  });

  test('that failed otherwise says nothing of its length', () => {
    const error = new AppError('timedOut');
    expect(lengthOf(long('', { error }))).toEqual({ outcome: 'note', text: explain(error).text, tokens: false });
  });

  test('whose markers come back may have been cut, where nothing was counted', () => {
    expect(lengthOf(long('<|fim_suffix|>'))).toMatchObject({ outcome: 'bad', tokens: 384 });
    const usage = { promptTokens: fits };
    expect(lengthOf(long('<|fim_suffix|>', { usage }))).toMatchObject({ outcome: 'note', tokens: false });
  });

  test('that is filled wrongly is no illness', () => {
    const wrong = lengthOf(long('number'));
    expect(wrong).toEqual({ outcome: 'note', text: 'Not filled rightly: “number”', tokens: false });
  });
});
