import * as vscode from 'vscode';
import { isRefusal } from '../core/outcome.ts';
import { bytesText, shortName } from '../core/routing/describe.ts';
import { untilAborted } from '../core/routing/untilAborted.ts';
import { chooseModel } from './chooseModel.ts';
import type { EngineDeps } from './engineCommands.ts';
import { showFailure, showRefusal } from './showFailure.ts';

/** Measures a model of the built-in engine on this machine, as it is now; choosing a row copies all of them. */
export async function measureModel(deps: EngineDeps, argument: unknown): Promise<void> {
  const fits = (model: Parameters<EngineDeps['policy']['forbids']>[0]) =>
    model.endpoint.protocol === 'builtin' && !deps.policy.forbids(model);
  const none = 'The built-in engine has no model to measure.';
  const model = await chooseModel(deps, argument, { title: 'Measure Which Model?', none, fits });
  if (!model) return;
  const title = `Measuring ${shortName(model.name)}…`;
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  const measured = await vscode.window.withProgress(options, async (_, token) => {
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    try {
      return await untilAborted((await deps.engine()).measure(model, abort.signal), abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) void showFailure(error, deps.log);
      return undefined;
    } finally {
      subscription.dispose();
    }
  });
  if (!measured) return;
  if (isRefusal(measured)) return showRefusal(measured);
  const { prefill, decode, firstTokenMs, memoryBytes, threads, gpu } = measured;
  const facts: readonly (readonly [string, string])[] = [
    ['Reads', `${prefill} tokens/s`],
    ['Writes', `${decode} tokens/s`],
    ['First token after three typed ones', `${firstTokenMs} ms`],
    ['Memory', bytesText(memoryBytes)],
    [
      'Computes with',
      `${threads} ${threads === 1 ? 'thread' : 'threads'}${gpu === undefined ? '' : ` and the GPU (${gpu})`}`,
    ],
  ];
  const items = facts.map(([label, description]) => ({ label, description }));
  const shown = { title: `${shortName(model.name)} on this machine, now`, placeHolder: 'Enter copies all of it' };
  const picked = await vscode.window.showQuickPick(items, shown);
  if (picked) await vscode.env.clipboard.writeText(facts.map(([label, value]) => `${label}: ${value}`).join('\n'));
}
