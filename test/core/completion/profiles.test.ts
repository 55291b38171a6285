import { describe, expect, test } from 'vitest';
import { PROFILES, profileOf, renderPrompt } from '../../../src/core/completion/profiles.ts';

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
    ['granite-4', '<|fim_prefix|>P <|fim_suffix|>\nS<|fim_middle|>'],
    ['granite-code', '<fim_prefix>P <fim_suffix>\nS<fim_middle>'],
    ['stable-code', '<fim_prefix>P <fim_suffix>\nS<fim_middle>'],
  ])('%s', (name, prompt) => {
    const profile = PROFILES.find((p) => p.id === name);
    expect(profile && renderPrompt(profile, 'P ', '\nS')).toBe(prompt);
  });

  test('every profile is in the list above', () => expect(PROFILES).toHaveLength(11));

  test.each(PROFILES.map((p) => [p.id, p] as const))('%s: stops and reserved tokens', (_, profile) => {
    expect(profile.stops.length).toBeLessThanOrEqual(16);
    expect(new Set(profile.stops).size).toBe(profile.stops.length);
    for (const token of profile.frame.map((part) => part.trim()).filter(Boolean)) {
      expect(profile.stops).toContain(token);
      expect(profile.reserved).toContain(token);
    }
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
    ['qwen3-coder-next:latest', undefined, 'qwen-coder'],
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
    ['granite4:32b-a9b-h', 'granitehybrid', 'granite-4'],
    ['granite4.1:8b', 'granite', 'granite-4'],
    ['granite-4.0-h-tiny', undefined, 'granite-4'],
    ['granite3.3:8b', 'granite', 'holeFilling'],
    ['granite-embedding:30m', 'bert', 'holeFilling'],
    ['stable-code:3b-code', 'stablelm', 'stable-code'],
    ['stabilityai/stable-code-3b', undefined, 'stable-code'],
    ['stable-code:instruct', 'stablelm', 'holeFilling'],
    ['stablelm2:12b', 'stablelm', 'holeFilling'],
    ['llama3.2:3b', 'llama', 'holeFilling'],
    ['gpt-6-sol', undefined, 'holeFilling'],
    ['not-qwen2.5-coder', undefined, 'holeFilling'],
  ])('%s (%s): %s', (name, family, expected) => expect(id(name, family)).toBe(expected));
});
