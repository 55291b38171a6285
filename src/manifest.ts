import { z } from 'zod';
import { PROTOCOLS } from './core/model.ts';
import { LEVELS } from './core/privacy/level.ts';

/**
 * Ids of commands and views, and every setting with its schema: the single source from which `contributes` in package.json
 * is computed (test/manifest.test.ts compares the two, and rewrites package.json with `UPDATE=1`).
 */

interface Command {
  readonly title: string;
  readonly icon?: string;
  /** `mac` is derived: Ctrl becomes Cmd. */
  readonly key?: string;
  readonly when?: string;
  /** When the command palette offers it; `false` for commands that need arguments. */
  readonly palette?: string | false;
  readonly menus?: Readonly<Record<string, { readonly when?: string; readonly group?: string }>>;
}

const IN_EDITOR = 'editorTextFocus';
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
  'switchyard.setKey': { title: 'Set an API Key…' },
  'switchyard.removeKey': { title: 'Remove an API Key…' },
  'switchyard.toggleCompletion': { title: 'Turn Inline Completion On or Off' },
  'switchyard.toggleCompletionForLanguage': { title: 'Turn Inline Completion On or Off for This Language' },
  'switchyard.completeHere': {
    title: 'Complete at the Cursor',
    key: 'alt+\\',
    when: `${IN_EDITOR} && !editorReadonly`,
  },
  'switchyard.setLevel': { title: 'Set the Privacy Level of This Workspace…', icon: '$(lock)' },
  'switchyard.markPrivate': { title: 'Mark This Workspace Private-Only' },
  'switchyard.markInternal': { title: 'Mark This Workspace Internal…' },
  'switchyard.markOpen': { title: 'Mark This Workspace Open…' },
  'switchyard.whyLevel': { title: 'Why Is This Workspace Private?' },
  'switchyard.showRequests': { title: 'Show Requests' },
  'switchyard.showLog': { title: 'Show Log' },
  'switchyard.openSettings': { title: 'Open Settings' },
  'switchyard.openChat': { title: 'Open Chat', key: 'ctrl+alt+i' },
  'switchyard.newChat': { title: 'New Chat', icon: '$(add)', menus: CHAT_TITLE(1) },
  'switchyard.chatHistory': { title: 'Chat History…', icon: '$(history)', menus: CHAT_TITLE(2) },
  'switchyard.explain': { title: 'Explain', when: IN_EDITOR, key: 'ctrl+alt+e', menus: ASK_MENU(1) },
  'switchyard.fix': { title: 'Fix', when: IN_EDITOR, key: 'ctrl+alt+f', menus: ASK_MENU(2) },
  'switchyard.writeTests': { title: 'Write Tests', when: IN_EDITOR, menus: ASK_MENU(3) },
  'switchyard.document': { title: 'Document', when: IN_EDITOR, menus: ASK_MENU(4) },
  'switchyard.ask': { title: 'Ask…', when: IN_EDITOR, key: 'ctrl+alt+a', menus: ASK_MENU(5) },
} as const satisfies Record<string, Command>;
export type CommandId = keyof typeof COMMANDS;

export const VIEWS = { chat: 'switchyard.chat', container: 'switchyard' } as const;

/** `application`: only from the user's settings. `resource`: also from the workspace and the folder. */
interface Setting {
  readonly schema: z.ZodType;
  readonly scope: 'application' | 'resource';
  readonly description: string;
  readonly enumDescriptions?: readonly string[];
}

export const EndpointSetting = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/)
    .describe('Stable short name, used in saved choices: lower-case letters, digits and hyphens.'),
  label: z.string().min(1).optional().describe('Name shown in the picker.'),
  protocol: z.enum(PROTOCOLS).describe('`ollama`, or `openai` for OpenAI and every server that speaks its API.'),
  url: z
    .string()
    .optional()
    .describe(
      'Base URL. Empty for Ollama: `OLLAMA_HOST`, else `http://127.0.0.1:11434`. For OpenAI-compatible servers with `/v1`.',
    ),
  key: z.boolean().optional().describe('Whether the server wants an API key. Default: yes for `openai` over https.'),
  notThisMachine: z
    .boolean()
    .optional()
    .describe('Set this when a loopback address is a tunnel or a port map that leads to another machine.'),
});

const DEFAULT_ENDPOINTS: readonly z.infer<typeof EndpointSetting>[] = [
  { id: 'ollama', label: 'Ollama', protocol: 'ollama' },
  { id: 'openai', label: 'OpenAI', protocol: 'openai', url: 'https://api.openai.com/v1' },
];

