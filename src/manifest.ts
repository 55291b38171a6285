import * as v from 'valibot';
import { ProfileSetting } from './core/completion/userProfiles.ts';
import { PROTOCOLS_OF_SERVERS } from './core/model.ts';
import { LEVELS } from './core/privacy/level.ts';
import { DEFAULT_URLS } from './core/routing/endpoints.ts';

/**
 * Ids of commands and views, and every setting with its schema: the single source from which `contributes` in package.json
 * is computed (contributes.ts).
 */

export interface Command {
  readonly title: string;
  readonly icon?: string;
  /** `mac` is derived: Ctrl becomes Cmd. */
  readonly key?: string;
  readonly when?: string;
  /** When the command palette offers it; `false` for commands that need arguments. */
  readonly palette?: string | false;
  readonly menus?: Readonly<Record<string, { readonly when?: string; readonly group?: string }>>;
}

export const IN_EDITOR = 'editorTextFocus';
/** The palette takes the focus from the editor. */
const BEHIND_PALETTE = 'editorIsOpen';
const ASK_MENU = (order: number) => ({ 'switchyard.editor': { group: `1_ask@${order}` } });
const CHAT_TITLE = (order: number) => ({
  'view/title': { when: 'view == switchyard.chat', group: `navigation@${order}` },
});

export const COMMANDS = {
  'switchyard.pickModel': { title: 'Switch Model…', icon: '$(arrow-swap)', key: 'ctrl+alt+m' },
  'switchyard.previousModel': { title: 'Return to the Previous Model', key: 'ctrl+alt+shift+m' },
  'switchyard.modelDetails': { title: 'Show Model Details…' },
  'switchyard.loadModel': { title: 'Load a Model into Memory…' },
  'switchyard.unloadModel': { title: 'Unload a Model from Memory…' },
  'switchyard.pullModel': { title: 'Pull a Model from the Ollama Library…' },
  'switchyard.removeModel': { title: 'Remove a Model from Disk…' },
  'switchyard.refreshModels': { title: 'Refresh the List of Models' },
  'switchyard.startOllama': { title: 'Start Ollama' },
  'switchyard.installEngine': { title: 'Install the Built-in Engine…' },
  'switchyard.installEngineFromFile': { title: 'Install the Built-in Engine from a File…' },
  'switchyard.removeEngine': { title: 'Remove the Built-in Engine…' },
  'switchyard.showModelsFolder': { title: 'Show the Folder of the Built-in Engine’s Models' },
  'switchyard.measureModel': { title: 'Measure This Model…' },
  'switchyard.setKey': { title: 'Set an API Key…' },
  'switchyard.removeKey': { title: 'Remove an API Key…' },
  'switchyard.toggleCompletion': { title: 'Turn Inline Completion On or Off' },
  'switchyard.toggleCompletionForLanguage': { title: 'Turn Inline Completion On or Off for This Language' },
  'switchyard.checkFim': { title: 'Check Fill-in-the-Middle…' },
  'switchyard.snoozeCompletion': { title: 'Snooze Inline Completion…' },
  'switchyard.completeHere': {
    title: 'Complete at the Cursor',
    key: 'alt+\\',
    when: `${IN_EDITOR} && !editorReadonly`,
    palette: `${BEHIND_PALETTE} && !activeEditorIsReadonly`,
  },
  'switchyard.setLevel': { title: 'Set the Privacy Level of This Workspace…', icon: '$(lock)' },
  'switchyard.markPrivate': { title: 'Mark This Workspace Private-Only' },
  'switchyard.markInternal': { title: 'Mark This Workspace Internal…' },
  'switchyard.markOpen': { title: 'Mark This Workspace Open…' },
  'switchyard.whyLevel': { title: 'Why Is This Workspace Private?' },
  'switchyard.showRequests': { title: 'Show Requests' },
  'switchyard.exportRequests': { title: 'Export Requests…' },
  'switchyard.verifyPrivacy': { title: 'Verify Privacy' },
  'switchyard.showLog': { title: 'Show Log' },
  'switchyard.openSettings': { title: 'Open Settings' },
  'switchyard.openChat': { title: 'Open Chat', key: 'ctrl+alt+i' },
  'switchyard.newChat': { title: 'New Chat', icon: '$(add)', menus: CHAT_TITLE(1) },
  'switchyard.chatHistory': { title: 'Chat History…', icon: '$(history)', menus: CHAT_TITLE(2) },
  'switchyard.chat.showManifest': { title: 'Show What the Chat Will Send', key: 'ctrl+alt+w' },
  'switchyard.releasePassages': { title: 'Release Remembered Passages…' },
  'switchyard.releaseChat': { title: 'Show What Makes This Chat Private…' },
  'switchyard.explain': {
    title: 'Explain',
    when: IN_EDITOR,
    palette: BEHIND_PALETTE,
    key: 'ctrl+alt+e',
    menus: ASK_MENU(1),
  },
  'switchyard.fix': { title: 'Fix', when: IN_EDITOR, palette: BEHIND_PALETTE, key: 'ctrl+alt+f', menus: ASK_MENU(2) },
  // With Shift: without it, T closes editors on a Mac and opens a terminal on Linux, and D is the desktop's on both.
  'switchyard.writeTests': {
    title: 'Write Tests',
    when: IN_EDITOR,
    palette: BEHIND_PALETTE,
    key: 'ctrl+alt+shift+t',
    menus: ASK_MENU(3),
  },
  'switchyard.document': {
    title: 'Document',
    when: IN_EDITOR,
    palette: BEHIND_PALETTE,
    key: 'ctrl+alt+shift+d',
    menus: ASK_MENU(4),
  },
  'switchyard.ask': { title: 'Ask…', when: IN_EDITOR, palette: BEHIND_PALETTE, key: 'ctrl+alt+a', menus: ASK_MENU(5) },
} as const satisfies Record<string, Command>;
export type CommandId = keyof typeof COMMANDS;

