import * as vscode from 'vscode';
import { type Loaded, type Model, ROLES } from '../core/model.ts';
import { abilityWords, bytesText, loadedText, parametersText, plain } from '../core/routing/describe.ts';
import { placeInWindow } from '../core/routing/thisMachine.ts';
import type { ModelDeps } from './modelDeps.ts';
import { chooseModel } from './chooseModel.ts';
import { ZONE_ICONS } from './zoneIcon.ts';

/** Everything that is known of a model, one fact a row; choosing a row copies it. */
export async function showDetails(deps: ModelDeps, argument: unknown): Promise<void> {
  const model = await chooseModel(deps, argument, { title: 'Details of Which Model?', none: 'No model is known yet.' });
  if (!model) return;
  const items = factsOf(deps, model).map(([label, description, icon]) => ({
    label: `${icon ?? '$(blank)'} ${label}`,
    description,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: plain(model.name),
    placeHolder: 'Enter copies a fact',
    matchOnDescription: true,
  });
  if (picked) await vscode.env.clipboard.writeText(picked.description);
}

type Fact = readonly [label: string, value: string, icon?: string];

function factsOf({ fills, policy, switcher }: ModelDeps, model: Model): readonly Fact[] {
  const { endpoint, loaded } = model;
  const refused = policy.forbids(model);
  const roles = ROLES.filter((role) => switcher.current(role)?.id === model.id);
  const number = (value: number) => value.toLocaleString('en');
  const known: (Fact | undefined)[] = [
    ['Name', plain(model.name)],
    ['Runs', placeInWindow(model, vscode.env.remoteName), ZONE_ICONS[model.zone]],
    model.zoneReason ? ['Why there', plain(model.zoneReason)] : undefined,
    ['In this workspace', refused ? `forbidden: ${refused.reason}` : 'allowed', refused ? '$(lock)' : '$(pass)'],
    roles.length > 0 ? ['In use for', roles.join(' and '), '$(check)'] : undefined,
    [
      'Server',
      endpoint.protocol === 'builtin'
        ? 'none: a process of the editor’s own, without a network'
        : `${plain(endpoint.label)}, ${endpoint.url}`,
      '$(server)',
    ],
    ['Can', abilityWords(model, fills).join(', ') || 'nothing that is known'],
    model.profile !== undefined
      ? ['Fill in the middle', `${fills(model) ? 'yes' : 'no'}, by your settings or the FIM doctor`]
      : model.abilities.insert === 'unknown'
        ? ['Fill in the middle', `${fills(model) ? 'yes' : 'no'}, by its name and family; the server does not say`]
        : undefined,
    model.family ? ['Family', plain(model.family)] : undefined,
    model.parameters ? ['Parameters', parametersText(model.parameters)] : undefined,
    model.quantization ? ['Quantisation', plain(model.quantization)] : undefined,
    model.sizeBytes ? ['Size on disk', `${bytesText(model.sizeBytes)} (${number(model.sizeBytes)} bytes)`] : undefined,
    model.contextLength ? ['Context it was trained for', `${number(model.contextLength)} tokens`] : undefined,
    ['In memory', loadedText(model) ?? 'no'],
    loaded?.contextLength ? ['Context in force', `${number(loaded.contextLength)} tokens`] : undefined,
    loaded?.threads ? ['Computes with', computesWith(loaded), '$(chip)'] : undefined,
    model.digest ? ['Digest', plain(model.digest)] : undefined,
  ];
  return known.filter((fact) => fact !== undefined);
}

function computesWith({ threads = 0, gpu }: Loaded): string {
  return [threads === 1 ? '1 thread' : `${threads} threads`, ...(gpu === undefined ? [] : [`the GPU (${gpu})`])].join(
    ' and ',
  );
}
