import * as vscode from 'vscode';
import { type GateSettings, isOnFor } from '../core/completion/gate.ts';
import type { SettingId } from '../manifest.ts';
import type { ReadSettings, Settings } from './settings.ts';
import type { Snooze } from './snooze.ts';

/** The settings of completion, read once until they change, and the commands that turn it on and off. */
export interface CompletionSettings {
  of(resource?: vscode.Uri): Settings;
  gate(resource?: vscode.Uri): GateSettings;
  /** Forgets what was read. */
  clear(): void;
  toggle(): Promise<void>;
  toggleForLanguage(): Promise<void>;
}

const ENABLED = 'switchyard.completion.enabled' satisfies SettingId;
const LANGUAGES = 'switchyard.completion.languages' satisfies SettingId;

export function createCompletionSettings(
  read: ReadSettings,
  snooze: Pick<Snooze, 'active' | 'wake'>,
): CompletionSettings {
  // They are wanted on every key and change hardly ever.
  const known = new Map<string, Settings>();
  const of = (resource?: vscode.Uri) => {
    const key = resource?.toString() ?? '';
    const values = known.get(key) ?? read(resource);
    known.set(key, values);
    return values;
  };
  return {
    of,
    gate(resource) {
      const values = of(resource);
      return {
        enabled: values[ENABLED],
        snoozed: snooze.active,
        languages: values[LANGUAGES],
        trigger: values['switchyard.completion.trigger'],
        holeFilling: values['switchyard.completion.holeFilling'],
      };
    },
    clear: () => known.clear(),
    async toggle() {
      // Off for now: then this turns it on.
      if (snooze.active) return snooze.wake();
      const document = vscode.window.activeTextEditor?.document;
      await update(ENABLED, document?.uri, () => !of(document?.uri)[ENABLED]);
    },
    async toggleForLanguage() {
      const document = vscode.window.activeTextEditor?.document;
      if (!document) return;
      const on = isOnFor(of(document.uri)[LANGUAGES], document.languageId);
      await update(LANGUAGES, document.uri, (own) => ({ ...asRecord(own), [document.languageId]: !on }));
    },
  };
}

/** Writes a setting where it is set already, the narrowest place first; in the user's settings where it is nowhere. */
async function update(id: SettingId, resource: vscode.Uri | undefined, next: (own: unknown) => unknown): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(undefined, resource ?? null);
  const found = configuration.inspect<unknown>(id);
  const [target, own] =
    found?.workspaceFolderValue !== undefined
      ? [vscode.ConfigurationTarget.WorkspaceFolder, found.workspaceFolderValue]
      : found?.workspaceValue !== undefined
        ? [vscode.ConfigurationTarget.Workspace, found.workspaceValue]
        : [vscode.ConfigurationTarget.Global, found?.globalValue];
  await configuration.update(id, next(own), target);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