export const SETTINGS = {
  'switchyard.endpoints': {
    schema: z.array(EndpointSetting).default([...DEFAULT_ENDPOINTS]),
    scope: 'application',
    description: 'The servers to take models from. A workspace cannot change them.',
  },
  'switchyard.networkHosts': {
    schema: z.array(z.string()).default([]),
    scope: 'application',
    description:
      'Host names and addresses of servers that belong to your organisation. They count as `network` instead of `cloud`, and internal workspaces may reach them. A workspace cannot change them.',
  },
  'switchyard.privacy.level': {
    schema: z.enum(LEVELS).optional(),
    scope: 'resource',
    description:
      'The least strict privacy level that this repository accepts. It can tighten the level that the user chose, never loosen it; in user settings it is ignored.',
    enumDescriptions: ['Only models on this machine.', 'Models on this machine and in the network.', 'No restriction.'],
  },
  'switchyard.completion.enabled': {
    schema: z.boolean().default(true),
    scope: 'resource',
    description: 'Show inline completions.',
  },
  'switchyard.completion.languages': {
    schema: z.record(z.string(), z.boolean()).default({ '*': true }),
    scope: 'resource',
    description: 'Inline completion on or off for a language identifier; `*` stands for all others.',
  },
  'switchyard.completion.trigger': {
    schema: z.enum(['automatic', 'manual']).default('automatic'),
    scope: 'resource',
    description: 'When models that fill in the middle complete.',
    enumDescriptions: ['While typing.', 'Only when asked for.'],
  },
  'switchyard.completion.holeFilling': {
    schema: z.enum(['automatic', 'manual', 'off']).default('manual'),
    scope: 'resource',
    description: 'When chat models that were not trained to fill in the middle complete.',
    enumDescriptions: ['While typing.', 'Only when asked for.', 'Never.'],
  },
  'switchyard.completion.delay': {
    schema: z.int().min(0).max(2000).default(100),
    scope: 'resource',
    description: 'Milliseconds without a keystroke before a request is sent.',
  },
  'switchyard.completion.maxTokens': {
    schema: z.int().min(8).max(1024).default(128),
    scope: 'resource',
    description: 'Longest completion, in tokens.',
  },
  'switchyard.completion.contextTokens': {
    schema: z.int().min(128).max(32768).default(1536),
    scope: 'resource',
    description: 'Largest prompt of a completion, in tokens. Smaller is faster.',
  },
  'switchyard.chat.contextTokens': {
    schema: z.int().min(512).max(1048576).default(4096),
    scope: 'resource',
    description: 'Tokens of conversation that a chat request may carry, at most what the model takes.',
  },
  'switchyard.chat.think': {
    schema: z.boolean().default(true),
    scope: 'resource',
    description: 'Let models think before they answer, where they can. The thoughts are folded away.',
  },
  'switchyard.ollama.keepAlive': {
    schema: z
      .string()
      .regex(/^(-1|\d+(ms|s|m|h))$/)
      .default('30m'),
    scope: 'application',
    description: 'How long Ollama keeps a model in memory after its last use, for example `30m`; `-1` is for ever.',
  },
} as const satisfies Record<string, Setting>;
export type SettingId = keyof typeof SETTINGS;
export type SettingValue<Id extends SettingId> = z.output<(typeof SETTINGS)[Id]['schema']>;

/** `contributes` of package.json, computed. Pure, so that a test can compare and rewrite it. */
export function contributes(): Record<string, unknown> {
  const commands = Object.entries<Command>(COMMANDS);
  const menus: Record<string, unknown[]> = {
    'editor/context': [{ submenu: 'switchyard.editor', group: '1_modification@90', when: IN_EDITOR }],
    commandPalette: commands
      .filter(([, command]) => command.palette ?? command.when)
      .map(([id, command]) => ({
        command: id,
        when: command.palette === false ? 'false' : (command.palette ?? command.when),
      })),
  };
  for (const [id, command] of commands) {
    for (const [menu, place] of Object.entries(command.menus ?? {}))
      (menus[menu] ??= []).push({ command: id, ...place });
  }
  return {
    commands: commands.map(([command, { title, icon }]) => ({
      command,
      title,
      category: 'Switchyard',
      ...(icon ? { icon } : {}),
    })),
    keybindings: commands.flatMap(([command, { key, when }]) =>
      key ? [{ command, key, mac: key.replace('ctrl', 'cmd'), ...(when ? { when } : {}) }] : [],
    ),
    submenus: [{ id: 'switchyard.editor', label: 'Switchyard' }],
    menus,
    viewsContainers: { activitybar: [{ id: VIEWS.container, title: 'Switchyard', icon: 'media/icon.svg' }] },
    views: {
      [VIEWS.container]: [
        { type: 'webview', id: VIEWS.chat, name: 'Chat', icon: 'media/icon.svg', contextualTitle: 'Switchyard' },
      ],
    },
    configuration: { title: 'Switchyard', properties: mapValues(SETTINGS, property) },
  };
}

/** Settings that an untrusted workspace may not set. `privacy.level` is missing because it can only tighten. */
export function restrictedConfigurations(): string[] {
  return Object.keys(SETTINGS).filter((id) => id !== 'switchyard.privacy.level');
}

function property(setting: Setting, order: number): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(setting.schema, { io: 'input', unrepresentable: 'any' });
  return {
    ...schema,
    scope: setting.scope,
    order,
    markdownDescription: setting.description,
    ...(setting.enumDescriptions ? { markdownEnumDescriptions: setting.enumDescriptions } : {}),
  };
}

function mapValues<V>(
  record: Readonly<Record<string, V>>,
  map: (value: V, index: number) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value], index) => [key, map(value, index)]));
}
