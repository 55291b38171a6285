import { expect, test } from 'vitest';
import { type CompletionLimits, withinLimits } from '../../src/core/completionLimits.ts';
import { isOnFor } from '../../src/core/completion/gate.ts';

const MOST: CompletionLimits = {
  enabled: true,
  languages: { '*': true },
  trigger: 'automatic',
  holeFilling: 'automatic',
  context: 'on',
};
const LEAST: CompletionLimits = {
  enabled: false,
  languages: { '*': false },
  trigger: 'manual',
  holeFilling: 'off',
  context: 'off',
};

test('a workspace turns nothing on that the user has off', () => {
  expect(withinLimits(LEAST, MOST)).toEqual(LEAST);
  expect(withinLimits({ ...MOST, holeFilling: 'manual' }, MOST).holeFilling).toBe('manual');
});

test('a workspace turns off what the user has on', () => {
  expect(withinLimits(MOST, LEAST)).toEqual(LEAST);
  expect(withinLimits(MOST, MOST)).toEqual(MOST);
});

test.each([
  [
    { '*': true, markdown: false },
    { '*': true, markdown: true },
    { markdown: false, go: true },
  ],
  [{ '*': false, go: true }, { '*': true }, { go: true, markdown: false }],
  [{ '*': true }, { go: false }, { go: false, markdown: true }],
  [{ '*': false }, { go: true }, { go: false, markdown: false }],
  [{}, {}, { go: true }],
])('languages: the user %j, the workspace %j', (own, wanted, expected) => {
  const { languages } = withinLimits({ ...MOST, languages: own }, { ...MOST, languages: wanted });
  for (const [id, on] of Object.entries(expected)) expect(isOnFor(languages, id)).toBe(on);
});
