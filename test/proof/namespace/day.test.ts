import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { type OllamaServer, startOllama } from '../../setup/ollama.ts';
import { CHAT_MODEL, FIM_MODELS } from '../../setup/ollamaModels.ts';
import { ensureVsCode } from '../../setup/vscode.ts';
import { openChat } from '../../ui/chatView.ts';
import { installExtension } from '../../ui/driver.ts';
import { type Scene, ollamaAt, openScene } from '../../ui/scene.ts';
import { type Capture, type Captured, startCapture } from './capture.ts';
import { CLOSED_MODEL, VENDOR } from './elsewhereAnswers.ts';
import { type Neighbour, packNeighbour } from './neighbour.ts';

/**
 * One day of a user, in a network namespace, with a packet capture on every interface of it: a workspace that nobody has
 * classified, then the same workspace open (which shows that the capture sees what leaves), then private again, with all that
 * the open time left behind. VS Code, Chromium, a real Ollama and the packaged extension all live in the namespace.
 */

const KEY = 'sk-proof-0123456789';
/** The name makes Ollama dial its vendor, and no such model was ever pulled. */
const CLOUD_NAMES = [
  'gpt-oss:cloud',
  'gpt-oss:120b-cloud',
  'GPT-OSS:Cloud',
  'gpt-oss: cloud',
  'gpt-oss:clo\u200bud',
  'gpt-oss：cloud',
  'gpt-oss:20b:cloud',
  'gpt-oss%3Acloud',
  'library/gpt-oss:cloud',
  'registry.ollama.ai/library/gpt-oss:20b-cloud',
  'https://ollama.com/library/gpt-oss:cloud',
];
const Note = z.object({
  lookup: z.optional(z.string()),
  connection: z.optional(z.string()),
  request: z.optional(z.string()),
  key: z.optional(z.string()),
  body: z.optional(z.string()),
  hungUp: z.optional(z.boolean()),
});

let dir: string;
let ollama: OllamaServer;
let neighbour: Neighbour;
let scene: Scene;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-day-'));
  ollama = await startOllama({ models: [CHAT_MODEL, FIM_MODELS[0]] });
  neighbour = await packNeighbour(dir);
  const userDataDir = join(dir, 'user');
  const server = join(userDataDir, 'server');
  await installExtension(await ensureVsCode('newest'), neighbour.vsix, server, join(userDataDir, 'extensions'));
}, 180_000);

