import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { Model } from '../core/model.ts';
import type { Refusal } from '../core/outcome.ts';
import { bytesText, canBeRemoved, keepsModels, plain, shortName } from '../core/routing/describe.ts';
import { untilAborted } from '../core/routing/untilAborted.ts';
import { chooseModel } from './chooseModel.ts';
import { registerCommand } from './command.ts';
import { withLateProgress } from './lateProgress.ts';
import { logServers } from './logServers.ts';
import type { ModelDeps } from './modelDeps.ts';
import { showFailure, showRefusal } from './showFailure.ts';
import { switchModels } from './switchModel.ts';

/** The commands on models, but for the picker, and the log of their servers. Arguments are ids of models or endpoints, and are checked. */
export function registerModelCommands(deps: ModelDeps): Disposable {
  const { catalog, road, log } = deps;
  /** Does something to a model on its server, says what went wrong, and asks the server anew. */
  const act = async (title: string, model: Model, task: (typeof road)['load']) => {
    try {
      const refused: Refusal | undefined = await withLateProgress(`${title} ${shortName(model.name)}…`, (signal) =>
        untilAborted(task(model, signal), signal),
      );
      if (refused) void showRefusal(refused);
    } catch (error) {
      void showFailure(error, log);
    }
    await catalog.refresh();
  };
  const allowed = (model: Model) => keepsModels(model) && !deps.policy.forbids(model);

  return vscode.Disposable.from(
    logServers(deps),
    registerCommand('switchyard.previousModel', async () => {
      const { previous } = deps.switcher;
      if (previous.length > 0) return switchModels(previous, deps);
      void vscode.window.showInformationMessage('There is no previous model yet: nothing was switched.');
      return undefined;
    }),
    registerCommand('switchyard.modelDetails', async (id) => {
      const { showDetails } = await import('./modelDetails.ts');
      return showDetails(deps, id);
    }),
    registerCommand('switchyard.loadModel', async (id) => {
      const fits = (model: Model) => allowed(model) && !model.loaded;
      const none = 'Every model that could be loaded is in memory already.';
      const model = await chooseModel(deps, id, { title: 'Load Which Model?', none, fits });
      if (model) await act('Loading', model, (...wish) => road.load(...wish));
    }),
    registerCommand('switchyard.unloadModel', async (id) => {
      const fits = (model: Model) => allowed(model) && model.loaded !== undefined;
      const model = await chooseModel(deps, id, { title: 'Unload Which Model?', none: 'No model is in memory.', fits });
      if (model) await act('Unloading', model, (...wish) => road.unload(...wish));
    }),
    registerCommand('switchyard.removeModel', async (id) => {
      const fits = (model: Model) => canBeRemoved(model) && !deps.policy.forbids(model);
      const none = 'No model can be removed.';
      const model = await chooseModel(deps, id, { title: 'Remove Which Model from Disk?', none, fits });
      if (model && (await confirmRemoval(model))) await act('Removing', model, (...wish) => road.remove(...wish));
    }),
    registerCommand('switchyard.pullModel', async (endpoint, name) => {
      const { pullModel } = await import('./pullModel.ts');
      return pullModel(deps, endpoint, name);
    }),
    registerCommand('switchyard.startOllama', async (id) => {
      const { startOllama } = await import('./startOllama.ts');
      return startOllama(deps, id);
    }),
    registerCommand('switchyard.refreshModels', () =>
      vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Asking for models' }, () =>
        catalog.refresh(),
      ),
    ),
  );
}

async function confirmRemoval(model: Model): Promise<boolean> {
  const yes = 'Remove';
  const size = model.sizeBytes ? ` It frees up to ${bytesText(model.sizeBytes)}.` : '';
  const again =
    model.endpoint.protocol === 'builtin' ? 'it must be put into the folder again' : 'it must be pulled again';
  const detail = `${plain(model.endpoint.label)} deletes it from its disk.${size} To have it again, ${again}.`;
  const answer = await vscode.window.showWarningMessage(`Remove “${plain(model.name)}”?`, { modal: true, detail }, yes);
  return answer === yes;
}
