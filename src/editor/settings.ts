import * as v from 'valibot';
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
 * Takes one frozen snapshot of all settings; each is validated when it is first looked at, because `inspect` is slow and this
 * runs while the editor starts. A bad value is passed to `report` once, by name, and the default (for lists: the list without
 * the bad entries) is used. Settings of scope `application` are taken from the user's settings alone, even if a workspace file
 * names them.
 */
export function createSettings(report: (bad: BadSetting) => void): ReadSettings {
  const reported = new Set<string>();
  const complain = (bad: BadSetting) => {
    const key = `${bad.id}\n${bad.problem}`;
    if (reported.has(key)) return;
    reported.add(key);
    report(bad);
  };
  const read = (configuration: vscode.WorkspaceConfiguration, id: SettingId): unknown => {
    const { schema, scope } = SETTINGS[id];
    const raw =
      scope === 'application' ? userValue(configuration.inspect<unknown>(id)) : configuration.get<unknown>(id);
    const parsed = v.safeParse(schema, raw === null ? undefined : raw);
    if (parsed.success) return parsed.output;
    const used = withoutBadEntries(raw, schema) ?? v.parse(schema, undefined);
    const problem = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`).join('; ');
    complain({ id, problem, used });
    return used;
  };
  return (resource) => {
    const configuration = vscode.workspace.getConfiguration(undefined, resource ?? null);
    const known = new Map<SettingId, unknown>();
    const get = (id: SettingId) => {
      if (!known.has(id)) known.set(id, read(configuration, id));
      return known.get(id);
    };
    const snapshot = {};
    for (const id of IDS) Object.defineProperty(snapshot, id, { enumerable: true, get: () => get(id) });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value is parsed with the schema of its own id
    return Object.freeze(snapshot) as Settings;
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the record, as it is typed
const IDS = Object.keys(SETTINGS) as SettingId[];

/** What the user's own settings say of one setting, whatever its scope; the default where they say nothing valid. */
export function ownValue<Id extends SettingId>(configuration: vscode.WorkspaceConfiguration, id: Id): SettingValue<Id> {
  const { schema } = SETTINGS[id];
  const parsed = v.safeParse(schema, userValue(configuration.inspect<unknown>(id)) ?? undefined);
  return parsed.success ? parsed.output : v.parse(schema, undefined);
}

function withoutBadEntries(raw: unknown, schema: v.GenericSchema): unknown {
  if (!Array.isArray(raw)) return undefined;
  const good = raw.filter((entry: unknown) => v.is(schema, [entry]));
  return good.length === 0 ? undefined : v.parse(schema, good);
}
