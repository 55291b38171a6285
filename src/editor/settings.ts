import * as vscode from 'vscode';
import { SETTINGS, type SettingId, type SettingValue } from '../manifest.ts';
import { userValue } from './userValue.ts';

/** Every setting, validated, as it was when it was read. Keyed by the full id. */
export type Settings = { readonly [Id in SettingId]: SettingValue<Id> };
export type ReadSettings = (resource?: vscode.Uri) => Settings;

/** A value that does not fit its schema; `used` is what counts instead. */
export interface BadSetting {
  readonly id: string;
  readonly problem: string;
  readonly used: unknown;
}

/**
 * Reads one frozen snapshot of all settings. A bad value is passed to `report` once, by name, and the default (for lists:
 * the list without the bad entries) is used. Settings of scope `application` are taken from the user's settings alone, even
 * if a workspace file names them.
 */
export function createSettings(report: (bad: BadSetting) => void): ReadSettings {
  const reported = new Set<string>();
  const complain = (bad: BadSetting) => {
    const key = `${bad.id}\n${bad.problem}`;
    if (reported.has(key)) return;
    reported.add(key);
    report(bad);
  };
  return (resource) => {
    const configuration = vscode.workspace.getConfiguration(undefined, resource ?? null);
    const entries = Object.entries(SETTINGS).map(([id, { schema, scope }]) => {
      // `inspect` is many times as slow as `get`, and this runs while the editor starts.
      const raw =
        scope === 'application' ? userValue(configuration.inspect<unknown>(id)) : configuration.get<unknown>(id);
      const parsed = schema.safeParse(raw === null ? undefined : raw);
      if (parsed.success) return [id, parsed.data];
      const used = withoutBadEntries(raw, (value) => schema.safeParse(value)) ?? schema.parse(undefined);
      const problem = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
      complain({ id, problem, used });
      return [id, used];
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each entry was parsed with the schema of its own id
    return Object.freeze(Object.fromEntries(entries)) as Settings;
  };
}

function withoutBadEntries(raw: unknown, parse: (value: unknown) => { success: boolean; data?: unknown }): unknown {
  if (!Array.isArray(raw)) return undefined;
  const good = raw.filter((entry: unknown) => parse([entry]).success);
  return good.length === 0 ? undefined : parse(good).data;
}
