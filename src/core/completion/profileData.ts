import type { FileForm, Frame, Profile } from './profiles.ts';

const PIPED: Frame = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'];
const PLAIN: Frame = ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'];
/** StarCoder's other order: everything but the suffix stands behind the last marker (SAFIM, model_utils.py, read 2026-11). */
const PLAIN_SUFFIX_FIRST: Frame = ['<fim_prefix><fim_suffix>', '<fim_middle>', ''];
const DEEPSEEK: Frame = ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'];

const QWEN_ENDS = ['<|endoftext|>', '<|fim_pad|>', '<|repo_name|>', '<|file_sep|>', '<|im_end|>'];
const DEEPSEEK_ENDS = ['<｜end▁of▁sentence｜>', '<｜begin▁of▁sentence｜>', '<|EOT|>'];
const STARCODER_ENDS = ['<|endoftext|>', '<|end_of_text|>', '<file_sep>', '<repo_name>'];
const GRANITE_ENDS = ['<|end_of_text|>', '<|fim_pad|>', '<|start_of_role|>', '<|end_of_role|>'];

/** Of one frame for prefix and suffix; the cursor's line after the last marker is a beginning of the middle. */
const ANCHORED = ['lineAnchored', 'prefixFirst'] as const;

/** As in DeepSeek-Coder's README, "Repository Level Code Completion": comments with the path, in one text. */
const DEEPSEEK_FILES: FileForm = { open: '', file: '#{path}\n{code}\n', current: '#{path}\n', at: 'prefix' };

/**
 * The beginning-of-sequence token is never part of a frame: servers add it to raw prompts themselves. The order matters:
 * the first whose names match counts.
 */