export const VIEWS = { chat: 'switchyard.chat', container: 'switchyard' } as const;

/** `application`: only from the user's settings. `resource`: also from the workspace and the folder. */
export interface Setting {
  readonly schema: v.GenericSchema;
  readonly scope: 'application' | 'resource';
  readonly description: string;
  readonly enumDescriptions?: readonly string[];
}

const Id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/));
const Text = v.pipe(v.string(), v.minLength(1));
const described = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(schema, v.description(description));

function urlDescription(): string {
  const defaults = Object.entries(DEFAULT_URLS).map(([protocol, url]) => `\`${url}\` for \`${protocol}\``);
  return [
    'Base URL. Default for `ollama`: `OLLAMA_HOST`, else `http://127.0.0.1:11434`;',
    `${defaults.join(', ')}. Needed for \`openai\`, with \`/v1\`.`,
  ].join(' ');
}

export const EndpointSetting = v.strictObject({
  id: described(Id, 'Stable short name, used in saved choices: lower-case letters, digits and hyphens.'),
  label: described(v.optional(Text), 'Name shown in the picker.'),
  protocol: described(
    v.picklist(PROTOCOLS_OF_SERVERS),
    '`ollama`; `llamacpp` for the server of llama.cpp; `mistral`, `deepseek`, `anthropic` or `gemini` for the vendor’s own API; `openai` for OpenAI and every other server that speaks its API (vLLM, LM Studio, gateways).',
  ),
  url: described(v.optional(v.string()), urlDescription()),
  key: described(
    v.optional(v.boolean()),
    'Whether the server wants an API key. Default: yes over https, but for `ollama`.',
  ),
  notThisMachine: described(
    v.optional(v.boolean()),
    'Set this when a loopback address is a tunnel or a port map that leads to another machine.',
  ),
});

export const PatternSetting = v.strictObject({
  match: described(
    Text,
    'A path begins with a slash, `~`, a drive or `**/`; everything else is a git remote, as `host/owner/repository`. What lies below is covered, too.',
  ),
  level: described(v.picklist(LEVELS), 'How far the text of such a folder may travel.'),
});

const DEFAULT_ENDPOINTS: readonly v.InferInput<typeof EndpointSetting>[] = [
  { id: 'ollama', label: 'Ollama', protocol: 'ollama' },
  { id: 'openai', label: 'OpenAI', protocol: 'openai', url: 'https://api.openai.com/v1' },
];

