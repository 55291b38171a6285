import * as vscode from 'vscode';
import { type Endpoint, type Role, modelId } from '../core/model.ts';
import { isRefusal } from '../core/outcome.ts';
import { isCloudName } from '../core/privacy/cloudName.ts';
import { rolesFor } from '../core/routing/choice.ts';
import { plain } from '../core/routing/describe.ts';
import { modelNameProblem, sourceOf } from '../core/routing/modelName.ts';
import type { ModelDeps } from './modelDeps.ts';
import { pullMessages } from './pullProgress.ts';
import { showFailure, showRefusal } from './showFailure.ts';
import { switchModels } from './switchModel.ts';

/** Asks for a name, says what will happen, and has a server pull the model. The arguments, the id of an endpoint and a
 * name, only fill in what is asked. */
export async function pullModel(deps: ModelDeps, wanted: unknown, suggested: unknown): Promise<void> {
  const endpoint = await chooseServer(deps, wanted);
  if (!endpoint) return;
  const forbids = (name: string) => deps.policy.forbids({ name, zone: endpoint.zone, endpoint });
  const entered = await vscode.window.showInputBox({
    title: `Pull a Model to ${plain(endpoint.label)}`,
    prompt: 'Name in the Ollama library, or hf.co/owner/model:quantisation.',
    placeHolder: 'qwen2.5-coder:7b',
    value: typeof suggested === 'string' ? suggested : '',
    ignoreFocusOut: true,
    validateInput: (value) => modelNameProblem(value.trim()) ?? forbids(value.trim())?.reason,
  });
  const name = entered?.trim();
  if (!name || modelNameProblem(name)) return;
  const refused = forbids(name);
  if (refused) return showRefusal(refused);
  const yes = 'Pull';
  const answer = await vscode.window.showInformationMessage(
    `Pull “${name}”?`,
    { modal: true, detail: consequence(endpoint, name) },
    yes,
  );
  if (answer === yes && (await pull(deps, endpoint, name))) await offerUse(deps, endpoint, name);
}

function consequence(endpoint: Endpoint, name: string): string {
  const who = endpoint.zone === 'device' ? 'Ollama on this machine' : `The server “${plain(endpoint.label)}”`;
  const cloud = isCloudName(name) ? ' The model itself runs in the cloud; prompts to it leave the server.' : '';
  return `${who} will download it from ${sourceOf(name)}. Only the name of the model leaves; no text of yours does.${cloud}`;
}

/** Whether the model arrived. */
async function pull(deps: ModelDeps, endpoint: Endpoint, name: string): Promise<boolean> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    cancellable: true,
    title: `Pulling ${name}`,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    try {
      const pieces = await deps.road.pull(endpoint, name, abort.signal);
      if (isRefusal(pieces)) {
        void showRefusal(pieces);
        return false;
      }
      for await (const message of pullMessages(pieces, () => deps.clock.now())) progress.report(message);
      return !abort.signal.aborted;
    } catch (error) {
      if (!abort.signal.aborted) void showFailure(error, deps.log);
      return false;
    } finally {
      subscription.dispose();
      void deps.catalog.refresh();
    }
  });
}

async function offerUse(deps: ModelDeps, endpoint: Endpoint, name: string): Promise<void> {
  await deps.catalog.refresh();
  const { catalog, switcher, fills } = deps;
  const model = catalog.find(modelId(endpoint, name)) ?? catalog.find(modelId(endpoint, `${name}:latest`));
  const roles = model && !deps.policy.forbids(model) ? rolesFor(model, switcher.current('completion'), fills) : [];
  const titles: Readonly<Record<Role, string>> = { completion: 'Use for Completion', chat: 'Use for Chat' };
  const picked = await vscode.window.showInformationMessage(
    `${name} is on ${plain(endpoint.label)}.`,
    ...roles.map((role) => titles[role]),
  );
  const wishes = roles.filter((role) => titles[role] === picked);
  if (model && wishes.length > 0) {
    await switchModels(
      wishes.map((role) => ({ role, id: model.id })),
      deps,
    );
  }
}

/** The server to pull to: one that keeps models and answers. */
async function chooseServer({ catalog, policy }: ModelDeps, wanted: unknown): Promise<Endpoint | undefined> {
  const keepers = catalog.endpoints.filter(
    ({ endpoint }) => endpoint.protocol === 'ollama' && !policy.forbids({ name: '', zone: endpoint.zone, endpoint }),
  );
  const named = keepers.find(({ endpoint }) => endpoint.id === wanted);
  if (named) return named.endpoint;
  const up = keepers.filter(({ state }) => state === 'ready' || state === 'empty' || state === 'slow');
  const usable = (up.length > 0 ? up : keepers).map(({ endpoint }) => endpoint);
  if (usable.length === 0) {
    void vscode.window.showInformationMessage('No Ollama server is configured that this workspace may use.');
    return undefined;
  }
  if (usable.length === 1) return usable[0];
  const items = usable.map((endpoint) => ({ label: plain(endpoint.label), description: endpoint.url, endpoint }));
  return (await vscode.window.showQuickPick(items, { title: 'Pull to Which Server?' }))?.endpoint;
}
