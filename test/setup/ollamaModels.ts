/**
 * Models for a real server out of one small file: the names and templates are those of models that people use, so that
 * profiles, raw prompts, stops and switching are exercised on the wire. What they write is the small model's own.
 */
export const CHAT_MODEL = 'smollm2:135m';

/** Names that exist in the Ollama library, of models trained to fill in the middle. */
export const FIM_MODELS = ['qwen2.5-coder:0.5b-base', 'codestral:22b', 'deepseek-coder:6.7b-base'] as const;

/** Templates with a suffix, which give a model the `insert` capability, as these have it in the library. */
const TEMPLATES: Readonly<Record<string, string>> = {
  'qwen2.5-coder':
    '{{ if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>{{ else }}{{ .Prompt }}{{ end }}',
  codestral: '{{ if .Suffix }}[SUFFIX]{{ .Suffix }}[PREFIX]{{ .Prompt }}{{ else }}{{ .Prompt }}{{ end }}',
};

/**
 * One thread is plenty for a model of this size. Two wait for each other at every layer, and on two cores that also run a
 * workbench they are six times slower (13 tokens/s beside 78) or worse.
 */
const THREADS = 'PARAMETER num_thread 1';

/** Parameters by which a model says the same each time. */
export const ALWAYS_THE_SAME = ['temperature 0', 'repeat_penalty 1'] as const;

/**
 * The Modelfile for a name, with more parameters if wanted. A chat model takes the template that the file of the weights
 * carries.
 */
export function modelfile(name: string, gguf: string, parameters: readonly string[] = []): string {
  const template = TEMPLATES[name.split(':', 1)[0] ?? ''];
  return [
    `FROM ${gguf}`,
    THREADS,
    ...parameters.map((parameter) => `PARAMETER ${parameter}`),
    ...(template === undefined ? [] : [`TEMPLATE """${template}"""`]),
    '',
  ].join('\n');
}
