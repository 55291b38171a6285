import type { Model } from '../model.ts';
import { isBuiltin, placeOf } from './describe.ts';

/** What “this machine” is in a remote window: the one where the extension runs, and whose loopback it dials. */

const MACHINES: Readonly<Record<string, string>> = {
  'ssh-remote': 'the SSH host',
  'dev-container': 'the dev container',
  'attached-container': 'the container',
  'k8s-container': 'the container',
  wsl: 'WSL',
  codespaces: 'the codespace',
  tunnel: 'the other end of the tunnel',
};

/** `remoteName`: as the editor names the kind of its remote; `undefined` in a window of this machine alone. */
export function machineName(remoteName: string | undefined): string | undefined {
  if (remoteName === undefined || remoteName === '') return undefined;
  // Others name themselves in ways that say nothing to people; a browser's editor gives the server's address.
  return Object.entries(MACHINES).find(([name]) => name === remoteName)?.[1] ?? 'the editor’s server';
}

/** A text about this machine, with what that is in a remote window: `On this machine (the SSH host)`. */
export function withMachine(text: string, remoteName: string | undefined): string {
  const machine = machineName(remoteName);
  return machine === undefined ? text : `${text} (${machine})`;
}

/** Where a model runs, as the end of a sentence, with what this machine is in a remote window. */
export function placeInWindow(model: Pick<Model, 'id' | 'zone'>, remoteName: string | undefined): string {
  const place = placeOf(model);
  return model.zone === 'device' && !isBuiltin(model) ? withMachine(place, remoteName) : place;
}
