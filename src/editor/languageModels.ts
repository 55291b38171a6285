import * as vscode from 'vscode';
import { conversationLimit, estimateTokens } from '../core/chat/budget.ts';
import type { Words } from '../core/chat/failure.ts';
import { LANGUAGE_MODEL_VENDOR } from '../core/chat/participant.ts';
import type { Clock, Disposable } from '../core/event.ts';
import type { Model } from '../core/model.ts';
import type { AppError } from '../core/outcome.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Policy } from '../core/privacy/policy.ts';
import type { Catalog } from '../core/routing/catalog.ts';
import type { Fills } from '../core/routing/choice.ts';
import { modelLine, plain, shortName, placeOf } from '../core/routing/describe.ts';
import type { Road } from '../core/routing/road.ts';
import type { Switcher } from '../core/routing/switcher.ts';
import type { MayUse } from './languageModelConsent.ts';
import { textOf } from './languageModelText.ts';
import type { ReadSettings } from './settings.ts';

export interface LanguageModelsDeps {
  readonly road: Pick<Road, 'chat'>;
  readonly catalog: Catalog;
  readonly switcher: Pick<Switcher, 'current'>;
  readonly policy: Pick<Policy, 'forbids'>;
  readonly levels: Pick<Levels, 'onDidChange'>;
  readonly fills: Fills;
  readonly settings: ReadSettings;
  readonly clock: Pick<Clock, 'after'>;
  readonly explain: (error: AppError) => Words;
}

/** Milliseconds for which a caller waits that asks before the servers have been asked once. */
const FIRST_LIST_MS = 3_000;

/**
 * Offers the models to other extensions. Only those that the level of the window allows now are listed, and each request goes
 * along the road like any other.
 */
export function registerLanguageModels(deps: LanguageModelsDeps): Disposable {
  const { catalog, policy, levels, clock } = deps;
  const changed = new vscode.EventEmitter<void>();
  const offered = () => catalog.models.filter((model) => model.abilities.chat && !policy.forbids(model));
  const contextTokens = () =>
    deps.settings(vscode.workspace.workspaceFolders?.[0]?.uri)['switchyard.chat.contextTokens'];

  let asking: Promise<MayUse> | undefined;
  const mayUse: MayUse = async (model) => {
    asking ??= import('./languageModelConsent.ts').then(({ createModelConsent }) => createModelConsent(deps.switcher));
    return (await asking)(model);
  };

  /** Somebody may have woken us up only to ask. */
  const firstList = async () => {
    if (!catalog.endpoints.some(({ state }) => state === 'asking') && catalog.endpoints.length > 0) return;
    let timer: Disposable | undefined;
    const late = new Promise<void>((resolve) => {
      timer = clock.after(FIRST_LIST_MS, resolve);
    });
    await Promise.race([catalog.refresh('gently'), late]);
    timer?.dispose();
  };

  const registration = vscode.lm.registerLanguageModelChatProvider(LANGUAGE_MODEL_VENDOR, {
    onDidChangeLanguageModelChatInformation: changed.event,
    async provideLanguageModelChatInformation() {
      if (catalog.models.length === 0) await firstList();
      return offered().map((model) => informationOf(model, contextTokens(), deps.fills));
    },
    async provideLanguageModelChatResponse({ id }, messages, options, progress, token) {
      const { answerRequest } = await import('./languageModelAnswer.ts');
      await answerRequest({ ...deps, mayUse }, { id, messages, options, progress, token });
    },
    // An estimate: nothing is sent for a count.
    provideTokenCount: async (_model, text) =>
      Promise.resolve(estimateTokens(typeof text === 'string' ? text : textOf(text.content))),
  });
  // The editor asks for the list only when it is told to.
  const tell = () => changed.fire();
  const first = clock.after(0, tell);
  return vscode.Disposable.from(
    registration,
    changed,
    first,
    { dispose: catalog.onDidChange(tell).dispose },
    { dispose: levels.onDidChange(tell).dispose },
  );
}

function informationOf(model: Model, setting: number, fills: Fills): vscode.LanguageModelChatInformation {
  const context = model.loaded?.contextLength ?? model.contextLength;
  const maxInputTokens = conversationLimit(context ?? setting, context);
  return {
    id: model.id,
    name: plain(shortName(model.name)),
    family: model.family ?? plain(shortName(model.name)),
    version: model.digest?.slice(0, 19) ?? model.name,
    detail: plain(model.endpoint.label),
    tooltip: `Switchyard: ${placeOf(model)}. ${modelLine(model, fills)}`,
    maxInputTokens,
    maxOutputTokens: context === undefined ? 2048 : context - maxInputTokens,
    // What goes along the road is text; tools are not passed on.
    capabilities: { imageInput: false, toolCalling: false },
  };
}
