import * as vscode from 'vscode';
import type { Endpoint } from '../core/model.ts';
import { plain } from '../core/routing/describe.ts';
import { endpointProblem } from '../core/routing/problem.ts';
import { findOllama } from './findOllama.ts';
import type { ModelDeps } from './modelDeps.ts';

/** Milliseconds for which a server may take to come up, and between two looks at it. */
const UP_MS = 60_000;
const LOOK_MS = 500;
const DOWNLOAD = 'https://ollama.com/download';
const TERMINAL = 'Ollama';

/** Starts `ollama serve` in a terminal and waits until it answers. `wanted` is the id of an endpoint. */
export async function startOllama(deps: ModelDeps, wanted: unknown): Promise<void> {
  const local = deps.catalog.endpoints
    .map(({ endpoint }) => endpoint)
    .filter(({ protocol, zone }) => protocol === 'ollama' && zone === 'device');
  const endpoint = local.find(({ id }) => id === wanted) ?? local[0];
  if (!endpoint) {
    void vscode.window.showInformationMessage('No Ollama server on this machine is configured.');
    return;
  }
  await deps.catalog.refresh('gently');
  if (isUp(deps, endpoint)) {
    void vscode.window.showInformationMessage(`${plain(endpoint.label)} is running already.`);
    return;
  }
  const binary = await findOllama();
  if (!binary) return offerInstall();
  const terminal = vscode.window.createTerminal({
    name: TERMINAL,
    shellPath: binary,
    shellArgs: ['serve'],
    // With the scheme: without one, Ollama would take a missing port for 11434.
    env: { OLLAMA_HOST: new URL(endpoint.url).origin },
    iconPath: new vscode.ThemeIcon('server-process'),
    message: 'Ollama runs as long as this terminal is open.',
  });
  const options = {
    location: vscode.ProgressLocation.Notification,
    cancellable: true,
    title: `Starting Ollama in the terminal “${TERMINAL}”…`,
  };
  const outcome = await vscode.window.withProgress(options, (_, token) => waitUntilUp(deps, endpoint, terminal, token));
  if (outcome === 'up' || outcome === 'cancelled') return;
  const problem = deps.catalog.endpoints.filter((state) => state.endpoint.id === endpoint.id).map(endpointProblem)[0];
  const show = 'Show Terminal';
  const text =
    outcome === 'closed'
      ? 'Ollama ended before it answered. Another program may use its port.'
      : `Ollama was started and does not answer. ${problem?.text ?? ''}`;
  const picked = await vscode.window.showErrorMessage(text, ...(terminal.exitStatus ? [] : [show]));
  if (picked === show) terminal.show();
}

async function waitUntilUp(
  deps: ModelDeps,
  endpoint: Endpoint,
  terminal: vscode.Terminal,
  token: vscode.CancellationToken,
): Promise<'up' | 'cancelled' | 'closed' | 'late'> {
  const until = deps.clock.now() + UP_MS;
  while (deps.clock.now() < until) {
    if (token.isCancellationRequested) return 'cancelled';
    if (terminal.exitStatus) return 'closed';
    await Promise.race([deps.catalog.refresh('gently'), pause(LOOK_MS)]);
    if (isUp(deps, endpoint)) return 'up';
    await pause(LOOK_MS);
  }
  return 'late';
}

function isUp({ catalog }: ModelDeps, endpoint: Endpoint): boolean {
  return catalog.endpoints.some(
    (known) => known.endpoint.id === endpoint.id && (known.state === 'ready' || known.state === 'empty'),
  );
}

async function offerInstall(): Promise<void> {
  const open = 'Open Download Page';
  const settings = 'Open Settings';
  const picked = await vscode.window.showInformationMessage(
    'Ollama was not found on this machine. Install it, or point “switchyard.endpoints” to a server that runs.',
    open,
    settings,
  );
  if (picked === open) await vscode.env.openExternal(vscode.Uri.parse(DOWNLOAD));
  if (picked === settings) await vscode.commands.executeCommand('switchyard.openSettings');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
