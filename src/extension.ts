import { join } from 'node:path';
import * as vscode from 'vscode';
import { engineFolders, findInstalled } from './builtin/installed.ts';
import type { CompletionState } from './core/completion/state.ts';
import { profileOf } from './core/completion/profiles.ts';
import { type Clock, createEmitter } from './core/event.ts';
import type { Model, Protocol } from './core/model.ts';
import { isRefusal } from './core/outcome.ts';
import type { Level } from './core/privacy/level.ts';
import { type TextSource, createPolicy } from './core/privacy/policy.ts';
import { createScreen } from './core/privacy/screen.ts';
import type { Provider } from './core/provider.ts';
import { createCatalog } from './core/routing/createCatalog.ts';
import { createSwitcher } from './core/routing/createSwitcher.ts';
import { createFreeingRoad } from './core/routing/freeingRoad.ts';
import { createRememberingRoad } from './core/routing/rememberingRoad.ts';
import { type Road, createRoad } from './core/routing/road.ts';
import { explain } from './core/wording.ts';
import { createAsked } from './editor/asked.ts';
import { registerChatView } from './editor/chatView.ts';
import { createChoiceMemory } from './editor/choiceMemory.ts';
import { registerCommand } from './editor/command.ts';
import { registerCompletion } from './editor/completion.ts';
import { createEndpoints } from './editor/endpoints.ts';
import { registerEngineCommands } from './editor/engineCommands.ts';
import { createFillProfiles } from './editor/fillProfiles.ts';
import { registerFreshModels } from './editor/freshModels.ts';
import { createIgnoreRules } from './editor/ignoreRules.ts';
import { createKeys, registerKeyCommands } from './editor/keys.ts';
import { registerLanguageModels } from './editor/languageModels.ts';
import { createLooseDocuments } from './editor/looseDocuments.ts';
import { registerModelCommands } from './editor/modelCommands.ts';
import { noticeBadEndpoint, noticeBadPolicy, noticeBadSetting } from './editor/notices.ts';
import { createOrganisation, policyPaths } from './editor/organisation.ts';
import { registerParticipant } from './editor/participant.ts';
import { createPassages } from './editor/passages.ts';
import { registerPicker } from './editor/picker.ts';
import { registerPrivacyCommands } from './editor/privacyCommands.ts';
import { registerReleasePassages } from './editor/releasePassages.ts';
import { createSettings } from './editor/settings.ts';
import { registerShowRequests } from './editor/showRequests.ts';
import { createSnooze } from './editor/snooze.ts';
import { registerStatusBar } from './editor/statusBar.ts';
import { registerVerifyPrivacy } from './editor/verifyPrivacy.ts';
import { createWorkspaceLevels } from './editor/workspaceLevels.ts';
import { ollamaUrl } from './providers/ollamaHost.ts';

/** What has to be on the disk before the editor ends. */
const flushes: (() => Promise<void>)[] = [];

