import * as vscode from 'vscode';
import { type GateSettings, isOnFor } from '../core/completion/gate.ts';
import { type CompletionLimits, withinLimits } from '../core/completionLimits.ts';
import type { Zone } from '../core/model.ts';
import type { SettingId } from '../manifest.ts';
import { type ReadSettings, type Settings, ownValue } from './settings.ts';
import type { Snooze } from './snooze.ts';

/** The settings of completion, read once until they change, and the commands that turn it on and off. */
export interface CompletionSettings {
  of(resource?: vscode.Uri): Settings;
  /** `zone`: where the model runs. Beyond this machine, what comes from a workspace can only turn things off. */
  gate(resource: vscode.Uri | undefined, zone: Zone | undefined): GateSettings;
  /** Whether prompts have text of other files. */
  hasContext(resource: vscode.Uri | undefined, zone: Zone | undefined): boolean;
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
  /** Where the completion model runs now. */
  zone: () => Zone | undefined,
): CompletionSettings {
  // They are wanted on every key and change hardly ever.
  const known = new Map<string, Settings>();
  const of = (resource?: vscode.Uri) => {
    const key = resource?.toString() ?? '';
    const values = known.get(key) ?? read(resource);
    known.set(key, values);
    return values;
  };
  const limits = new Map<string, CompletionLimits>();
  const limited = (resource: vscode.Uri | undefined, zone: Zone | undefined): CompletionLimits => {
    const values = limitsOf(of(resource));
    if (zone === 'device') return values;
    const key = resource?.toString() ?? '';
    const known = limits.get(key) ?? withinLimits(own(resource), values);
    limits.set(key, known);
    return known;
  };
  return {
    of,
    gate(resource, zone) {
      const { enabled, languages, trigger, holeFilling } = limited(resource, zone);
      return {
        enabled,
        snoozed: snooze.active,
        languages,
        trigger,
        holeFilling,
      };
    },
    hasContext: (resource, zone) => limited(resource, zone).context === 'on',
    clear() {
      known.clear();
      limits.clear();
    },
    async toggle() {
      // Off for now: then this turns it on.
      if (snooze.active) return snooze.wake();
      const resource = vscode.window.activeTextEditor?.document.uri;
      const on = !limited(resource, zone()).enabled;
      await update(ENABLED, resource, () => on);
      if (on && !own(resource).enabled) await setOwn(ENABLED, true);
    },
    async toggleForLanguage() {
      const document = vscode.window.activeTextEditor?.document;
      if (!document) return;
      const { uri, languageId } = document;
      const on = !isOnFor(limited(uri, zone()).languages, languageId);
      const next = (before: unknown) => ({ ...asRecord(before), [languageId]: on });
      await update(LANGUAGES, uri, next);
      const { languages } = own(uri);
      if (on && !isOnFor(languages, languageId)) await setOwn(LANGUAGES, next(languages));
    },
  };
}

/** What the user's own settings say, whatever the workspace does. */
function own(resource: vscode.Uri | undefined): CompletionLimits {
  const configuration = vscode.workspace.getConfiguration(undefined, resource ?? null);
  return {
    enabled: ownValue(configuration, ENABLED),
    languages: ownValue(configuration, LANGUAGES),
    trigger: ownValue(configuration, 'switchyard.completion.trigger'),
    holeFilling: ownValue(configuration, 'switchyard.completion.holeFilling'),
    context: ownValue(configuration, 'switchyard.completion.context'),
  };
}

function limitsOf(values: Settings): CompletionLimits {
  return {
    enabled: values[ENABLED],
    languages: values[LANGUAGES],
    trigger: values['switchyard.completion.trigger'],
    holeFilling: values['switchyard.completion.holeFilling'],
    context: values['switchyard.completion.context'],
  };
}

async function setOwn(id: SettingId, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
}

/** Writes a setting where it is set already, the narrowest place first; in the user's settings where it is nowhere. */
async function update(
  id: SettingId,
  resource: vscode.Uri | undefined,
  next: (before: unknown) => unknown,
): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(undefined, resource ?? null);
  const found = configuration.inspect<unknown>(id);
  const [target, before] =
    found?.workspaceFolderValue !== undefined
      ? [vscode.ConfigurationTarget.WorkspaceFolder, found.workspaceFolderValue]
      : found?.workspaceValue !== undefined
        ? [vscode.ConfigurationTarget.Workspace, found.workspaceValue]
        : [vscode.ConfigurationTarget.Global, found?.globalValue];
  await configuration.update(id, next(before), target);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