afterAll(async () => {
  await scene?.close();
  if (ollama) cpSync(join(ollama.dir, 'server.log'), 'out/proof/ollama.log');
  await ollama?.stop();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

/** What arrived at the other end of the cable. */
const arrived = () =>
  readFileSync(inject('elsewhereLog'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => Note.parse(JSON.parse(line)));
/** Requests for text that the real Ollama has served. */
const generated = () =>
  readFileSync(join(ollama.dir, 'server.log'), 'utf8').match(/"\/api\/(chat|generate)"/g)?.length ?? 0;
const served = async (before: number) => {
  await scene.workbench.until('Ollama serves a request', () => Promise.resolve(generated() > before), 60_000);
};

/** Starts Ollama again, and lets it say to its vendor what it says at each start (see elsewhereAnswers.ts): that is its own business. */
async function restartOllama(): Promise<void> {
  const before = arrived().length;
  await ollama.restart();
  await scene.workbench.until('Ollama has spoken with its vendor', () => {
    const since = arrived().slice(before);
    const begun = since.filter(({ connection }) => connection !== undefined).length;
    const ended = since.filter(({ hungUp }) => hungUp === true).length;
    const asked = VENDOR.every(([path]) => since.some(({ request }) => request?.startsWith(path) === true));
    return Promise.resolve(asked && begun === ended);
  });
}

const explain = async () => {
  await scene.workbench.focusEditor();
  await scene.workbench.page.keyboard.press('Control+Alt+e');
};

/** What a user does all day; the same whatever the level. Every step ends in a real answer of the real Ollama. */
async function work(): Promise<void> {
  const { workbench } = scene;
  await workbench.openFile('sums.py');
  await workbench.cursorAt(5, 18);
  const already = generated();
  await workbench.typeInEditor(' + ');
  await workbench.page.keyboard.press('Alt+\\');
  await served(already);
  await workbench.command('Switchyard: Show Model Details…');
  await workbench.closeQuickPick().catch(() => {});
  const chat = await openChat(workbench);
  await chat.ask('What does this add up?');
  await chat.cutShort();
  await workbench.openFile('sums.py');
  const before = await chat.answers.count();
  await explain();
  await chat.answers.nth(before).waitFor();
  await chat.cutShort();
  await workbench.command('Switchyard: Refresh the List of Models');
}

async function captured(name: string, act: () => Promise<void>): Promise<Captured> {
  const capture: Capture = await startCapture(name);
  try {
    await act();
  } catch (error) {
    await capture.stop();
    throw error;
  }
  return capture.stop();
}

/** Neighbours of the private time: everything that an extension, a keybinding or a task could ask our commands for. */
function forbiddenCommands(): (readonly [string, ...unknown[]])[] {
  const ids = [`openai/${CLOSED_MODEL}`, ...CLOUD_NAMES.map((name) => `ollama/${name}`)];
  return [
    ...ids.flatMap((model) => [
      ['switchyard.pickModel', { role: 'chat', model }] as const,
      ['switchyard.pickModel', { role: 'completion', model }] as const,
      ['switchyard.pickModel', { model }] as const,
      ['switchyard.loadModel', model] as const,
      ['switchyard.unloadModel', model] as const,
      ['switchyard.removeModel', model] as const,
      ['switchyard.modelDetails', model] as const,
    ]),
    ...CLOUD_NAMES.map((name) => ['switchyard.pullModel', 'ollama', name] as const),
    ['switchyard.pullModel', 'openai', CLOSED_MODEL],
    ['switchyard.refreshModels', { level: 'open' }],
    ['switchyard.explain', { model: `openai/${CLOSED_MODEL}` }],
    ['switchyard.previousModel'],
    ['switchyard.startOllama', 'openai'],
  ];
}

/** Nothing left, the capture missed nothing, and there was something to see. */
const SILENCE = { outside: [], dropped: 0, arrived: [], awake: true };

/** What happened outside while something was done. */
async function during(name: string, act: () => Promise<void>): Promise<object> {
  const before = arrived().length;
  const { outside, dropped, loopback } = await captured(name, act);
  return { outside, dropped, arrived: arrived().slice(before), awake: loopback > 100 };
}

describe('before anybody has classified the workspace', () => {
  it('not one packet leaves, though a closed API and its key are set up', async () => {
    const seen = await during('unclassified', async () => {
      scene = await openScene({
        userDataDir: join(dir, 'user'),
        settings: {
          'switchyard.endpoints': [
            ollamaAt(ollama.url),
            { id: 'openai', label: 'OpenAI', protocol: 'openai', url: 'https://api.openai.com/v1' },
          ],
          'switchyard.completion.holeFilling': 'automatic',
        },
        env: { ...neighbour.env, NODE_EXTRA_CA_CERTS: inject('elsewhereCertificate') },
      });
      await scene.barSays(/device/u);
      await scene.workbench.command('Switchyard: Set an API Key…');
      await scene.workbench.answer(KEY);
      await work();
    });
    expect(seen).toEqual(SILENCE);
  });
});

describe('the same workspace, open', () => {
  it('the capture sees look-ups and connections, and the closed API sees text and key', async () => {
    const { workbench } = scene;
    const capture = await captured('open', async () => {
      await scene.mark('open');
      await workbench.until('the list of the closed API', () =>
        Promise.resolve(arrived().some(({ request }) => request === '/v1/models')),
      );
      neighbour.prepare([['switchyard.pickModel', { role: 'chat', model: `openai/${CLOSED_MODEL}` }]]);
      await workbench.command(neighbour.command);
      await scene.barSays(/closed-model/u);
      await workbench.command('Switchyard: New Chat');
      await workbench.openFile('sums.py');
      await explain();
      await workbench.until('the question at the closed API', () =>
        Promise.resolve(arrived().some(({ body }) => body?.includes('def ') === true)),
      );
    });
    expect(capture.outside.filter((line) => line.includes('A? api.openai.com'))).not.toEqual([]);
    expect(capture.outside.filter((line) => /> 198\.18\.0\.1\.443: Flags \[S\]/u.test(line))).not.toEqual([]);
    expect(arrived().find(({ request }) => request === '/v1/chat/completions')?.key).toBe(`Bearer ${KEY}`);
  });

  it('the capture sees that Ollama dials its vendor for a name that it never had', async () => {
    const capture = await captured('ollama-cloud', async () => {
      const body = JSON.stringify({ model: 'never-pulled:cloud', messages: [{ role: 'user', content: 'hello' }] });
      await fetch(`${ollama.url}/api/chat`, { method: 'POST', body }).then((answer) => answer.text());
    });
    expect(capture.outside.filter((line) => line.includes('A? ollama.com'))).not.toEqual([]);
  });
});

describe('the same workspace, private again', () => {
  beforeAll(async () => {
    await scene.mark('private');
    await scene.barSays(/device/u);
  });

  it('not one packet leaves while the user works, with a closed model as the saved choice', async () => {
    expect(await during('private-work', work)).toEqual(SILENCE);
  });

  it('not one packet leaves when other extensions and keybindings ask for closed and cloud models', async () => {
    const { workbench } = scene;
    const attempts = forbiddenCommands();
    const seen = await during('private-commands', async () => {
      neighbour.prepare(attempts);
      await workbench.command(neighbour.command);
      const outcomes = await workbench.until('all attempts', () => Promise.resolve(neighbour.outcomes()), 90_000);
      expect(outcomes).toHaveLength(attempts.length);
      await workbench.page.keyboard.press('Escape');
      await scene.barSays(/device/u);
    });
    expect(seen).toEqual(SILENCE);
  });

  it('not one packet leaves when the user picks a closed model, or pulls a cloud name in any spelling', async () => {
    const { workbench } = scene;
    const seen = await during('private-picker', async () => {
      await workbench.command('Switchyard: Switch Model…');
      await workbench.pick('OpenAI');
      await workbench.closeQuickPick().catch(() => {});
      for (const name of CLOUD_NAMES) {
        await workbench.command('Switchyard: Pull a Model from the Ollama Library…');
        await workbench.answer(name);
        await workbench.page.keyboard.press('Escape');
      }
      await scene.barSays(/device/u);
    });
    expect(seen).toEqual(SILENCE);
  }, 240_000);

  it('not one packet leaves after a reload of the window, with the chat of the open time restored', async () => {
    const seen = await during('private-reload', async () => {
      await scene.workbench.reload();
      await scene.barSays(/device/u);
      const chat = await openChat(scene.workbench);
      await chat.ask('And again?');
      await chat.cutShort();
    });
    expect(seen).toEqual(SILENCE);
  });

  it('not one packet leaves when Ollama dies, and when it comes back', async () => {
    const { workbench } = scene;
    const seen = await during('private-dead', async () => {
      await ollama.kill();
      await workbench.openFile('sums.py');
      await explain();
      const chat = await openChat(workbench);
      await chat.ended(60_000);
      await workbench.command('Switchyard: Refresh the List of Models');
      await scene.barSays(/not running/u);
    });
    expect(seen).toEqual(SILENCE);
    await restartOllama();
    const back = await during('private-back', async () => {
      await workbench.command('Switchyard: Refresh the List of Models');
      await scene.barSays(/device/u);
      await work();
    });
    expect(back).toEqual(SILENCE);
  }, 240_000);
});
