import { parseArgs } from 'node:util';
import { ensureChromium } from '../setup/chromium.ts';
import { packageExtension } from '../setup/package.ts';
import { ensureVsCode } from '../setup/vscode.ts';
import { isStopping } from '../setup/child.ts';
import { installedOllama } from '../setup/ollama.ts';
import { requireCode, showInBrowser, showOnDesktop } from './byHand.ts';
import { drive } from './drive.ts';
import { createPhases } from './phases.ts';
import { type Engine, builtinEngine, closedApi, ollamaEngine, ownOllama, usersOllama } from './servers.ts';

/**
 * `npm run demo`: sets everything up and opens VS Code with the packaged extension on a sample workspace, in the browser or
 * with `--desktop` in the `code` of this machine. `--drive` lets a scripted user do the main job instead, with a picture and a
 * line of text for each step in `out/demo`; `--readme` also makes the pictures of the README. Models run in the built-in engine;
 * by hand, in the Ollama of this machine where one answers or is installed. `--ollama` builds a real one of our own, as `--readme` does.
 */

const { values } = parseArgs({
  options: {
    drive: { type: 'boolean' },
    desktop: { type: 'boolean' },
    readme: { type: 'boolean' },
    ollama: { type: 'boolean' },
  },
});
const phases = createPhases();

try {
  if (values.drive === true || values.readme === true) await driven();
  else await byHand(values.desktop === true ? requireCode() : undefined);
} catch (error) {
  // Stopped from outside, not failed.
  if (isStopping()) await new Promise(() => {});
  process.stdout.write(`\nFAILED: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function driven(): Promise<void> {
  const [, , engine] = await Promise.all([
    phases.run('package the extension', () => packageExtension(() => {})),
    phases.run('VS Code', () => ensureVsCode('newest')),
    // One after the other: both may install packages of the distribution.
    phases.run('Chromium', ensureChromium).then(() => phases.run('the engine', () => ownEngine())),
  ]);
  const cloud = await closedApi(false);
  try {
    await phases.run('the scripted user', () => drive({ engine, cloud, readme: values.readme === true }));
  } finally {
    await Promise.all([cloud.stop(), engine.stop()]);
  }
  phases.report();
  process.stdout.write('\nThe pictures and out/demo/steps.md tell it all.\n');
}

/** `code` is the desktop's; the browser's workbench without it. */
async function byHand(code: string | undefined): Promise<void> {
  const [, , engine] = await Promise.all([
    phases.run('package the extension', () => packageExtension(() => {})),
    code === undefined && phases.run('VS Code', () => ensureVsCode('newest')),
    phases.run('the engine', findEngine),
  ]);
  const cloud = await closedApi(true);
  phases.report();
  try {
    const parts = { engine, cloud };
    await (code === undefined ? showInBrowser(parts) : showOnDesktop(code, parts));
  } finally {
    await Promise.all([cloud.stop(), engine.stop()]);
  }
}

/** An Ollama that answers; else one that is installed, with a home of its own; else the built-in engine. */
async function findEngine(): Promise<Engine> {
  const url = values.ollama === true ? undefined : await usersOllama();
  if (url === undefined) return ownEngine(installedOllama() !== undefined);
  process.stdout.write(`  ollama: yours answers at ${url} and is used, with the models that it has\n`);
  return ollamaEngine(url);
}

async function ownEngine(withOllama = false): Promise<Engine> {
  if (!withOllama && values.ollama !== true && values.readme !== true) return builtinEngine();
  const server = await ownOllama();
  return ollamaEngine(server.url, server);
}
