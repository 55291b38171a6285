import { describe, expect, test } from 'vitest';
import { type Gate, type GateSettings, type Occasion, gate, isMidWord } from '../../../src/core/completion/gate.ts';
import { model } from './sample.ts';

const ON: GateSettings = {
  enabled: true,
  snoozed: false,
  languages: { '*': true },
  trigger: 'automatic',
  holeFilling: 'manual',
};
const FIM = model('codestral:22b');
const CHAT = model('llama3.2:3b');

describe('gate', () => {
  const all = (go: Gate): Record<Occasion, Gate> => ({ typing: go, invoked: go, command: go });
  test.each<[string, Partial<GateSettings>, typeof FIM | undefined, Record<Occasion, Gate>]>([
    ['on', {}, FIM, all('go')],
    ['no model', {}, undefined, all({ off: 'noModel' })],
    ['turned off', { enabled: false }, FIM, { ...all({ off: 'disabled' }), command: 'go' }],
    ['snoozed', { snoozed: true }, FIM, { ...all({ off: 'snoozed' }), command: 'go' }],
    ['another language', { languages: { go: false } }, FIM, all('go')],
    ['this language', { languages: { '*': true, rust: false } }, FIM, { ...all({ off: 'language' }), command: 'go' }],
    ['all but this language', { languages: { '*': false, rust: true } }, FIM, all('go')],
    ['all others', { languages: { '*': false, go: true } }, FIM, { ...all({ off: 'language' }), command: 'go' }],
    ['manual', { trigger: 'manual' }, FIM, { ...all('go'), typing: 'notNow' }],
    ['a chat model', {}, CHAT, { ...all('go'), typing: 'notNow' }],
    ['a chat model, automatic', { holeFilling: 'automatic', trigger: 'manual' }, CHAT, all('go')],
    ['a chat model, never', { holeFilling: 'off' }, CHAT, all({ off: 'holeFilling' })],
  ])('%s', (_, settings, who, expected) => {
    const verdict = (occasion: Occasion) => gate({ ...ON, ...settings }, 'rust', who, occasion);
    expect({ typing: verdict('typing'), invoked: verdict('invoked'), command: verdict('command') }).toEqual(expected);
  });
});

test.each([
  ['', false],
  [')', false],
  [' foo', false],
  ['foo', true],
  ['_x', true],
  ['\u00e4', true],
  ['1', true],
])('%j right of the cursor is in a word: %s', (lineAfter, expected) => expect(isMidWord(lineAfter)).toBe(expected));
