import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { run } from '../../setup/child.ts';

/** Another extension in the same window, which runs our commands with whatever arguments it likes. */
export interface Neighbour {
  readonly vsix: string;
  /** For the extension host. */
  readonly env: Readonly<Record<string, string>>;
  /** Title of its command in the palette. */
  readonly command: string;
  /** What its command will do next time: commands with their arguments. */
  prepare(attempts: readonly (readonly [command: string, ...args: unknown[]])[]): void;
  /** What became of each, once all were made; `undefined` before. */
  outcomes(): readonly string[] | undefined;
}

const TITLE = 'Run Commands of Another Extension';
const MANIFEST = {
  name: 'neighbour',
  publisher: 'proof',
  version: '1.0.0',
  engines: { vscode: '^1.104.0' },
  main: './extension.js',
  activationEvents: [],
  contributes: { commands: [{ command: 'neighbour.try', title: TITLE, category: 'Neighbour' }] },
};
/** Waits a moment for each: a command may ask the user something, and nobody answers. */
const CODE = `
const { readFileSync, writeFileSync } = require('node:fs');
const { commands } = require('vscode');
exports.activate = (context) => {
  context.subscriptions.push(commands.registerCommand('neighbour.try', async () => {
    const outcomes = [];
    for (const [command, ...args] of JSON.parse(readFileSync(process.env.NEIGHBOUR_ATTEMPTS, 'utf8'))) {
      const late = new Promise((done) => setTimeout(done, 300, 'waits'));
      const ran = commands.executeCommand(command, ...args).then(() => 'ran', String);
      outcomes.push(await Promise.race([ran, late]));
    }
    writeFileSync(process.env.NEIGHBOUR_OUTCOMES, JSON.stringify(outcomes));
  }));
};
`;

export async function packNeighbour(dir: string): Promise<Neighbour> {
  const source = join(dir, 'neighbour');
  const vsix = join(dir, 'neighbour.vsix');
  const attempts = join(dir, 'attempts.json');
  const outcomes = join(dir, 'outcomes.json');
  mkdirSync(source);
  writeFileSync(join(source, 'package.json'), JSON.stringify(MANIFEST));
  writeFileSync(join(source, 'extension.js'), CODE);
  const vsce = resolve('node_modules/@vscode/vsce/vsce');
  const quiet = ['--allow-missing-repository', '--skip-license', '--no-dependencies'];
  await run(process.execPath, [vsce, 'package', '--out', vsix, ...quiet], { cwd: source, env: { VSCE_STORE: 'file' } });
  return {
    vsix,
    env: { NEIGHBOUR_ATTEMPTS: attempts, NEIGHBOUR_OUTCOMES: outcomes },
    command: `Neighbour: ${TITLE}`,
    prepare(list) {
      rmSync(outcomes, { force: true });
      writeFileSync(attempts, JSON.stringify(list));
    },
    outcomes: () =>
      existsSync(outcomes) ? z.array(z.string()).parse(JSON.parse(readFileSync(outcomes, 'utf8'))) : undefined,
  };
}
