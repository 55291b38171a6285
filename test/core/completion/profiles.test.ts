import { describe, expect, test } from 'vitest';
import { PROFILES, SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import { type Profile, profileOf, renderPrompt } from '../../../src/core/completion/profiles.ts';
import { endpointAt } from '../../providers/support.ts';

const byId = (id: string): Profile => {
  const found = PROFILES.find((profile) => profile.id === id);
  if (!found) throw new Error(`no profile ${id}`);
  return found;
};

const id = (name: string, family?: string) => {
  const profile = profileOf(family === undefined ? { name } : { name, family });
  return profile === 'holeFilling' ? profile : profile.id;
};

describe('prompts', () => {
  test.each([
    ['qwen-coder', '<|fim_prefix|>P <|fim_suffix|>\nS<|fim_middle|>'],
    ['codeqwen', '<fim_prefix>P <fim_suffix>\nS<fim_middle>'],
    ['deepseek-coder', '<\uFF5Cfim\u2581begin\uFF5C>P <\uFF5Cfim\u2581hole\uFF5C>\nS<\uFF5Cfim\u2581end\uFF5C>'],
    ['deepseek-coder-v2', '<\uFF5Cfim\u2581begin\uFF5C>P <\uFF5Cfim\u2581hole\uFF5C>\nS<\uFF5Cfim\u2581end\uFF5C>'],
    ['codestral', '[SUFFIX]\nS[PREFIX]P '],
    ['starcoder2', '<fim_prefix>P <fim_suffix>\nS<fim_middle>'],
    ['codegemma', '<|fim_prefix|>P <|fim_suffix|>\nS<|fim_middle|>'],
    ['codellama', '<PRE> P  <SUF>\nS <MID>'],
    ['qwen3-coder-next', '<|fim_prefix|>P <|fim_suffix|>\nS<|fim_middle|>'],
    ['granite-4', '<|fim_prefix|>P <|fim_suffix|>\nS<|fim_middle|>'],
    ['granite-4-hybrid', '<|fim_prefix|>P <|fim_suffix|>\nS<|fim_middle|>'],
    ['granite-code', '<fim_prefix>P <fim_suffix>\nS<fim_middle>'],
    ['stable-code', '<fim_prefix>P <fim_suffix>\nS<fim_middle>'],
    ['seed-coder', '<[fim-suffix]>\nS<[fim-prefix]>P <[fim-middle]>'],
    ['mellum', '<fim_suffix>\nS<fim_prefix>P <fim_middle>'],
  ])('%s', (name, prompt) => {
    expect(renderPrompt(byId(name), 'P ', '\nS')).toBe(prompt);
  });

  test('every profile is in the list above', () => expect(PROFILES).toHaveLength(15));

  test.each([
    ['qwen-coder', '<|fim_prefix|>A\n<|fim_suffix|>S<|fim_middle|>  li'],
    ['deepseek-coder', '<\uFF5Cfim\u2581begin\uFF5C>A\n<\uFF5Cfim\u2581hole\uFF5C>S<\uFF5Cfim\u2581end\uFF5C>  li'],
    ['seed-coder', '<[fim-suffix]>S<[fim-prefix]>A\n<[fim-middle]>  li'],
    ['codestral', '[SUFFIX]S[PREFIX]A\n  li'],
  ])('%s, anchored to the line', (name, prompt) => {
    expect(renderPrompt(byId(name), 'A\n', 'S', { layout: 'lineAnchored', line: '  li' })).toBe(prompt);
  });

  test('suffix first, where a model was trained on both orders', () => {
    const prompt = renderPrompt(byId('starcoder2'), 'P', 'S', { layout: 'suffixFirst' });
    expect(prompt).toBe('<fim_prefix><fim_suffix>S<fim_middle>P');
  });

  test.each([
    [
      'qwen-coder',
      '<|repo_name|>workspace\n<|file_sep|>a.ts\nA$&\n<|file_sep|>b.ts\nB\n<|file_sep|>c.ts\n<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>',
    ],
    [
      'starcoder2',
      '<repo_name>workspace<file_sep>a.ts\nA$&<file_sep>b.ts\nB<file_sep><fim_prefix>c.ts\nP<fim_suffix>S<fim_middle>',
    ],
    [
      'codegemma',
      'a.ts\nA$&\n<|file_separator|>b.ts\nB\n<|file_separator|>c.ts\n<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>',
    ],
    [
      'deepseek-coder-v2',
      '<\uFF5Cfim\u2581begin\uFF5C>#a.ts\nA$&\n#b.ts\nB\n#c.ts\nP<\uFF5Cfim\u2581hole\uFF5C>S<\uFF5Cfim\u2581end\uFF5C>',
    ],
    ['mellum', '<filename>a.ts\nA$&\n<filename>b.ts\nB\n<filename>c.ts\n<fim_suffix>S<fim_prefix>P<fim_middle>'],
    ['codestral', '[SUFFIX]S[PREFIX]P'],
  ])('%s, with other files', (name, prompt) => {
    const files = [
      { path: 'a.ts', code: 'A$&' },
      { path: 'b.ts', code: 'B' },
    ];
    expect(renderPrompt(byId(name), 'P', 'S', { files, path: 'c.ts' })).toBe(prompt);
    expect(renderPrompt(byId(name), 'P', 'S', { files: [], path: 'c.ts' })).toBe(renderPrompt(byId(name), 'P', 'S'));
  });

  test('nothing around the prefix for servers with fields of their own', () => {
    expect(renderPrompt(SERVER_FIELDS, 'P', 'S')).toBe('P');
  });

  test.each(PROFILES.map((p) => [p.id, p] as const))('%s: stops and reserved tokens', (_, profile) => {
    expect(profile.stops.length).toBeLessThanOrEqual(16);
    expect(new Set(profile.stops).size).toBe(profile.stops.length);
    for (const token of profile.frame.map((part) => part.trim()).filter(Boolean)) {
      expect(profile.stops).toContain(token);
      expect(profile.reserved).toContain(token);
    }
    // Other files must not be able to open a frame, nor the text to go on with one.
    const { open = '', file = '', current = '' } = profile.files ?? {};
    for (const [marker] of [open, file, current].join('').matchAll(/<[^<>]+>/g))
      expect(profile.reserved).toContain(marker);
    expect(profile.layouts.length).toBeGreaterThan(0);
    const otherOrder = profile.order === 'suffixFirst' || profile.suffixFirst !== undefined;
    expect(profile.layouts.includes('suffixFirst')).toBe(otherOrder);
    // Text that programs contain as a matter of course would end completions in the middle.
    for (const stop of profile.stops) expect(stop).not.toMatch(/^(\/\/|#|\n|\s*|\/src\/|```)$/);
    expect(profile.source).toMatch(/\d/);
  });
});

describe('profileOf', () => {
  test.each([
    ['qwen2.5-coder:7b', 'qwen2', 'qwen-coder'],
    ['qwen2.5-coder:1.5b-base-q4_K_M', 'qwen2', 'qwen-coder'],
    ['Qwen/Qwen2.5-Coder-32B-Instruct', undefined, 'qwen-coder'],
    ['hf.co/bartowski/Qwen2.5-Coder-7B-Instruct-GGUF:Q4_K_M', 'qwen2', 'qwen-coder'],
    ['qwen3-coder:30b', 'qwen3moe', 'qwen-coder'],
    ['qwen3-coder:480b-cloud', undefined, 'qwen-coder'],
    ['qwen3-coder-next:latest', undefined, 'qwen3-coder-next'],
    ['codeqwen:7b', 'qwen2', 'holeFilling'],
    ['codeqwen:7b-code', 'qwen2', 'codeqwen'],
    ['codeqwen:7b-chat', 'qwen2', 'holeFilling'],
    ['Qwen/CodeQwen1.5-7B', undefined, 'codeqwen'],
    ['Qwen/CodeQwen1.5-7B-Chat', undefined, 'holeFilling'],
    ['qwen2.5:7b', 'qwen2', 'holeFilling'],
    ['qwen3:8b', 'qwen3', 'holeFilling'],
    ['deepseek-coder:6.7b-base', 'llama', 'deepseek-coder'],
    ['deepseek-coder:1.3b', 'llama', 'deepseek-coder'],
    ['deepseek-coder:6.7b-instruct', 'llama', 'holeFilling'],
    ['TheBloke/deepseek-coder-33B-base-GGUF', undefined, 'deepseek-coder'],
    ['deepseek-ai/deepseek-coder-7b-base-v1.5', undefined, 'holeFilling'],
    ['deepseek-coder-v2:16b', 'deepseek2', 'deepseek-coder-v2'],
    ['deepseek-coder-v2', 'deepseek2', 'deepseek-coder-v2'],
    ['deepseek-coder-v2:16b-lite-base-q4_K_M', 'deepseek2', 'deepseek-coder-v2'],
    ['deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct', undefined, 'deepseek-coder-v2'],
    ['deepseek-ai/DeepSeek-Coder-V2-Instruct', undefined, 'holeFilling'],
    ['deepseek-coder-v2:236b', 'deepseek2', 'holeFilling'],
    ['deepseek-v3:671b', 'deepseek2', 'holeFilling'],
    ['deepseek-r1:7b', 'qwen2', 'holeFilling'],
    ['codestral:22b', 'llama', 'codestral'],
    ['codestral:latest', undefined, 'codestral'],
    ['codestral-2508', undefined, 'codestral'],
    ['mistralai/Codestral-22B-v0.1', undefined, 'codestral'],
    ['codestral-mamba-latest', undefined, 'holeFilling'],
    ['codestral-embed', undefined, 'holeFilling'],
    ['mistral:7b', 'llama', 'holeFilling'],
    ['starcoder2:3b', 'starcoder2', 'starcoder2'],
    ['starcoder2:15b-instruct', 'starcoder2', 'holeFilling'],
    ['dolphincoder:7b', 'starcoder2', 'holeFilling'],
    ['my-private-tune:latest', 'starcoder2', 'starcoder2'],
    ['codegemma:2b', 'gemma', 'codegemma'],
    ['codegemma:7b-instruct', 'gemma', 'holeFilling'],
    ['google/codegemma-7b-it', undefined, 'holeFilling'],
    ['gemma3:4b', 'gemma3', 'holeFilling'],
    ['codellama:7b-code', 'llama', 'codellama'],
    ['codellama:13b', 'llama', 'codellama'],
    ['codellama/CodeLlama-7b-hf', undefined, 'codellama'],
    ['codellama:34b-code', 'llama', 'holeFilling'],
    ['codellama:70b', 'llama', 'holeFilling'],
    ['codellama:7b-instruct', 'llama', 'holeFilling'],
    ['codellama:7b-python', 'llama', 'holeFilling'],
    ['granite-code:3b', 'llama', 'granite-code'],
    ['granite-code:34b', 'starcoder', 'granite-code'],
    ['ibm-granite/granite-34b-code-base-8k', undefined, 'granite-code'],
    ['ibm-granite/granite-8b-code-instruct-4k', undefined, 'holeFilling'],
    ['granite4:micro', 'granite', 'granite-4'],
    ['granite4:32b-a9b-h', 'granitehybrid', 'granite-4-hybrid'],
    ['granite4:tiny-h', undefined, 'granite-4-hybrid'],
    ['granite4.1:8b', 'granite', 'granite-4'],
    ['granite-4.0-h-tiny', undefined, 'granite-4-hybrid'],
    ['granite-4.0-micro', undefined, 'granite-4'],
    ['granite3.3:8b', 'granite', 'holeFilling'],
    ['granite-embedding:30m', 'bert', 'holeFilling'],
    ['stable-code:3b-code', 'stablelm', 'stable-code'],
    ['stabilityai/stable-code-3b', undefined, 'stable-code'],
    ['stable-code:instruct', 'stablelm', 'holeFilling'],
    ['stablelm2:12b', 'stablelm', 'holeFilling'],
    ['ByteDance-Seed/Seed-Coder-8B-Base', undefined, 'seed-coder'],
    ['hf.co/unsloth/Seed-Coder-8B-Instruct-GGUF:Q4_K_M', 'llama', 'holeFilling'],
    ['JetBrains/Mellum-4b-base', undefined, 'mellum'],
    ['mellum-4b-sft-kotlin', 'llama', 'mellum'],
    ['JetBrains/Mellum2-12B-A2.5B-Base', undefined, 'holeFilling'],
    ['zeta-2.1', 'llama', 'holeFilling'],
    ['devstral:24b', 'llama', 'holeFilling'],
    ['devstral-small-2507', undefined, 'holeFilling'],
    ['llama3.2:3b', 'llama', 'holeFilling'],
    ['gpt-6-sol', undefined, 'holeFilling'],
    ['not-qwen2.5-coder', undefined, 'holeFilling'],
  ])('%s (%s): %s', (name, family, expected) => expect(id(name, family)).toBe(expected));

  test('what the user or a probe said comes before names', () => {
    const mine = { ...byId('codestral'), id: 'mine' };
    expect(profileOf({ name: 'qwen2.5-coder', profile: mine })).toBe(mine);
    expect(profileOf({ name: 'qwen2.5-coder', profile: 'holeFilling' })).toBe('holeFilling');
  });

  test.each([
    ['ollama', 'mine', 'holeFilling'],
    ['llamacpp', 'mine', 'holeFilling'],
    ['openai', 'mine', 'holeFilling'],
    ['mistral', 'server-fields', 'holeFilling'],
    ['deepseek', 'server-fields', 'holeFilling'],
    ['anthropic', 'holeFilling', 'holeFilling'],
    ['gemini', 'holeFilling', 'holeFilling'],
  ] as const)('in %s, a frame of the user’s counts only where raw prompts can be sent', (protocol, framed, chat) => {
    const endpoint = endpointAt('http://127.0.0.1:1', protocol);
    const insert = protocol !== 'anthropic' && protocol !== 'gemini';
    const abilities = { insert, chat: true, tools: false, vision: false, thinking: false };
    const model = { name: 'any', endpoint, abilities };
    const found = profileOf({ ...model, profile: { ...byId('codestral'), id: 'mine' } });
    expect(found === 'holeFilling' ? found : found.id).toBe(framed);
    expect(profileOf({ ...model, profile: 'holeFilling' })).toBe(chat);
  });

  test('an Ollama with a template for a model that nobody knows puts the markers itself', () => {
    const abilities = { insert: true, chat: true, tools: false, vision: false, thinking: false } as const;
    const endpoint = endpointAt('http://127.0.0.1:1', 'ollama');
    expect(profileOf({ name: 'my-tune:latest', endpoint, abilities })).toBe(SERVER_FIELDS);
    expect(profileOf({ name: 'my-tune:latest', endpoint, abilities: { ...abilities, insert: 'unknown' } })).toBe(
      'holeFilling',
    );
    // Templates of the library are unreliable, and some members of a family have no such training.
    expect(profileOf({ name: 'qwen2.5-coder:7b', endpoint, abilities })).toBe(byId('qwen-coder'));
    expect(profileOf({ name: 'codellama:34b', endpoint, abilities })).toBe('holeFilling');
  });

  test.each([
    ['mistral', true, 'server-fields'],
    ['mistral', false, 'holeFilling'],
    ['deepseek', true, 'server-fields'],
    ['deepseek', false, 'holeFilling'],
  ] as const)('%s, where the list says that a model fills: %s', (protocol, insert, expected) => {
    const abilities = { insert, chat: true, tools: false, vision: false, thinking: false };
    const found = profileOf({
      name: 'codestral-2508',
      endpoint: endpointAt('https://x', protocol, 'cloud'),
      abilities,
    });
    expect(found === 'holeFilling' ? found : found.id).toBe(expected);
  });

  test("raw prompts are of no use where OpenAI's API cannot take them", () => {
    const abilities = { insert: false, chat: true, tools: false, vision: false, thinking: false } as const;
    const model = { name: 'qwen2.5-coder:7b', abilities };
    expect(profileOf({ ...model, endpoint: endpointAt('http://127.0.0.1:1/v1', 'openai') })).toBe('holeFilling');
    expect(profileOf({ ...model, endpoint: endpointAt('http://127.0.0.1:1', 'ollama') })).toBe(byId('qwen-coder'));
  });
});
