import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCloudName } from '../../../src/core/privacy/cloudName.ts';

describe('names that make an Ollama dial its vendor', () => {
  it.each([
    'gpt-oss:cloud',
    'gpt-oss:120b-cloud',
    'gpt-oss:CLOUD',
    'GPT-OSS:120B-Cloud',
    ' gpt-oss:cloud ',
    'gpt-oss: cloud',
    'gpt-oss:cloud\n',
    'gpt-oss:\tcloud',
    'gpt-oss:clo\u200bud',
    'gpt-oss:cloud\u0000',
    'library/gpt-oss:cloud',
    'registry.ollama.ai/library/gpt-oss:20b-cloud',
    'https://registry.ollama.ai/library/gpt-oss:cloud',
    'localhost:5000/me/model:cloud',
    'gpt-oss:20b:cloud',
    'gpt-oss:cloud:20b',
    'gpt-oss:cloud@sha256:abc',
    'gpt-oss:cloud/',
    'gpt-oss:cloud.',
    'gpt-oss：cloud',
    'gpt-oss:ｃｌｏｕｄ',
    'gpt-oss:ⓒloud',
    'gpt-oss:120b‐cloud',
    'gpt-oss:120b—cloud',
    'gpt-oss%3Acloud',
    'gpt-oss:%63loud',
    'gpt-oss-cloud',
  ])('%j', (name) => {
    expect(isCloudName(name)).toBe(true);
  });
});

describe('names that do not', () => {
  it.each([
    'qwen2.5-coder:7b',
    'cloud',
    'cloudy:7b',
    'cloud/model:7b',
    'my-cloud-model:7b',
    'model:cloudless',
    'model:7b-clouds',
    'hf.co/someone/cloud-gguf:Q4_K_M',
    'gpt-4o',
    '',
  ])('%j', (name) => {
    expect(isCloudName(name)).toBe(false);
  });
});

it('sees through any white space and case', () => {
  const blank = fc.constantFrom('', ' ', '\t', '\n', '\u00a0', '\u200b', '\ufeff', '\r\n');
  const letter = (char: string) =>
    fc.tuple(fc.constantFrom(char, char.toUpperCase()), blank).map((parts) => parts.join(''));
  const ending = fc.tuple(...Array.from('cloud', letter)).map((letters) => letters.join(''));
  const name = fc.stringMatching(/^[a-z0-9./-]{1,20}$/);
  fc.assert(
    fc.property(name, fc.constantFrom(':', ':7b-', ':x:'), ending, (start, joint, end) => {
      expect(isCloudName(start + joint + end)).toBe(true);
    }),
  );
});
