import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../../src/core/completion/profileData.ts';
import { looksWrong } from '../../../src/core/completion/probe.ts';
import { createProofs } from '../../../src/core/completion/proofs.ts';
import { createSuspicion } from '../../../src/core/completion/suspicion.ts';
import type { Model } from '../../../src/core/model.ts';
import { AppError, isRefusal } from '../../../src/core/outcome.ts';
import { type Says, patientModel, roadTo } from './patient.ts';

const [QWEN] = PROFILES;
if (!QWEN) throw new Error('no profile');
const CODER = { ...patientModel('qwen2.5-coder:7b'), digest: 'a' };
const NOBODY = [{ kind: 'window' }] as const;

describe('an answer that looks wrong', () => {
  test.each([
    ['<|fim_suffix|>):', true],
    ['x = 1<fim_middle>', true],
    ['<think>\nLet me see', true],
    ['Sure, here it is:\n\n```python\n', true],
    ['walrus', false],
    ['', false],
    // All of these may be what the document wants.
    ['The function doubles a number.', false],
    ['```python\nx = 1\n```', false],
    ['Here is the list:\n- one', false],
  ])('%j: %s', (text, expected) => expect(looksWrong(text)).toBe(expected));
});

function begin(says: (prompt: string) => Says) {
  const timers: { run: () => void; disposed: boolean }[] = [];
  const clock = {
    after(_: number, run: () => void) {
      const timer = { run, disposed: false };
      timers.push(timer);
      return { dispose: () => void (timer.disposed = true) };
    },
  };
  const road = roadTo({ complete: ({ prompt }) => says(prompt) });
  const proofs = createProofs({ read: () => undefined, write: () => {} });
  const send = createSuspicion({ send: road, proofs, clock });
  const complete = async (model: Model = CODER) => {
    const request = { model, prompt: 'own', stops: [], maxTokens: 9, temperature: 0 };
    const answer = await send.complete(request, NOBODY, new AbortController().signal);
    let text = '';
    if (isRefusal(answer)) return answer.reason;
    for await (const piece of answer) if (piece.kind === 'text') text += piece.text;
    return text;
  };
  const quiet = async () => {
    for (const timer of timers.splice(0)) if (!timer.disposed) timer.run();
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  };
  const probes = () => road.sent.filter((request) => 'prompt' in request && request.prompt !== 'own');
  return { complete, quiet, probes, proofs, send };
}
describe('suspicion', () => {
  const wrong = () => ({ text: '<|fim_suffix|>' });

  test('comes with the third wrong answer in a row, and is cleared up once, when all is quiet', async () => {
    const { complete, quiet, probes, proofs } = begin(wrong);
    expect(await complete()).toBe('<|fim_suffix|>');
    await complete();
    await quiet();
    expect(probes()).toEqual([]);
    await complete();
    // Not while somebody types.
    await complete();
    expect(probes()).toEqual([]);
    await quiet();
    expect(probes()).toHaveLength(1);
    expect(proofs.of(CODER, QWEN)).toBe('markers');
    await complete();
    await quiet();
    expect(probes()).toHaveLength(1);
  });

  test('a right answer in between takes it away', async () => {
    let text = '<|fim_suffix|>';
    const { complete, quiet, probes } = begin(() => ({ text }));
    await complete();
    await complete();
    text = 'walrus';
    await complete();
    text = '<|fim_suffix|>';
    await complete();
    await complete();
    await quiet();
    expect(probes()).toEqual([]);
  });

  test('is only about models of this machine, in the form that their name tells', async () => {
    const { complete, quiet, probes } = begin(wrong);
    for (let n = 0; n < 4; n++) await complete({ ...CODER, zone: 'network' });
    for (let n = 0; n < 4; n++) await complete({ ...CODER, profile: { ...QWEN, id: 'mine' } });
    await quiet();
    expect(probes()).toEqual([]);
  });

  test('a test that fails proves nothing', async () => {
    const { complete, quiet, proofs, probes } = begin((prompt) =>
      prompt === 'own' ? wrong() : { error: new AppError('timedOut') },
    );
    for (let n = 0; n < 3; n++) await complete();
    await quiet();
    expect(probes()).toHaveLength(1);
    expect(proofs.of(CODER, QWEN)).toBeUndefined();
  });

  test('ends with the window', async () => {
    const { complete, quiet, probes, send } = begin(wrong);
    for (let n = 0; n < 3; n++) await complete();
    send.dispose();
    await quiet();
    expect(probes()).toEqual([]);
  });
});