export const PROFILES: readonly Profile[] = [
  {
    id: 'qwen-coder',
    order: 'prefixFirst',
    frame: PIPED,
    layouts: ANCHORED,
    files: {
      open: '<|repo_name|>workspace\n',
      file: '<|file_sep|>{path}\n{code}\n',
      current: '<|file_sep|>{path}\n',
      at: 'frame',
    },
    stops: [...QWEN_ENDS, ...PIPED],
    reserved: [...QWEN_ENDS, '<|im_start|>', ...PIPED],
    // Instruct variants fill too when asked raw, without the chat form: QwenLM/Qwen3-Coder#206 (2024-12-16), #543.
    names: /^qwen-?(2\.5(\.1)?|3)-coder(?!-next)(?![a-z])/,
    source: 'Qwen2.5-Coder and Qwen3-Coder READMEs; llama.cpp server-common.cpp for files around a hole; read 2026-11',
  },
  {
    id: 'qwen3-coder-next',
    order: 'prefixFirst',
    frame: PIPED,
    layouts: ANCHORED,
    stops: [...QWEN_ENDS, ...PIPED],
    reserved: [...QWEN_ENDS, '<|im_start|>', ...PIPED],
    quirks: ['noRollback'],
    names: /^qwen-?3-coder-next(?![a-z])/,
    source: 'Qwen3-Coder README; hybrid attention as all of Qwen3-Next (llama.cpp qwen3next); read 2026-11',
  },
  {
    id: 'codeqwen',
    order: 'prefixFirst',
    frame: PLAIN,
    layouts: ANCHORED,
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
    layouts: ANCHORED,
    files: DEEPSEEK_FILES,
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
    layouts: ANCHORED,
    files: DEEPSEEK_FILES,
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
    layouts: ['suffixFirst'],
    stops: ['</s>', '[SUFFIX]', '[PREFIX]', '[MIDDLE]'],
    reserved: ['<s>', '</s>', '[SUFFIX]', '[PREFIX]', '[MIDDLE]', '[INST]', '[/INST]'],
    // Devstral is made for agents and has no such training. No source of Mistral's tells a form for several files.
    names: /^codestral(?!-(mamba|embed))(?![a-z])/,
    source: 'mistral-common instruct.py, encode_fim; codestral-2501 and -2508 at docs.mistral.ai; read 2026-11',
  },
  {
    id: 'starcoder2',
    order: 'prefixFirst',
    frame: PLAIN,
    suffixFirst: PLAIN_SUFFIX_FIRST,
    layouts: ['lineAnchored', 'prefixFirst', 'suffixFirst'],
    files: {
      open: '<repo_name>workspace',
      file: '<file_sep>{path}\n{code}',
      current: '<file_sep>',
      at: 'frame',
      head: '{path}\n',
    },
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
    layouts: ANCHORED,
    files: { open: '', file: '{path}\n{code}\n<|file_separator|>', current: '{path}\n', at: 'frame' },
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
    layouts: ['prefixFirst'],
    stops: ['<EOT>', '</s>', '<PRE>', '<SUF>', '<MID>'],
    reserved: ['<s>', '</s>', '<EOT>', '<PRE>', '<SUF>', '<MID>'],
    names: /^code-?llama(?![a-z])/,
    except: /34b|70b|instruct|python|chat/,
    source: 'Ollama docs/template.mdx; codellama README: 7B and 13B only; read 2026-11',
  },
  {
    id: 'granite-4-hybrid',
    order: 'prefixFirst',
    frame: PIPED,
    layouts: ANCHORED,
    stops: [...GRANITE_ENDS, ...PIPED],
    reserved: [...GRANITE_ENDS, ...PIPED],
    quirks: ['noRollback'],
    names: /^granite-?4(\.\d+)?([-:].*)?-h(?![a-z\d])/,
    families: ['granitehybrid', 'granitemoehybrid'],
    source: 'ibm.com/granite/docs (4.0: FIM; H is a hybrid of Mamba-2); Continue AutocompleteTemplate.ts; read 2026-11',
  },
  {
    id: 'granite-4',
    order: 'prefixFirst',
    frame: PIPED,
    layouts: ANCHORED,
    stops: [...GRANITE_ENDS, ...PIPED],
    reserved: [...GRANITE_ENDS, ...PIPED],
    // Not `granite-code:34b`: the digit must follow the name itself.
    names: /^granite-?4(\.\d+)?(?![\da-z])/,
    source: 'ibm.com/granite/docs (4.0: FIM); Continue AutocompleteTemplate.ts for the tokens; read 2026-11',
  },
  {
    id: 'granite-code',
    order: 'prefixFirst',
    frame: PLAIN,
    layouts: ANCHORED,
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
    layouts: ANCHORED,
    stops: ['<|endoftext|>', '<fim_pad>', ...PLAIN],
    reserved: ['<|endoftext|>', '<fim_pad>', '<|im_start|>', '<|im_end|>', ...PLAIN],
    names: /^stable-?code(?![a-z])/,
    except: /instruct/,
    source: 'stabilityai/stable-code-3b model card; llama.cpp llama-vocab.cpp; read 2026-11',
  },
  {
    id: 'seed-coder',
    order: 'suffixFirst',
    frame: ['<[fim-suffix]>', '<[fim-prefix]>', '<[fim-middle]>'],
    layouts: ['lineAnchored', 'suffixFirst'],
    stops: ['<[end▁of▁sentence]>', '<[fim-suffix]>', '<[fim-prefix]>', '<[fim-middle]>'],
    reserved: ['<[begin▁of▁sentence]>', '<[end▁of▁sentence]>', '<[fim-suffix]>', '<[fim-prefix]>', '<[fim-middle]>'],
    // The card promises the hole for Base alone. Zed's Zeta 2 is made of it, but rewrites marked regions instead.
    names: /^seed-coder(?![a-z]).*base/,
    source: 'Seed-Coder-8B-Base model card (2025-06); form in the card of zed-industries/zeta-2.1; read 2026-11',
  },
  {
    id: 'mellum',
    order: 'suffixFirst',
    frame: ['<fim_suffix>', '<fim_prefix>', '<fim_middle>'],
    layouts: ['lineAnchored', 'suffixFirst'],
    files: { open: '', file: '<filename>{path}\n{code}\n', current: '<filename>{path}\n', at: 'frame' },
    stops: ['<|endoftext|>', '<filename>', ...PLAIN],
    reserved: ['<|endoftext|>', '<filename>', '<reponame>', ...PLAIN],
    names: /^mellum(?!2)(?![a-z])/,
    source: 'JetBrains/Mellum-4b-base model card, revisions 4179e39 and ddf77ce (suffix first, files); read 2026-11',
  },
];

/** Servers that take both sides in fields of the request and put the markers of the model around them. */
export const SERVER_FIELDS: Profile = {
  id: 'server-fields',
  order: 'separate',
  frame: ['', '', ''],
  layouts: ['prefixFirst'],
  stops: [],
  reserved: [],
  names: /^(?!)/,
  source:
    'Mistral openapi.yaml (2026-08), /v1/fim/completions; api-docs.deepseek.com "Create FIM Completion"; read 2026-11',
};