export function activate(context: vscode.ExtensionContext): void {
  const keep = <T extends { dispose(): unknown }>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const clock: Clock = { now: Date.now, after: (ms, run) => timer(setTimeout(run, ms)) };
  const log = keep(vscode.window.createOutputChannel('Switchyard', { log: true }));

  // What the user said: settings, keys, levels.
  const settings = createSettings(noticeBadSetting);
  const local = ollamaUrl(process.env['OLLAMA_HOST']) ?? 'http://127.0.0.1:11434';
  const organisation = keep(createOrganisation(policyFiles(context), noticeBadPolicy));
  const storage = context.globalStorageUri.fsPath;
  const installed = () => findInstalled(engineFolders(context.extensionPath, storage));
  const hasEngine = () => installed() !== undefined;
  const endpoints = keep(createEndpoints(settings, organisation, local, hasEngine, noticeBadEndpoint));
  const keys = keep(createKeys(context.secrets));
  const carried = (uri: string): readonly TextSource[] => loose.of(uri);
  const levels = keep(createWorkspaceLevels({ storage, memory: context.globalState, organisation, clock, carried }));
  const loose = keep(createLooseDocuments({ memory: context.workspaceState, levels }));

  // The road: policy, screen, door, provider. All but the policy are loaded with the first request that needs them.
  const policy = createPolicy(levels.of, levels.onDidChange);
  const ignoring = keep(createIgnoreRules(async () => (await import('./screen/patterns.ts')).readPatterns));
  const screen = createScreen({
    ignored: ignoring.of,
    scan: async (text) => (await import('./screen/secretScan.ts')).scanText(text),
  });
  const ledger = once(async () => {
    const { createLedger } = await import('./net/ledger.ts');
    return keep(createLedger(join(storage, 'ledger')));
  });
  const builtin = once(async () => {
    const { createBuiltinHost } = await import('./builtin/host.ts');
    return keep(
      createBuiltinHost({
        storage,
        extension: context.extensionPath,
        installed,
        source: endpoints.engineSource,
        open: way.install,
        measure: way.measure,
        changed: endpoints.reread,
        modelFolders: () => settings()['switchyard.builtin.modelFolders'],
        threads: () => settings()['switchyard.builtin.threads'],
        keepAlive: () => settings()['switchyard.builtin.keepAlive'],
        log: (text) => log.info(text),
      }),
    );
  });
  const door = once(async () => {
    const [{ createDoor }, { cloudFetch }] = await Promise.all([
      import('./net/door.ts'),
      import('./net/cloudFetch.ts'),
    ]);
    const { all, networkHosts, engineSource } = endpoints;
    const source = () => [engineSource()].filter((each) => 'url' in each);
    return keep(
      createDoor({
        policy,
        ledger: await ledger(),
        keys: keys.of,
        endpoints: () => [...all(), ...source()],
        networkHosts,
        cloudFetch,
        builtin: async (url, sent) => (await builtin()).answer(url, sent),
      }),
    );
  });
  const recheck = () => void door.started()?.then((opened) => opened.recheck());
  keep(levels.onDidChange(recheck));
  keep(endpoints.onDidChange(recheck));
  const providers: Readonly<Record<Protocol, () => Promise<Provider>>> = {
    ollama: once(async () => {
      const { createOllama } = await import('./providers/ollama.ts');
      return createOllama({ keepAlive: () => settings()['switchyard.ollama.keepAlive'] });
    }),
    openai: once(async () => (await import('./providers/openai.ts')).createOpenAI()),
    llamacpp: once(async () => (await import('./providers/llamacpp.ts')).createLlamaCpp()),
    mistral: once(async () => (await import('./providers/mistral.ts')).createMistral()),
    deepseek: once(async () => (await import('./providers/deepseek.ts')).createDeepSeek()),
    anthropic: once(async () => (await import('./providers/anthropic.ts')).createAnthropic()),
    gemini: once(async () => (await import('./providers/gemini.ts')).createGemini()),
    builtin: once(async () => (await import('./providers/builtin.ts')).createBuiltin()),
  };
  const remembered = once(async () => {
    const [{ createPassageMemory }, { passageKey }] = await Promise.all([
      import('./editor/passageMemory.ts'),
      import('./editor/passageKey.ts'),
    ]);
    const key = await passageKey(storage, (name) => context.globalState.get<unknown>(name));
    return createPassageMemory({ dir: storage, key, clock, log });
  });
  flushes.push(async () => (await remembered.started())?.flush());
  const passages = createPassages(remembered, log);
  const way = createRoad({
    policy,
    screen,
    open: async (clearance) => (await door()).open(clearance),
    provider: (protocol) => providers[protocol](),
    onRefused: (ask, refused) => {
      door()
        .then((opened) => opened.refused(ask, refused))
        .catch((error: unknown) => log.error(`A refusal could not be written down: ${String(error)}`));
    },
  });

  const folders = () => vscode.workspace.workspaceFolders?.map(({ uri }) => uri.toString()) ?? [];
  const freeing = createFreeingRoad({ road: way, clock, log: (text) => log.warn(text) });
  const road = createRememberingRoad({ road: freeing, passages, levels, folders });

  // Which models there are, and which of them serve.
  const profiles = keep(createFillProfiles(settings, context.globalState));
  const list: Road['list'] = async (endpoint, signal) => {
    const listing = await road.list(endpoint, signal);
    return isRefusal(listing) ? listing : profiles.apply(listing);
  };
  const catalog = keep(createCatalog({ endpoints: endpoints.all, list, hasKey: keys.has, policy, clock }));
  const memory = createChoiceMemory(context.workspaceState, context.globalState);
  const fills = (model: Model) => profileOf(model) !== 'holeFilling';
  const switcher = keep(
    createSwitcher({ catalog, policy, onDidChangeLevels: levels.onDidChange, load: road.load, memory, fills, clock }),
  );

  // What the user sees.
  const completionState = createCompletionState();
  const models = { catalog, switcher, road, levels, policy, fills, log, clock, completionState };
  const snooze = keep(createSnooze(context.globalState, clock));
  keep(
    registerCompletion({
      road,
      proofs: profiles.proofs,
      switcher,
      levels,
      settings,
      ignoring,
      screen,
      snooze,
      log,
      clock,
      memory: context.globalState,
      onState: completionState.set,
    }),
  );
  keep(registerStatusBar(models));
  keep(registerPicker(models));
  keep(registerModelCommands(models));
  keep(registerEngineCommands({ ...models, engine: async () => (await builtin()).keeper }));
  keep(
    registerCommand('switchyard.checkFim', async (id) =>
      (await import('./editor/fimDoctor.ts')).checkFim({ ...models, settings, profiles }, id),
    ),
  );
  const note = async (level: Level, reason: string) => {
    await (await ledger()).append({ phase: 'note', id: crypto.randomUUID(), task: 'chat', level, reason });
  };
  const chatDeps = { ...models, screen, settings, context, explain, passages, loose, note };
  const chat = keep(registerChatView(chatDeps));
  keep(registerParticipant(chatDeps));
  keep(registerLanguageModels({ ...models, settings, explain }));
  keep(registerReleasePassages({ levels, passages, note }));
  flushes.push(chat.flush);
  keep(registerPrivacyCommands({ levels, asked: createAsked(join(storage, 'asked')), clock }));
  keep(registerKeyCommands(context.secrets, endpoints.all));
  keep(registerShowRequests(ledger, context.extensionUri));
  keep(
    registerVerifyPrivacy({
      extension: context.extension,
      async verify(following) {
        const [{ verifyPrivacy }, { cloudFetch }] = await Promise.all([
          import('./net/verifyPrivacy.ts'),
          import('./net/cloudFetch.ts'),
        ]);
        const parts = { door: await door(), ledger: await ledger(), ollama: await providers.ollama() };
        const { fromPage } = following;
        return verifyPrivacy({ policy, endpoints: endpoints.all, cloudFetch, fromPage, ...parts }, following);
      },
    }),
  );
  keep(registerCommand('switchyard.showLog', () => log.show()));
  keep(registerCommand('switchyard.openSettings', () => openSettings()));

  // Only now is anybody asked anything: activation itself sends nothing.
  const triggers = [levels.onDidChange, endpoints.onDidChange, keys.onDidChange, profiles.onDidChange];
  keep(registerFreshModels({ catalog, triggers, clock }));
}

