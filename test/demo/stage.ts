import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CloudPeer } from '../peers/cloud.ts';
import { onStop } from '../setup/child.ts';
import { VSIX } from '../setup/package.ts';
import { type Workbench, openWorkbench } from '../ui/driver.ts';
import { type ChatHand, createChatHand } from './chatHand.ts';
import { sampleCopy } from './sample.ts';
import { CLOUD_MODEL, type Engine, QUIET, serverSettings } from './servers.ts';
import { type Story, createStory } from './story.ts';

/** Everything that the scenes act with. */
export interface Stage {
  readonly bench: Workbench;
  readonly story: Story;
  readonly chat: ChatHand;
  readonly engine: Engine;
  readonly cloud: CloudPeer;
  readonly bar: Bar;
}

/** Our item of the status bar. */
export interface Bar {
  readonly item: ReturnType<Workbench['statusBarItem']>;
  /** Waits until it says something, in its text and its label together, and returns the text. */
  readonly says: (what: RegExp, timeoutMs?: number) => Promise<string>;
}

/** A key with the cloud's model as an argument: one of the ways in which a forbidden model could be reached. */
export const KEY_TO_CLOUD = 'Control+Alt+9';
const KEYBINDINGS = [
  { key: 'ctrl+alt+9', command: 'switchyard.pickModel', args: { role: 'chat', model: `closed/${CLOUD_MODEL}` } },
];

const CALM = {
  ...QUIET,
  'editor.minimap.enabled': false,
  'editor.wordBasedSuggestions': 'off',
  'editor.fontSize': 14,
  'files.autoSave': 'off',
  'workbench.reduceMotion': 'on',
};

export interface StageOptions {
  readonly engine: Engine;
  readonly cloud: CloudPeer;
  /** Pictures fit for the README, and copied there. */
  readonly readme: boolean;
}

export async function withStage(options: StageOptions, act: (stage: Stage) => Promise<void>): Promise<void> {
  const { engine, cloud, readme } = options;
  const userDataDir = mkdtempSync(join(tmpdir(), 'switchyard-demo-'));
  const discard = () => rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const forget = onStop(discard);
  const workspace = sampleCopy();
  const user = join(userDataDir, 'server/User');
  mkdirSync(user, { recursive: true });
  writeFileSync(join(user, 'keybindings.json'), JSON.stringify(KEYBINDINGS));
  await engine.prepare(userDataDir);
  const bench = await openWorkbench({
    vsix: resolve(VSIX),
    folder: workspace.path,
    userDataDir,
    settings: { ...CALM, ...serverSettings(engine, cloud) },
    env: { NODE_EXTRA_CA_CERTS: cloud.certificate, ...engine.env },
    viewport: { width: 1360, height: 850 },
    ...(readme ? { scale: 2 } : {}),
  });
  try {
    const story = createStory(bench.page, readme);
    await act({ bench, story, engine, cloud, chat: createChatHand(bench), bar: barOf(bench) });
  } catch (error) {
    await bench.shot(resolve('out/demo/failed.png')).catch(() => {});
    throw error;
  } finally {
    await bench.close();
    forget();
    discard();
    workspace.remove();
  }
}

function barOf({ page, until }: Workbench): Bar {
  const item = page.locator('.statusbar-item[id^="switchyard.switchyard"]').first();
  return {
    item,
    async says(what, timeoutMs) {
      const text = async () => (await item.innerText()).replaceAll(/\s+/g, ' ').trim();
      await until(
        `a bar that says ${String(what)}`,
        async () => {
          const label = await item.locator('a').first().getAttribute('aria-label');
          return what.test(`${await text()} | ${label ?? ''}`);
        },
        timeoutMs,
      );
      return text();
    },
  };
}
