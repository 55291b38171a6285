import { describe, expect, it } from 'vitest';
import { machineName, placeInWindow, withMachine } from '../../../src/core/routing/thisMachine.ts';

describe('this machine', () => {
  it.each([
    ['ssh-remote', 'On this machine (the SSH host)'],
    ['dev-container', 'On this machine (the dev container)'],
    ['attached-container', 'On this machine (the container)'],
    ['wsl', 'On this machine (WSL)'],
    ['codespaces', 'On this machine (the codespace)'],
    ['tunnel', 'On this machine (the other end of the tunnel)'],
    ['127.0.0.1:8000', 'On this machine (the editor’s server)'],
    ['constructor', 'On this machine (the editor’s server)'],
  ])('is named in a remote window: %s', (remote, text) => expect(withMachine('On this machine', remote)).toBe(text));

  it('needs no name where the window is of this machine', () => {
    expect(withMachine('On this machine', undefined)).toBe('On this machine');
    expect(machineName('')).toBeUndefined();
  });

  it('is where a model of a server there runs, and no other', () => {
    const places = (['device', 'network', 'cloud'] as const).map((zone) =>
      placeInWindow({ id: 'ollama/x', zone }, 'ssh-remote'),
    );
    expect(places).toEqual(['on this machine (the SSH host)', 'in your network', 'in the cloud']);
    expect(placeInWindow({ id: 'builtin/x', zone: 'device' }, 'ssh-remote')).toBe('in the editor');
    expect(placeInWindow({ id: 'ollama/x', zone: 'device' }, undefined)).toBe('on this machine');
  });
});