export async function deactivate(): Promise<void> {
  await Promise.allSettled(flushes.map(async (flush) => flush()));
}

/** Runs `create` at the first call, and again after it failed. `started` tells without running it. */
function once<T>(create: () => Promise<T>): (() => Promise<T>) & { started(): Promise<T> | undefined } {
  let running: Promise<T> | undefined;
  const get = async () => {
    running ??= create().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
  return Object.assign(get, { started: () => running });
}

/** Nothing that a repository can set names the file; the tests of the extension have one of their own. */
function policyFiles({ extensionMode, globalStorageUri }: vscode.ExtensionContext): readonly string[] {
  if (extensionMode === vscode.ExtensionMode.Test) return [join(globalStorageUri.fsPath, 'policy.json')];
  return policyPaths(process.platform, process.env['ProgramData']);
}

function timer(timeout: NodeJS.Timeout): vscode.Disposable {
  return new vscode.Disposable(() => clearTimeout(timeout));
}

function createCompletionState() {
  const changed = createEmitter<CompletionState>();
  let current: CompletionState = { state: 'idle' };
  return {
    get current() {
      return current;
    },
    set(next: CompletionState) {
      current = next;
      changed.fire(next);
    },
    onDidChange: changed.event,
  };
}

function openSettings(): Thenable<unknown> {
  return vscode.commands.executeCommand('workbench.action.openSettings', '@ext:switchyard.switchyard');
}
