import * as vscode from 'vscode';
import type { EngineKeeper } from '../core/engineKeeper.ts';
import { registerCommand } from './command.ts';
import type { ModelDeps } from './modelDeps.ts';

export interface EngineDeps extends ModelDeps {
  readonly engine: () => Promise<EngineKeeper>;
}

/** The commands of the built-in engine; what they do is loaded with the first of them. */
export function registerEngineCommands(deps: EngineDeps): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand('switchyard.installEngine', async () => {
      const { installEngine } = await import('./installEngine.ts');
      return installEngine(deps);
    }),
    registerCommand('switchyard.installEngineFromFile', async () => {
      const { installEngineFromFile } = await import('./installEngine.ts');
      return installEngineFromFile(deps);
    }),
    registerCommand('switchyard.removeEngine', async () => {
      const { removeEngine } = await import('./installEngine.ts');
      return removeEngine(deps);
    }),
    registerCommand('switchyard.showModelsFolder', async () => {
      const folder = await (await deps.engine()).modelsFolder();
      await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(folder));
    }),
    registerCommand('switchyard.measureModel', async (id) => {
      const { measureModel } = await import('./measureModel.ts');
      return measureModel(deps, id);
    }),
  );
}
