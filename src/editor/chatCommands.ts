import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { Chat } from './chatView.ts';
import { registerCommand } from './command.ts';

/** The commands of the chat. They take no arguments, so nobody can put words into the user's mouth. */
export function registerChatCommands(load: () => Promise<Chat>): Disposable {
  return vscode.Disposable.from(
    registerCommand('switchyard.openChat', async () => (await load()).focus()),
    registerCommand('switchyard.newChat', async () => (await load()).startNew()),
    registerCommand('switchyard.chatHistory', async () => (await load()).showHistory()),
    registerCommand('switchyard.chat.showManifest', async () => (await load()).showManifest()),
    registerCommand('switchyard.releaseChat', async () => (await load()).release()),
    registerCommand('switchyard.explain', async () => (await load()).askHere('explain')),
    registerCommand('switchyard.fix', async () => (await load()).askHere('fix')),
    registerCommand('switchyard.writeTests', async () => (await load()).askHere('writeTests')),
    registerCommand('switchyard.document', async () => (await load()).askHere('document')),
    registerCommand('switchyard.ask', async () => (await load()).askHere('ask')),
  );
}
