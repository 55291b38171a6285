import type { Model } from '../model.ts';

/** How one family of models wants to be asked to fill in the middle. */
export interface Profile {
  readonly id: string;
  /** Which side of the hole comes first in the prompt. */
  readonly order: 'prefixFirst' | 'suffixFirst';
  /** What stands before, between and after the two sides, in prompt order; no whitespace beyond what is shown. */
  readonly frame: readonly [open: string, between: string, close: string];
  /** End the text, and never belong to it. At most 16: DeepSeek's API takes no more. */
  readonly stops: readonly string[];
  /** Control tokens that the server would read as such inside a raw prompt; text with one of them is left out of it. */
  readonly reserved: readonly string[];
  /** Names as servers have them: lower case, without registry and owner. Anchored at the start. */
  readonly names: RegExp;
  /** Members of the family that were not trained to fill in the middle. */
  readonly except?: RegExp;
  /** Values of the server's family field that prove the family whatever the name is. */
  readonly families?: readonly string[];
  /** Where the facts come from, with a date. */
  readonly source: string;
}

const PIPED = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'] as const;
const PLAIN = ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'] as const;
const DEEPSEEK = ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'] as const;
const QWEN_ENDS = ['<|endoftext|>', '<|fim_pad|>', '<|repo_name|>', '<|file_sep|>', '<|im_end|>'];
const DEEPSEEK_ENDS = ['<｜end▁of▁sentence｜>', '<｜begin▁of▁sentence｜>', '<|EOT|>'];
const STARCODER_ENDS = ['<|endoftext|>', '<|end_of_text|>', '<file_sep>', '<repo_name>'];

