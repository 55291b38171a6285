import * as vscode from 'vscode';
import { createEmitter, type Disposable, type Event } from '../core/event.ts';
import type { Endpoint } from '../core/model.ts';
import { plain } from '../core/plainText.ts';
import { registerCommand } from './command.ts';

/** API keys in the editor's secret storage, each bound to the origin that it was entered for. */
export interface Keys extends Disposable {
  /** The key for an origin such as `https://api.openai.com`. */
  of(origin: string): Promise<string | undefined>;
  has(endpoint: Endpoint): Promise<boolean>;
  readonly onDidChange: Event<void>;
}

const PREFIX = 'switchyard.key:';

export function createKeys(secrets: vscode.SecretStorage): Keys {
  const changed = createEmitter<void>();
  const subscription = secrets.onDidChange(({ key }) => {
    if (key.startsWith(PREFIX)) changed.fire();
  });
  const of = async (origin: string) => secrets.get(PREFIX + origin);
  return {
    of,
    has: async (endpoint) => Boolean(await of(originOf(endpoint))),
    onDidChange: changed.event,
    dispose() {
      subscription.dispose();
      changed.dispose();
    },
  };
}

function originOf(endpoint: Endpoint): string {
  return new URL(endpoint.url).origin;
}

/** `switchyard.setKey` and `switchyard.removeKey`. */
export function registerKeyCommands(secrets: vscode.SecretStorage, endpoints: () => readonly Endpoint[]): Disposable {
  const choose = async (title: string, id: unknown): Promise<Endpoint | undefined> => {
    const keyed = endpoints().filter(({ needsKey }) => needsKey);
    const named = keyed.find((endpoint) => endpoint.id === id);
    if (named ?? keyed.length === 1) return named ?? keyed[0];
    if (keyed.length === 0) {
      void vscode.window.showInformationMessage('No server in “switchyard.endpoints” takes an API key.');
      return undefined;
    }
    const rows = keyed.map((endpoint) => ({ label: plain(endpoint.label), description: originOf(endpoint), endpoint }));
    return (await vscode.window.showQuickPick(rows, { title }))?.endpoint;
  };
  return vscode.Disposable.from(
    registerCommand('switchyard.setKey', async (id) => {
      const endpoint = await choose('Set the API Key of Which Server?', id);
      if (!endpoint) return;
      const key = await vscode.window.showInputBox({
        title: `API Key for ${plain(endpoint.label)}`,
        prompt: `Kept in the editor’s secret storage, and sent to ${originOf(endpoint)} only.`,
        password: true,
        ignoreFocusOut: true,
        validateInput: (value) =>
          /^[\x21-\x7e]+$/.test(value.trim()) ? undefined : 'A key is one word of plain characters.',
      });
      if (key) await secrets.store(PREFIX + originOf(endpoint), key.trim());
    }),
    registerCommand('switchyard.removeKey', async (id) => {
      const endpoint = await choose('Remove the API Key of Which Server?', id);
      if (endpoint) await secrets.delete(PREFIX + originOf(endpoint));
    }),
  );
}
