import type * as vscode from 'vscode';
import { prepareWebview } from './webviewPage.ts';

/** The empty page that loads the chat. */
export function prepareChatPage(webview: vscode.Webview, extensionUri: vscode.Uri): void {
  prepareWebview(webview, extensionUri, 'chat', 'Chat');
}