export const SETTINGS = {
  'switchyard.endpoints': {
    schema: v.optional(v.array(EndpointSetting), [...DEFAULT_ENDPOINTS]),
    scope: 'application',
    description: 'The servers to take models from. A workspace cannot change them.',
  },
  'switchyard.networkHosts': {
    schema: v.optional(v.array(v.string()), []),
    scope: 'application',
    description:
      'Host names and addresses of servers that belong to your organisation. They count as `network` instead of `cloud`, and internal workspaces may reach them. A workspace cannot change them.',
  },
  'switchyard.privacy.level': {
    schema: v.optional(v.picklist(LEVELS), 'open'),
    scope: 'resource',
    description:
      'The least strict privacy level that this repository accepts. It can tighten the level that the user chose, never loosen it; in user settings it is ignored.',
    enumDescriptions: ['Only models on this machine.', 'Models on this machine and in the network.', 'No restriction.'],
  },
  'switchyard.privacy.ignore': {
    schema: v.optional(v.array(v.string()), []),
    scope: 'resource',
    description:
      'Files that never go to a network or a cloud, as patterns in the syntax of `.gitignore`, besides those that never do (`.env`, private keys, certificates, credentials of tools). What the user, the workspace and the folder say is added up; a file `.switchyardignore` at the root of a folder adds more.',
  },
  'switchyard.privacy.patterns': {
    // Read by itself (core/privacy/patterns.ts): an entry that is not valid counts as private instead of being left out.
    schema: v.optional(v.array(PatternSetting), []),
    scope: 'application',
    description:
      'Levels of folders by their path (`~/clients/**`, `C:\\\\work\\\\**`) or by their git remotes (`github.com/acme/*`, `git.corp.example/**`). All that match count, and the strictest source wins. A folder that you did not mark needs no answer where a path matches, or where every one of its git remotes does. A workspace cannot change them.',
  },
  'switchyard.privacy.maximumLevel': {
    schema: v.optional(v.picklist(LEVELS), 'open'),
    scope: 'application',
    description: 'The least strict privacy level of any folder. A workspace cannot change it.',
    enumDescriptions: ['Only models on this machine.', 'Models on this machine and in the network.', 'No restriction.'],
  },
  'switchyard.completion.enabled': {
    schema: v.optional(v.boolean(), true),
    scope: 'resource',
    description: 'Show inline completions. While the model is not on this machine, a workspace can only turn this off.',
  },
  'switchyard.completion.languages': {
    schema: v.optional(v.record(v.string(), v.boolean()), { '*': true }),
    scope: 'resource',
    description:
      'Inline completion on or off for a language identifier; `*` stands for all others. While the model is not on this machine, a workspace can only turn this off.',
  },
  'switchyard.completion.trigger': {
    schema: v.optional(v.picklist(['automatic', 'manual']), 'automatic'),
    scope: 'resource',
    description:
      'When models that fill in the middle complete. While the model is not on this machine, a workspace can only turn this down.',
    enumDescriptions: ['While typing.', 'Only when asked for.'],
  },
  'switchyard.completion.holeFilling': {
    schema: v.optional(v.picklist(['automatic', 'manual', 'off']), 'manual'),
    scope: 'resource',
    description:
      'When chat models that were not trained to fill in the middle complete. While the model is not on this machine, a workspace can only turn this down.',
    enumDescriptions: ['While typing.', 'Only when asked for.', 'Never.'],
  },
  'switchyard.completion.delay': {
    schema: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2000))), null),
    scope: 'resource',
    description:
      'Milliseconds without a keystroke before a request is sent. `null`: none to a model on this machine or in the network; to a cloud 75 to 300, by how you type.',
  },
  'switchyard.completion.maxTokens': {
    schema: v.optional(v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(1024)), 128),
    scope: 'resource',
    description: 'Longest completion, in tokens.',
  },
  'switchyard.completion.contextTokens': {
    schema: v.optional(v.pipe(v.number(), v.integer(), v.minValue(128), v.maxValue(32768)), 4096),
    scope: 'resource',
    description:
      'Largest prompt of a completion, in tokens. What a model reads slowly is kept shorter; only what it has read already grows so far.',
  },
  'switchyard.completion.context': {
    schema: v.optional(v.picklist(['on', 'off']), 'on'),
    scope: 'resource',
    description:
      'Whether prompts of completions have text of other files: definitions of what is imported, what was edited last, and open files. Only of files that may go wherever the completed file may go. While the model is not on this machine, a workspace can only turn this off.',
  },
  'switchyard.completion.profiles': {
    schema: v.optional(v.array(ProfileSetting), []),
    scope: 'application',
    description:
      'How models that Switchyard does not know, or takes for others, are asked to fill in the middle. The first entry that matches a model counts. “Switchyard: Check Fill-in-the-Middle…” tells what a model needs. A workspace cannot change them.',
  },
  'switchyard.chat.contextTokens': {
    schema: v.optional(v.pipe(v.number(), v.integer(), v.minValue(512), v.maxValue(1048576)), 4096),
    scope: 'resource',
    description: 'Tokens of conversation that a chat request may carry, at most what the model takes.',
  },
  'switchyard.chat.think': {
    schema: v.optional(v.boolean(), true),
    scope: 'resource',
    description: 'Let models think before they answer, where they can. The thoughts are folded away.',
  },
  'switchyard.builtin.modelFolders': {
    schema: v.optional(v.array(v.string()), []),
    scope: 'application',
    description:
      'More folders with GGUF files for the built-in engine. Its own folder and the models of Ollama and LM Studio are found without this.',
  },
  'switchyard.builtin.threads': {
    schema: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(256)), 0),
    scope: 'application',
    description:
      'Most threads that the built-in engine computes with; 0 is one for each real core. Fewer are used while other programs are busy.',
  },
  'switchyard.builtin.keepAlive': {
    schema: v.optional(v.pipe(v.string(), v.regex(/^(-1|\d+(ms|s|m|h))$/)), '30m'),
    scope: 'application',
    description:
      'How long the built-in engine keeps its models in memory after their last use, for example `30m`; `-1` is until the window closes.',
  },
  'switchyard.builtin.registry': {
    schema: v.optional(v.string(), 'https://registry.npmjs.org'),
    scope: 'application',
    description:
      'Where the built-in engine is fetched from, when you install it: the npm registry, or a mirror of your organisation. What comes must have the hash that this version of Switchyard knows.',
  },
  'switchyard.ollama.keepAlive': {
    schema: v.optional(v.pipe(v.string(), v.regex(/^(-1|\d+(ms|s|m|h))$/)), '30m'),
    scope: 'application',
    description: 'How long Ollama keeps a model in memory after its last use, for example `30m`; `-1` is for ever.',
  },
} as const satisfies Record<string, Setting>;
export type SettingId = keyof typeof SETTINGS;
export type SettingValue<Id extends SettingId> = v.InferOutput<(typeof SETTINGS)[Id]['schema']>;
