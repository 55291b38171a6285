import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Model } from '../core/model.ts';
import { ModelIdText } from '../core/routing/choice.ts';
import { modelLine, plain } from '../core/routing/describe.ts';
import type { ModelDeps } from './modelDeps.ts';
import { ZONE_ICONS } from './zoneIcon.ts';

/** The model that an argument names, else one that the user picks among those that fit. */
export async function chooseModel(
  deps: Pick<ModelDeps, 'catalog' | 'fills'>,
  argument: unknown,
  options: { readonly title: string; readonly none: string; readonly fits?: (model: Model) => boolean },
): Promise<Model | undefined> {
  const { catalog, fills } = deps;
  const named = v.is(ModelIdText, argument) ? catalog.find(argument) : undefined;
  if (named) return named;
  const models = catalog.models.filter(options.fits ?? (() => true));
  if (models.length === 0) {
    void vscode.window.showInformationMessage(options.none);
    return undefined;
  }
  const items = models.map((model) => ({
    label: `${ZONE_ICONS[model.zone]} ${plain(model.name)}`,
    description: plain(model.endpoint.label),
    detail: model.unusable ?? modelLine(model, fills),
    model,
  }));
  const shown = { title: options.title, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(items, shown))?.model;
}
