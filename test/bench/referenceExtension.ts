import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../setup/child.ts';
import { ensureVsCode } from '../setup/vscode.ts';

/**
 * What VS Code itself takes: an extension that does the same as Switchyard with nothing behind it. A list of `rows` rows on
 * Ctrl+Alt+K, with texts and buttons like those of the picker, and ghost text in plain text files at once.
 */
export async function installReference(userDataDir: string, rows: number): Promise<void> {
  const folder = join(userDataDir, 'reference');
  const vsix = join(folder, 'reference.vsix');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(MANIFEST, undefined, 2));
  writeFileSync(join(folder, 'extension.js'), source(rows));
  const vsce = resolve('node_modules/@vscode/vsce/vsce');
  const quiet = ['--no-dependencies', '--allow-missing-repository', '--skip-license'];
  await run(process.execPath, [vsce, 'package', '--out', vsix, ...quiet], { cwd: folder, env: { VSCE_STORE: 'file' } });
  const vscode = await ensureVsCode('newest');
  // The folders of test/ui/driver.ts.
  const folders = ['--user-data-dir', join(userDataDir, 'server'), '--extensions-dir', join(userDataDir, 'extensions')];
  const args = [vscode.codeServerMain, ...folders, '--install-extension', vsix, '--force'];
  await run(vscode.nodePath, args, { env: { EXTENSIONS_GALLERY: '{}' } });
}

export const REFERENCE_KEY = 'Control+Alt+k';
/** Begins each ghost text, with a number after it. */
export const REFERENCE_GHOST = 'reference_';

const MANIFEST = {
  name: 'reference',
  publisher: 'switchyard-bench',
  version: '1.0.0',
  description: 'What VS Code itself takes.',
  engines: { vscode: '^1.104.0' },
  main: './extension.js',
  activationEvents: ['onStartupFinished'],
  contributes: {
    commands: [{ command: 'reference.list', title: 'Reference: Show a List' }],
    keybindings: [{ command: 'reference.list', key: 'ctrl+alt+k' }],
  },
};

function source(rows: number): string {
  return `'use strict';
const vscode = require('vscode');
const button = (icon, tooltip) => ({ iconPath: new vscode.ThemeIcon(icon), tooltip });
const buttons = [button('code', 'One'), button('comment-discussion', 'Two'), button('info', 'Three')];
exports.activate = ({ subscriptions }) => {
  let count = 0;
  const list = () => {
    const quick = vscode.window.createQuickPick();
    quick.matchOnDescription = true;
    quick.matchOnDetail = true;
    quick.items = Array.from({ length: ${rows} }, (_, index) => ({
      label: '$(vm) coder-' + String(index).padStart(4, '0') + ':7b',
      description: '7B',
      detail: '4.7 GB · Q4_K_M · 32K context · complete, chat · not loaded',
      buttons,
    }));
    quick.onDidHide(() => quick.dispose());
    quick.show();
  };
  const provideInlineCompletionItems = (_document, position) => [
    new vscode.InlineCompletionItem('${REFERENCE_GHOST}' + ++count, new vscode.Range(position, position)),
  ];
  subscriptions.push(
    vscode.commands.registerCommand('reference.list', list),
    vscode.languages.registerInlineCompletionItemProvider({ language: 'plaintext' }, { provideInlineCompletionItems }),
  );
};
`;
}
