import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { Model, Role } from '../core/model.ts';
import { rolesFor } from '../core/routing/choice.ts';
import { buildRows } from '../core/routing/rows.ts';
import type { ModelDeps } from './modelDeps.ts';
import { type PickerItem, type RowButton, type TitleButton, pickerItems, titleButtons } from './pickerRows.ts';
import { showRefusal } from './showFailure.ts';
import { switchModels } from './switchModel.ts';

/** Milliseconds between two looks at the servers while the picker is open. */
const OPEN_MS = 2_000;

const TITLES: Readonly<Record<Role | 'both', string>> = {
  both: 'Switch Model',
  completion: 'Switch the Model for Completion',
  chat: 'Switch the Model for Chat',
};
const HINTS: Readonly<Record<Role | 'both', string>> = {
  both: 'Enter uses a model for all that it is made for; the buttons for one task alone',
  completion: 'Which model completes code?',
  chat: 'Which model answers in the chat?',
};

/**
 * The model picker. Enter uses a model for every role that it is made for (see `rolesFor`), or for the one role that the
 * picker was opened for. It follows the catalog while it is open, and keeps the filter and the active row.
 */
export function openPicker(deps: ModelDeps, role?: Role): void {
  const { catalog, switcher, policy, levels, fills, clock } = deps;
  const quick = vscode.window.createQuickPick<PickerItem>();
  quick.title = TITLES[role ?? 'both'];
  quick.placeholder = HINTS[role ?? 'both'];
  quick.matchOnDescription = true;
  quick.matchOnDetail = true;

  let pending: Disposable | undefined;
  const render = () => {
    pending = undefined;
    const rows = buildRows({
      endpoints: catalog.endpoints,
      models: catalog.models,
      current: (each) => switcher.current(each),
      forbids: (model) => policy.forbids(model),
      fills,
      role,
    });
    const hasEngine = catalog.endpoints.some(({ endpoint }) => endpoint.protocol === 'builtin');
    const items = pickerItems(rows, role, hasEngine);
    const [before] = quick.activeItems;
    // Until there was something to choose from, the active row is nobody's choice.
    const kept = before?.row?.kind === 'model' || before?.row?.kind === 'problem' ? before.key : undefined;
    const active = kept ?? switcher.current(role ?? 'completion')?.id;
    quick.items = items;
    const same = items.find(({ key }) => key === active);
    // The filter may have hidden it meanwhile; a hidden row cannot be active, and Enter would do nothing.
    if (same && fitsFilter(same, quick.value)) quick.activeItems = [same];
    quick.buttons = titleButtons(levels.window().level);
    quick.busy = switcher.switching !== undefined || catalog.endpoints.some(({ state }) => state === 'asking');
  };
  const soon = () => {
    pending ??= clock.after(0, render);
  };

  const use = (model: Model, roles: readonly Role[]) =>
    switchModels(
      roles.map((each) => ({ role: each, id: model.id })),
      deps,
    );
  const accept = async (item: PickerItem): Promise<void> => {
    const { row, action } = item;
    if (action) {
      quick.hide();
      if ('role' in action) openPicker(deps, action.role);
      else await vscode.commands.executeCommand(action.command);
      return;
    }
    switch (row?.kind) {
      case undefined:
      case 'zone':
      case 'asking':
        return;
      case 'forbidden':
        quick.title = row.refusal.reason;
        return showRefusal(row.refusal);
      case 'problem': {
        const { mend } = row.problem;
        if (!mend) return;
        if (mend.command !== 'switchyard.refreshModels') quick.hide();
        await vscode.commands.executeCommand(mend.command, ...(mend.args ?? []));
        return;
      }
      case 'model': {
        // Asked anew: the level may have changed since the row was drawn.
        const refused = policy.forbids(row.model);
        if (refused) {
          quick.title = refused.reason;
          return showRefusal(refused);
        }
        if (row.model.unusable !== undefined) {
          quick.title = row.model.unusable;
          return undefined;
        }
        quick.hide();
        return use(row.model, role ? [role] : rolesFor(row.model, switcher.current('completion'), fills));
      }
    }
  };
  const press = async ({ row }: PickerItem, { action }: RowButton): Promise<void> => {
    if (row?.kind !== 'model') return;
    switch (action) {
      case 'completion':
      case 'chat':
        return use(row.model, [action]);
      case 'load':
      case 'unload':
        await vscode.commands.executeCommand(`switchyard.${action}Model`, row.model.id);
        return;
      case 'details':
        await vscode.commands.executeCommand('switchyard.modelDetails', row.model.id);
    }
  };
  const report = (work: Promise<void>) => {
    work.catch((error: unknown) => deps.log.error(String(error)));
  };

  const own: Disposable[] = [
    quick,
    catalog.onDidChange(soon),
    switcher.onDidChange(soon),
    levels.onDidChange(soon),
    quick.onDidAccept(() => {
      const [item] = quick.selectedItems;
      if (item) report(accept(item));
    }),
    quick.onDidChangeValue(() => {
      quick.title = TITLES[role ?? 'both'];
    }),
    quick.onDidTriggerItemButton(({ item, button }) => {
      const pressed = item.buttons?.find((each) => each === button);
      if (pressed) report(press(item, pressed));
    }),
    quick.onDidTriggerButton((button) => {
      const pressed = quick.buttons.find((each): each is TitleButton => each === button && 'command' in each);
      if (pressed) void vscode.commands.executeCommand(pressed.command);
    }),
    quick.onDidHide(() => {
      pending?.dispose();
      for (const each of own) each.dispose();
    }),
  ];
  render();
  quick.show();
  // Only now: the first picture scrolls to the active row.
  quick.keepScrollPosition = true;
  own.push(catalog.poll(OPEN_MS));
}

function fitsFilter({ label, description = '', detail = '' }: vscode.QuickPickItem, filter: string): boolean {
  const wanted = filter.trim().toLowerCase();
  return [label, description, detail].some((text) => text.toLowerCase().includes(wanted));
}
