import * as vscode from 'vscode';

/** Bytes of a nonce; the policy wants at least 128 bits. */
const NONCE = 18;

/**
 * The empty page that loads one of the pages under `dist/webview`. Its policy lets it reach nothing: no network, no images,
 * no fonts, no frames, no inline styles, and no script but its own.
 */
export function prepareWebview(webview: vscode.Webview, extensionUri: vscode.Uri, name: string, title: string): void {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  webview.options = { enableScripts: true, enableCommandUris: false, enableForms: false, localResourceRoots: [folder] };
  const script = webview.asWebviewUri(vscode.Uri.joinPath(folder, `${name}.js`)).toString();
  const style = webview.asWebviewUri(vscode.Uri.joinPath(folder, `${name}.css`)).toString();
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(NONCE))).toString('base64');
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  webview.html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
