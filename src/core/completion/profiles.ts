import type { Model, Protocol } from '../model.ts';
import { PROFILES, SERVER_FIELDS } from './profileData.ts';

export { PROFILES };

/**
 * Where the text around the cursor stands in a prompt. `lineAnchored`: the prefix up to the start of the cursor's line, the
 * suffix from the next line on, the last marker, and then the cursor's line so far: while a line is typed, only the end of
 * the prompt grows, and the server's cache holds for all before it.
 */
export type Layout = 'prefixFirst' | 'suffixFirst' | 'lineAnchored';

/** What stands before, between and after the two sides, in prompt order; no whitespace beyond what is shown. */
export type Frame = readonly [open: string, between: string, close: string];

/** How other files are shown to a model. `{path}` and `{code}` are replaced. */
export interface FileForm {
  /** Once, before the first file. */
  readonly open: string;
  readonly file: string;
  /** Before the current file. */
  readonly current: string;
  /** Where all of it stands: before the frame, or at the beginning of the prefix. */
  readonly at: 'frame' | 'prefix';
  /** Begins the prefix besides. */
  readonly head?: string;
}

/**
 * `noRollback`: the model keeps a state that cannot be taken back, so servers read a prompt anew unless it only grew. `fences`: it likes to begin with a Markdown fence.
 */
export type Quirk = 'noRollback' | 'fences';

/** How one family of models wants to be asked to fill in the middle. */
export interface Profile {
  readonly id: string;
  /** Which side of the hole comes first in the frame. `separate`: both go into fields of the request, without any frame. */
  readonly order: 'prefixFirst' | 'suffixFirst' | 'separate';
  readonly frame: Frame;
  /** For models of `prefixFirst` that were trained on both orders: the frame of the other one, suffix first. */
  readonly suffixFirst?: Frame;
  /** In order of preference. */
  readonly layouts: readonly Layout[];
  readonly files?: FileForm;
  /** End the text, and never belong to it. At most 16: DeepSeek's API takes no more. */
  readonly stops: readonly string[];
  /** Control tokens that the server would read as such inside a raw prompt; text with one of them is left out of it. */
  readonly reserved: readonly string[];
  readonly quirks?: readonly Quirk[];
  /** Names as servers have them: lower case, without registry and owner. Anchored at the start. */
  readonly names: RegExp;
  /** Members of the family that were not trained to fill in the middle. */
  readonly except?: RegExp;
  /** Values of the server's family field that prove the family whatever the name is. */
  readonly families?: readonly string[];
  /** Where the facts come from, with a date. */
  readonly source: string;
}

/** What `profileOf` looks at. */
export type Fillable = Pick<Model, 'name' | 'family'> & Partial<Pick<Model, 'profile' | 'endpoint' | 'abilities'>>;

/**
 * The profile of a model, or `holeFilling` for models that were not trained to fill in the middle. What the user or a probe
 * said counts first, then what the server's protocol can do, then the family field; most families share one (`llama`,
 * `qwen2`), so names have to follow. Ollama's `insert` ability is no criterion: it tells only whether the chosen template
 * mentions a suffix, and raw prompts need no template.
 */
export function profileOf(model: Fillable): Profile | 'holeFilling' {
  const { profile: said } = model;
  if (said === 'holeFilling' || (said !== undefined && canSend(said, model.endpoint?.protocol))) return said;
  const insert = model.abilities?.insert;
  switch (model.endpoint?.protocol) {
    case 'mistral':
    case 'deepseek':
      return insert === true ? SERVER_FIELDS : 'holeFilling';
    case 'anthropic':
    case 'gemini':
      return 'holeFilling';
    case 'openai':
      // OpenAI's own models have no raw prompts, and an Ollama behind this API wraps them.
      if (insert === false) return 'holeFilling';
      break;
    case 'ollama':
      // A template of the server is no match for a known family, but better than a chat.
      if (insert === true && findFamily(model) === undefined) return SERVER_FIELDS;
      break;
    case 'llamacpp':
    case 'builtin':
    case undefined:
  }
  return familyProfile(model);
}

/** Whether requests in the form of a profile can be made in a protocol at all. */
function canSend({ order }: Profile, protocol: Protocol | undefined): boolean {
  if (protocol === 'anthropic' || protocol === 'gemini') return false;
  return order === 'separate' || (protocol !== 'mistral' && protocol !== 'deepseek');
}

/** The profile that the family field and the name tell. */
export function familyProfile(model: Pick<Model, 'name' | 'family'>): Profile | 'holeFilling' {
  const found = findFamily(model);
  return found === undefined || found.except?.test(plainName(model.name)) === true ? 'holeFilling' : found;
}

/** Of all members of the family, those too that were not trained to fill. */
function findFamily(model: Pick<Model, 'name' | 'family'>): Profile | undefined {
  const name = plainName(model.name);
  const family = model.family?.toLowerCase();
  return (
    (family === undefined ? undefined : PROFILES.find((profile) => profile.families?.includes(family))) ??
    PROFILES.find((profile) => profile.names.test(name))
  );
}

/** `hf.co/Owner/Qwen2.5-Coder-7B-GGUF:Q4_K_M` becomes `qwen2.5-coder-7b-gguf:q4-k-m`. */
export function plainName(name: string): string {
  const lower = name.trim().toLowerCase().replaceAll('_', '-');
  return lower.slice(lower.lastIndexOf('/') + 1);
}

/** What a prompt shows besides the two sides. */
export interface PromptParts {
  /** Default: the order of the frame. */
  readonly layout?: Layout;
  /** For `lineAnchored`: the cursor's line up to the cursor, which is then no part of the prefix. */
  readonly line?: string;
  /** Other files, for profiles that have a form for them. */
  readonly files?: readonly { readonly path: string; readonly code: string }[];
  /** Path of the current file; needed where `files` are given. */
  readonly path?: string;
}

/** The raw prompt around a hole. For profiles of order `separate` it is the prefix alone. */
export function renderPrompt(profile: Profile, prefix: string, suffix: string, parts: PromptParts = {}): string {
  const { before, head } = renderFiles(profile.files, parts);
  const inside = profile.files?.at === 'prefix' ? before + head + prefix : head + prefix;
  const outside = profile.files?.at === 'prefix' ? '' : before;
  const line = parts.layout === 'lineAnchored' ? (parts.line ?? '') : '';
  if (profile.order === 'separate') return inside + line;
  const other = parts.layout === 'suffixFirst' && profile.order === 'prefixFirst' ? profile.suffixFirst : undefined;
  const [open, between, close] = other ?? profile.frame;
  const prefixFirst = profile.order === 'prefixFirst' && other === undefined;
  const [first, second] = prefixFirst ? [inside, suffix] : [suffix, inside];
  return outside + open + first + between + second + close + line;
}

function renderFiles(form: FileForm | undefined, { files = [], path = '' }: PromptParts) {
  if (!form || files.length === 0) return { before: '', head: '' };
  // Functions, because `$&` in code would be taken for the place that matched.
  const named = (text: string, own: string) => text.replaceAll('{path}', () => own);
  const shown = files.map((file) =>
    form.file.replace(/\{path\}|\{code\}/g, (place) => (place === '{path}' ? file.path : file.code)),
  );
  return { before: form.open + shown.join('') + named(form.current, path), head: named(form.head ?? '', path) };
}