/** The beginning-of-sequence token is never part of a frame: servers add it to raw prompts themselves. */
export const PROFILES: readonly Profile[] = [
  {
    id: 'qwen-coder',
    order: 'prefixFirst',
    frame: PIPED,
    stops: [...QWEN_ENDS, ...PIPED],
    reserved: [...QWEN_ENDS, '<|im_start|>', ...PIPED],
    // Instruct variants fill too when asked raw, without the chat form: QwenLM/Qwen3-Coder#206 (2024-12-16), #543.
    names: /^qwen-?(2\.5(\.1)?|3)-coder(?![a-z])/,
    source: 'Qwen2.5-Coder and Qwen3-Coder READMEs; read 2026-11',
  },
  {
    id: 'codeqwen',
    order: 'prefixFirst',
    frame: PLAIN,
    stops: [...STARCODER_ENDS, '<|im_end|>', ...PLAIN],
    reserved: [...STARCODER_ENDS, '<|im_start|>', '<|im_end|>', ...PLAIN],
    // The bare name is the chat model in Ollama's library.
    names: /^codeqwen(1\.5)?(-7b|:.*code)/,
    except: /chat/,
    source: 'CodeQwen1.5 README (2024-04): tokens without pipes, unlike Qwen2.5-Coder',
  },
  {
    id: 'deepseek-coder-v2',
    order: 'prefixFirst',
    frame: DEEPSEEK,
    stops: [...DEEPSEEK_ENDS, ...DEEPSEEK],
    reserved: [...DEEPSEEK_ENDS, ...DEEPSEEK],
    names: /^deepseek-coder-v2(?![a-z\d])/,
    // Only Lite (16B) was trained on the hole: deepseek-ai/DeepSeek-Coder-V2#18 (2024-07-03). The names without "lite"
    // on Hugging Face are the 236B ones; Ollama's library names Lite by its size.
    except: /236b|^deepseek-coder-v2-(base|instruct)/,
    source: 'DeepSeek-Coder-V2 README; Ollama library template of deepseek-coder-v2:16b; read 2026-11',
  },
  {
    id: 'deepseek-coder',
    order: 'prefixFirst',
    frame: DEEPSEEK,
    stops: [...DEEPSEEK_ENDS, ...DEEPSEEK],
    reserved: [...DEEPSEEK_ENDS, ...DEEPSEEK],
    names: /^deepseek-coder(?!-?v2)(?![a-z\d])/,
    // "Instruct model can't support FIM": deepseek-ai/DeepSeek-Coder#80 (2024-01-03). v1.5 was trained on next tokens
    // alone (arXiv 2401.14196, section 5).
    except: /instruct|v1\.5/,
    source: 'DeepSeek-Coder README; arXiv 2401.14196; read 2026-11',
  },
  {
    id: 'codestral',
    order: 'suffixFirst',
    // Ollama's own template puts a space after [PREFIX]; Mistral's encoder does not.
    frame: ['[SUFFIX]', '[PREFIX]', ''],
    stops: ['</s>', '[SUFFIX]', '[PREFIX]', '[MIDDLE]'],
    reserved: ['<s>', '</s>', '[SUFFIX]', '[PREFIX]', '[MIDDLE]', '[INST]', '[/INST]'],
    names: /^codestral(?!-(mamba|embed))(?![a-z])/,
    source: 'mistral-common instruct.py, encode_fim; read 2026-11',
  },
  {
    id: 'starcoder2',
    order: 'prefixFirst',
    frame: PLAIN,
    stops: [...STARCODER_ENDS, ...PLAIN],
    reserved: [...STARCODER_ENDS, ...PLAIN],
    names: /^starcoder2(?![a-z])/,
    except: /instruct|chat|dolphin/,
    families: ['starcoder2'],
    source: 'arXiv 2402.19173 section 5.1; bigcode-project/starcoder2#21',
  },
  {
    id: 'codegemma',
    order: 'prefixFirst',
    frame: PIPED,
    stops: ['<|file_separator|>', '<eos>', '<end_of_turn>', ...PIPED],
    reserved: ['<|file_separator|>', '<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>', ...PIPED],
    names: /^codegemma(?![a-z])/,
    except: /instruct|[-:.\d]it\b/,
    source: 'ai.google.dev/gemma/docs/codegemma/prompt-structure; model card: 7b-it is for chat; read 2026-11',
  },
  {
    id: 'codellama',
    order: 'prefixFirst',
    frame: ['<PRE> ', ' <SUF>', ' <MID>'],
    stops: ['<EOT>', '</s>', '<PRE>', '<SUF>', '<MID>'],
    reserved: ['<s>', '</s>', '<EOT>', '<PRE>', '<SUF>', '<MID>'],
    names: /^code-?llama(?![a-z])/,
    except: /34b|70b|instruct|python|chat/,
    source: 'Ollama docs/template.mdx; codellama README: 7B and 13B only; read 2026-11',
  },
  {
    id: 'granite-4',
    order: 'prefixFirst',
    frame: PIPED,
    stops: ['<|end_of_text|>', '<|fim_pad|>', '<|start_of_role|>', '<|end_of_role|>', ...PIPED],
    reserved: ['<|end_of_text|>', '<|fim_pad|>', '<|start_of_role|>', '<|end_of_role|>', ...PIPED],
    // Not `granite-code:34b`: the digit must follow the name itself.
    names: /^granite-?4(\.\d+)?(?![\da-z])/,
    families: ['granitehybrid', 'granitemoehybrid'],
    source: 'ibm.com/granite/docs (4.0: FIM); Continue AutocompleteTemplate.ts for the tokens; read 2026-11',
  },
  {
    id: 'granite-code',
    order: 'prefixFirst',
    frame: PLAIN,
    stops: ['<|endoftext|>', '<fim_pad>', ...PLAIN],
    reserved: ['<|endoftext|>', '<fim_pad>', ...PLAIN],
    names: /^granite-(\d+b-)?code(?![a-z])/,
    except: /instruct/,
    source: 'llama.cpp llama-vocab.cpp; arXiv 2405.04324; read 2026-11',
  },
  {
    id: 'stable-code',
    order: 'prefixFirst',
    frame: PLAIN,
    stops: ['<|endoftext|>', '<fim_pad>', ...PLAIN],
    reserved: ['<|endoftext|>', '<fim_pad>', '<|im_start|>', '<|im_end|>', ...PLAIN],
    names: /^stable-?code(?![a-z])/,
    except: /instruct/,
    source: 'stabilityai/stable-code-3b model card; llama.cpp llama-vocab.cpp; read 2026-11',
  },
];

/**
 * The profile of a model, or `holeFilling` for models that were not trained to fill in the middle. The family field
 * decides where it can; most families share one (`llama`, `qwen2`), so names have to follow. The server's `insert`
 * ability is no criterion: it tells only whether the chosen template mentions a suffix, and raw prompts need no template.
 */
export function profileOf(model: Pick<Model, 'name' | 'family'>): Profile | 'holeFilling' {
  const name = plainName(model.name);
  const family = model.family?.toLowerCase();
  const found =
    (family === undefined ? undefined : PROFILES.find((profile) => profile.families?.includes(family))) ??
    PROFILES.find((profile) => profile.names.test(name));
  return found === undefined || found.except?.test(name) === true ? 'holeFilling' : found;
}

/** `hf.co/Owner/Qwen2.5-Coder-7B-GGUF:Q4_K_M` becomes `qwen2.5-coder-7b-gguf:q4-k-m`. */
function plainName(name: string): string {
  const lower = name.trim().toLowerCase().replaceAll('_', '-');
  return lower.slice(lower.lastIndexOf('/') + 1);
}

/** The raw prompt around a hole. */
export function renderPrompt(profile: Profile, prefix: string, suffix: string): string {
  const [open, between, close] = profile.frame;
  const [first, second] = profile.order === 'prefixFirst' ? [prefix, suffix] : [suffix, prefix];
  return open + first + between + second + close;
}
