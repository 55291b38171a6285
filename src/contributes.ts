import { toJsonSchema } from '@valibot/to-json-schema';
import { LANGUAGE_MODEL_VENDOR, PARTICIPANT, PARTICIPANT_COMMANDS } from './core/chat/participant.ts';
import { type Command, COMMANDS, IN_EDITOR, type Setting, SETTINGS, VIEWS } from './manifest.ts';

/**
 * What package.json says for the editor, computed from manifest.ts. Not part of the bundle: test/manifest.test.ts compares the
 * two, and rewrites package.json with `UPDATE=1`.
 */

/** For what the editor can do with a completion and has no key for; where none is shown they mean what they always did. */
const EDITOR_KEYS = [
  {
    command: 'editor.action.inlineSuggest.acceptNextLine',
    key: 'ctrl+alt+right',
    when: 'inlineSuggestionVisible && !editorReadonly',
  },
];

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
  const participantCommands = Object.entries(PARTICIPANT_COMMANDS).map(([name, { description }]) => ({
    name,
    description,
  }));
  return {
    commands: commands.map(([command, { title, icon }]) => ({
      command,
      title,
      category: 'Switchyard',
      ...(icon ? { icon } : {}),
    })),
    keybindings: [...commands.map(([command, { key, when }]) => ({ command, key, when })), ...EDITOR_KEYS].flatMap(
      ({ command, key, when }) =>
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
    languageModelChatProviders: [{ vendor: LANGUAGE_MODEL_VENDOR, displayName: 'Switchyard' }],
    chatParticipants: [{ ...PARTICIPANT, commands: participantCommands }],
    configuration: { title: 'Switchyard', properties: mapValues(SETTINGS, property) },
  };
}

/** A workspace can make things only stricter with these. */
const TIGHTENING: ReadonlySet<string> = new Set(['switchyard.privacy.level', 'switchyard.privacy.ignore']);

/** Settings that an untrusted workspace may not set. */
export function restrictedConfigurations(): string[] {
  return Object.keys(SETTINGS).filter((id) => !TIGHTENING.has(id));
}

function property(setting: Setting, order: number): Record<string, unknown> {
  const { $schema: _, ...schema } = toJsonSchema(setting.schema, { typeMode: 'input', ignoreActions: ['check'] });
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
