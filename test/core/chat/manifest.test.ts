import { expect, test } from 'vitest';
import { fitMessages } from '../../../src/core/chat/budget.ts';
import { manifestOf } from '../../../src/core/chat/manifest.ts';
import { LLAMA, OPENAI, model } from '../routing/fixtures.ts';
import { passage, question } from './parts.ts';

const CODE = 'const a = 1;\nconst b = 2;';
const fitted = fitMessages([question('Why?', { passages: [passage(CODE)] })], 4096);

test('lists every text of the user, and counts all that is sent', () => {
  const { host, entries, characters, tokens, omitted } = manifestOf(LLAMA, fitted);
  expect(host).toBe('127.0.0.1:11434');
  expect(entries.map(({ label }) => label)).toEqual([passage(CODE).name, 'Your question']);
  expect(entries[0]).toMatchObject({ characters: CODE.length, passage: { text: CODE } });
  expect(characters).toBe(fitted.messages.reduce((sum, { text }) => sum + text.length, 0));
  expect(tokens).toBeGreaterThan(entries.reduce((sum, entry) => sum + entry.tokens, 0));
  expect(omitted).toBeUndefined();
});

test('knows what a vendor asks for reading it, and of other models that no price is known', () => {
  const { cost, tokens } = manifestOf(model(OPENAI, 'gpt-5'), fitted);
  expect(cost).toEqual({ dollars: (tokens * 1.25) / 1_000_000, pricedOn: '2026-11-10' });
  expect(manifestOf(LLAMA, fitted)).not.toHaveProperty('cost');
});
