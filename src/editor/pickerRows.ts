import * as vscode from 'vscode';
import type { Role, Zone } from '../core/model.ts';
import type { Level } from '../core/privacy/level.ts';
import { keepsModels, plain } from '../core/routing/describe.ts';
import type { ModelRow, Row } from '../core/routing/rows.ts';
import { withMachine } from '../core/routing/thisMachine.ts';
import { LEVEL_WORDS } from '../core/privacy/words.ts';
import type { CommandId } from '../manifest.ts';
import { ZONE_ICONS } from './zoneIcon.ts';

export type RowAction = 'completion' | 'chat' | 'load' | 'unload' | 'details';
export interface RowButton extends vscode.QuickInputButton {
  readonly action: RowAction;
}
export interface TitleButton extends vscode.QuickInputButton {
  readonly command: CommandId;
}

/** A row as the editor shows it. */
export interface PickerItem extends vscode.QuickPickItem {
  readonly key: string;
  readonly row?: Row;
  /** For rows below the models. */
  readonly action?: { readonly command: CommandId } | { readonly role: Role };
  readonly buttons?: readonly RowButton[];
}

const ZONE_TITLES: Readonly<Record<Zone, string>> = {
  device: 'On this machine',
  network: 'In your network',
  cloud: 'In the cloud',
};

function zoneTitle(zone: Zone): string {
  return zone === 'device' ? withMachine(ZONE_TITLES.device, vscode.env.remoteName) : ZONE_TITLES[zone];
}

function button(action: RowAction, icon: string, tooltip: string): RowButton {
  return { action, iconPath: new vscode.ThemeIcon(icon), tooltip };
}
const COMPLETION = button('completion', 'code', 'Use for Completion');
const CHAT = button('chat', 'comment-discussion', 'Use for Chat');
const LOAD = button('load', 'arrow-circle-down', 'Load into Memory');
const UNLOAD = button('unload', 'arrow-circle-up', 'Unload from Memory');
const DETAILS = button('details', 'info', 'Details');

export function pickerItems(rows: readonly Row[], role: Role | undefined, hasEngine: boolean): PickerItem[] {
  // Without any model, what mends that stays in view whatever is typed.
  const noModels = !rows.some(({ kind }) => kind === 'model');
  return [...rows.map((row) => itemOf(row, noModels)), ...actionItems(role, hasEngine)];
}

function itemOf(row: Row, alwaysShow: boolean): PickerItem {
  const { key } = row;
  switch (row.kind) {
    case 'zone':
      return { key, row, label: zoneTitle(row.zone), kind: vscode.QuickPickItemKind.Separator };
    case 'model': {
      const icon = row.forbidden ? '$(lock)' : row.serving.length > 0 ? '$(check)' : ZONE_ICONS[row.model.zone];
      const { description, detail } = row;
      return { key, row, label: `${icon} ${row.label}`, description, detail, buttons: buttonsOf(row) };
    }
    case 'problem': {
      const { text, mend } = row.problem;
      const label = `$(warning) ${mend?.title ?? plain(row.endpoint.label)}`;
      return { key, row, label, description: plain(row.endpoint.label), detail: text, alwaysShow };
    }
    case 'forbidden': {
      const detail = `Forbidden: ${row.refusal.reason}`;
      return {
        key,
        row,
        label: `$(lock) ${plain(row.endpoint.label)}`,
        description: 'not asked for its models',
        detail,
      };
    }
    case 'asking':
      return { key, row, label: `$(loading~spin) ${plain(row.endpoint.label)}`, detail: 'Asking for its models…' };
  }
}

/** The same lists for the same kind of row: the editor is not given new buttons for every row. */
function buttonsOf({ model, forbidden }: ModelRow): readonly RowButton[] {
  if (forbidden) return FORBIDDEN_BUTTONS;
  const keeps = keepsModels(model);
  const completes = model.abilities.insert !== false || model.abilities.chat;
  const key = `${completes}${model.abilities.chat}${keeps}${model.loaded !== undefined}`;
  const known = BUTTONS.get(key);
  if (known) return known;
  const made = [
    ...(completes ? [COMPLETION] : []),
    ...(model.abilities.chat ? [CHAT] : []),
    ...(keeps ? [model.loaded ? UNLOAD : LOAD] : []),
    DETAILS,
  ];
  BUTTONS.set(key, made);
  return made;
}
const FORBIDDEN_BUTTONS: readonly RowButton[] = [DETAILS];
const BUTTONS = new Map<string, readonly RowButton[]>();

/** Everything that a button offers, for the keyboard. */
function actionItems(role: Role | undefined, hasEngine: boolean): PickerItem[] {
  const command = (label: string, id: CommandId): PickerItem => ({ key: id, label, action: { command: id } });
  return [
    { key: 'actions', label: '', kind: vscode.QuickPickItemKind.Separator },
    ...(role
      ? []
      : ([
          { key: 'completion', label: '$(code) Choose for completion only…', action: { role: 'completion' } },
          { key: 'chat', label: '$(comment-discussion) Choose for chat only…', action: { role: 'chat' } },
        ] satisfies PickerItem[])),
    command('$(cloud-download) Pull a model…', 'switchyard.pullModel'),
    ...(hasEngine ? [] : [command('$(desktop-download) Install the built-in engine…', 'switchyard.installEngine')]),
    command('$(info) Show details of a model…', 'switchyard.modelDetails'),
    command('$(arrow-circle-down) Load a model into memory…', 'switchyard.loadModel'),
    command('$(arrow-circle-up) Unload a model from memory…', 'switchyard.unloadModel'),
  ];
}

export function titleButtons(level: Level): TitleButton[] {
  const title = (command: CommandId, icon: string, tooltip: string): TitleButton => ({
    command,
    iconPath: new vscode.ThemeIcon(icon),
    tooltip,
  });
  return [
    title('switchyard.pullModel', 'cloud-download', 'Pull a Model…'),
    title('switchyard.refreshModels', 'refresh', 'Refresh'),
    title('switchyard.setLevel', LEVEL_WORDS[level].icon, `${LEVEL_WORDS[level].name}: Change the Privacy Level…`),
    title('switchyard.openSettings', 'gear', 'Open Settings'),
  ];
}
