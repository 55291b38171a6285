import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChatSession, type ChatSession } from '../../src/core/chat/session.ts';
import { readThread, writeThread } from '../../src/core/chat/stored.ts';
import { taintOf } from '../../src/core/chat/taint.ts';
import { startThread, type Passage } from '../../src/core/chat/thread.ts';
import { type Clock, createEmitter } from '../../src/core/event.ts';
import type { Model, ModelId, Protocol, Role } from '../../src/core/model.ts';
import { isRefusal } from '../../src/core/outcome.ts';
import { type FolderFacts, type Verdict, judgeFolder, judgeWindow, strictest } from '../../src/core/privacy/level.ts';
import type { Levels } from '../../src/core/privacy/levels.ts';
import { type TextSource, createPolicy } from '../../src/core/privacy/policy.ts';
import { createScreen } from '../../src/core/privacy/screen.ts';
import type { Piece, Provider } from '../../src/core/provider.ts';
import { createCatalog } from '../../src/core/routing/createCatalog.ts';
import { createSwitcher } from '../../src/core/routing/createSwitcher.ts';
import type { Choice } from '../../src/core/routing/choice.ts';
import { resolveEndpoints } from '../../src/core/routing/endpoints.ts';
import { createRememberingRoad } from '../../src/core/routing/rememberingRoad.ts';
import { createRoad } from '../../src/core/routing/road.ts';
import { explain } from '../../src/core/wording.ts';
import { createDoor } from '../../src/net/door.ts';
import { createLedger } from '../../src/net/ledger.ts';
import { createOllama } from '../../src/providers/ollama.ts';
import { createOpenAI } from '../../src/providers/openai.ts';
import { createPassageMemory } from '../core/privacy/passageMemory.ts';
import type { Fault } from '../peers/recorder.ts';
import { CLOUD_ORIGIN, KEY, type Servers } from './servers.ts';
import type { FolderName, FolderTruth, Owner, Where } from './truth.ts';
import { type Said, createWatch } from './watch.ts';

/**
 * A whole Switchyard without an editor: the real policy, screen, road, door, ledger, dialer, providers, catalog, switcher and
 * chat, on real sockets. The levels come from the real judgement over facts that a test sets. Beside it runs the truth of
 * truth.ts, and every byte that is handed to a socket is compared with it.
 */
export interface World {
  /** What the test does to the window; each is over at once, however much is then under way. */
  readonly folders: Map<FolderName, FolderTruth>;
  readonly said: Said;
  /** Tells everybody that levels or settings are other ones now. */
  changed(): void;
  complete(from: Owner | undefined, model: Model | undefined): void;
  ask(from: Owner | undefined): void;
  again(): void;
  startChat(): void;
  /** Goes back to an earlier chat, through what would be on the disk. */
  restoreChat(index: number): void;
  choose(role: Role, id: ModelId): void;
  load(model: Model): void;
  pull(name: string): void;
  refresh(): void;
  fault(server: keyof Servers['peers'], fault: Fault | undefined): void;
  model(id: ModelId): Model | undefined;
  /** Waits for the end of everything that was begun, and says what must not have happened. */
  settle(): Promise<readonly string[]>;
  /** How many canaries were handed to sockets, by zone: a world in which nothing is sent proves nothing. */
  readonly sent: Readonly<Record<Where, number>>;
  dispose(): Promise<void>;
}

const clock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};
const URI: Readonly<Record<Owner, string>> = {
  a: 'file:///work/a',
  b: 'file:///work/b',
  inside: 'file:///work/a/inside',
};

export function createWorld(servers: Servers): World {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-world-'));
  const folders = new Map<FolderName, FolderTruth>();
  const said: Said = { trusted: true, tunnel: false, listed: true, inside: undefined };
  const underWay = new Set<Promise<unknown>>();
  const aborts = new Set<AbortController>();
  let asked = 0;
  const [levelsChanged, endpointsChanged] = [createEmitter<void>(), createEmitter<void>()];

  // The real thing, from the facts.
  const judge = (name: FolderName): Verdict => {
    const truth = folders.get(name);
    if (!truth) return { level: 'private', reasons: [{ source: 'unreadable', level: 'private', of: name }] };
    const facts: FolderFacts = {
      name,
      mark: truth.mark,
      ancestorMarks: [],
      patterns: [],
      matched: false,
      maximum: undefined,
      organisation: [{ said: truth.organisation, by: 'policy' }],
      repository: [truth.repository],
      trusted: said.trusted,
    };
    return judgeFolder(facts);
  };
  const window = () => judgeWindow([...folders.keys()].map(judge));
  const ofSource = (source: TextSource): Verdict => {
    if (source.kind === 'window') return window();
    if (source.kind === 'taint')
      return { level: source.level, reasons: [{ source: 'taint', level: source.level, of: source.of }] };
    if (source.kind === 'place') {
      const mark = source.uri === URI.inside ? said.inside : undefined;
      const level = mark === 'unreadable' ? 'private' : (mark ?? 'open');
      return { level, reasons: [] };
    }
    const name = [...folders.keys()].find((each) => URI[each] === source.uri);
    return name ? judge(name) : { level: 'private', reasons: [] };
  };
  const levels: Levels = {
    of: (sources) => strictest(sources.map(ofSource)) ?? window(),
    window,
    sourcesOf: (uri) => [
      folders.has(nameOf(uri)) ? { kind: 'folder', uri: URI[nameOf(uri)] } : { kind: 'window' },
      { kind: 'place', uri },
    ],
    onDidChange: levelsChanged.event,
  };
  const endpoints = () => {
    const networkHosts = ['127.0.0.1', ...(said.listed ? [servers.team.host] : [])];
    const entries = [
      { id: 'ollama', protocol: 'ollama', url: `http://127.0.0.1:${servers.ollama.port}`, notThisMachine: said.tunnel },
      {
        id: 'team',
        protocol: 'openai',
        url: `http://${servers.team.host}:${servers.team.port}/v1`,
        notThisMachine: true,
      },
      { id: 'cloud', protocol: 'openai', url: `${CLOUD_ORIGIN}/v1` },
    ] as const;
    return { networkHosts, ...resolveEndpoints(entries, { networkHosts, ollamaUrl: '', allows: () => true }) };
  };
  const passages = createPassageMemory();
  const policy = createPolicy(levels.of, levels.onDidChange);
  const ledger = createLedger(join(dir, 'ledger'));
  const door = createDoor({
    policy,
    ledger,
    // Slow, as the editor's secret storage is.
    keys: async (origin) => {
      await pause(++asked % 4);
      return origin === CLOUD_ORIGIN ? KEY : undefined;
    },
    endpoints: () => endpoints().endpoints,
    networkHosts: () => endpoints().networkHosts,
    cloudFetch: servers.cloudFetch,
  });
  const recheck = () => door.recheck();
  levelsChanged.event(recheck);
  endpointsChanged.event(recheck);
  const providers: Partial<Record<Protocol, Provider>> = { ollama: createOllama(), openai: createOpenAI() };
  const providerOf = (protocol: Protocol): Provider => {
    const found = providers[protocol];
    if (!found) throw new Error(`The world has no server of ${protocol}.`);
    return found;
  };
  const screen = createScreen({ scan: () => Promise.resolve([]), ignored: () => Promise.resolve(undefined) });
  const road = createRememberingRoad({
    road: createRoad({
      policy,
      screen,
      open: (clearance) => door.open(clearance),
      provider: async (protocol) => Promise.resolve(providerOf(protocol)),
      onRefused: (ask, refused) => void door.refused(ask, refused),
    }),
    // Slow, as its file on the disk is.
    passages: {
      ...passages,
      recall: async (...texts) => {
        await pause(asked % 3);
        return passages.recall(...texts);
      },
    },
    levels,
    folders: () => [...folders.keys()].map((name) => URI[name]),
  });
  const catalog = createCatalog({
    endpoints: () => endpoints().endpoints,
    list: road.list,
    hasKey: () => Promise.resolve(true),
    policy,
    clock,
  });
  const memory = new Map<Role, Choice>();
  const switcher = createSwitcher({
    catalog,
    policy,
    onDidChangeLevels: levelsChanged.event,
    load: road.load,
    memory: { get: (role) => memory.get(role), set: (role, choice) => void memory.set(role, choice) },
    fills: () => true,
    clock,
  });
  for (const event of [levelsChanged.event, endpointsChanged.event]) event(() => begin(catalog.refresh()));

  const stored: string[] = [];
  let session: ChatSession = openSession();
  levelsChanged.event(() => session.retaint());

  function openSession(text?: string): ChatSession {
    const read = text === undefined ? undefined : readThread(text);
    if (read && 'unreadable' in read) throw new Error(read.unreadable);
    return createChatSession(
      {
        road,
        clock,
        levels,
        model: () => switcher.current('chat'),
        why: () => switcher.why('chat'),
        local: () => catalog.find('ollama/tiny:1b'),
        redact: (text) => Promise.resolve(text),
        settings: () => ({ contextTokens: 4096, think: false }),
        explain,
        newId: () => crypto.randomUUID(),
      },
      read ?? startThread(crypto.randomUUID(), clock.now()),
    );
  }
  function leaveSession(): void {
    stored.push(writeThread(session.thread));
    session.dispose();
  }

  const watch = createWatch({ servers, folders, said, thread: () => session.thread.id });
  /** The text of a folder that is not in the window is a loose file's: it belongs to the window. */
  const ownerOf = (from: Owner | undefined) =>
    from !== undefined && folders.has(nameOf(URI[from])) ? from : undefined;

  function begin(work: Promise<unknown>): void {
    const own = work.catch(() => undefined).finally(() => underWay.delete(own));
    underWay.add(own);
  }
  const signal = () => {
    const abort = new AbortController();
    aborts.add(abort);
    return abort.signal;
  };
  const drain = async (pieces: Promise<AsyncIterable<Piece> | object>) => {
    const answer = await pieces;
    if (isRefusal(answer) || !(Symbol.asyncIterator in answer)) return;
    for await (const _ of answer);
  };

  const world: World = {
    folders,
    said,
    sent: watch.sent,
    changed() {
      watch.tighten();
      levelsChanged.fire();
      endpointsChanged.fire();
    },
    complete(from, model = switcher.current('completion')) {
      if (!model) return;
      const prompt = watch.sing(ownerOf(from));
      const sources = from === undefined ? ([{ kind: 'window' }] as const) : levels.sourcesOf(URI[from]);
      const wish = { model, prompt, stops: [], maxTokens: 8, temperature: 0 };
      begin(drain(road.complete(wish, sources, signal())));
    },
    ask(from) {
      if (session.answering) return;
      const thread = session.thread.id;
      const passages: Passage[] = [];
      if (from !== undefined) {
        const uri = URI[from];
        const taint = taintOf(levels.sourcesOf(uri), levels);
        const text = watch.sing(ownerOf(from), thread);
        passages.push({ uri, name: from, language: 'text', lines: [0, 0], text, problems: [], taint });
      }
      begin(session.ask('ask', watch.sing(undefined, thread), passages));
    },
    again() {
      const last = session.thread.messages.at(-1);
      if (last?.role === 'assistant') begin(session.regenerate(last.id));
    },
    startChat() {
      leaveSession();
      session = openSession();
    },
    restoreChat(index) {
      const text = stored[index % Math.max(1, stored.length)];
      if (text === undefined) return;
      leaveSession();
      session = openSession(text);
      watch.tighten();
    },
    choose: (role, id) => begin(switcher.choose(role, id, signal())),
    load: (model) => begin(road.load(model, signal())),
    pull(name) {
      const endpoint = endpoints().endpoints.find(({ id }) => id === 'ollama');
      if (endpoint) begin(drain(road.pull(endpoint, name, signal())));
    },
    refresh: () => begin(catalog.refresh()),
    fault: (server, fault) => servers.peers[server].fault(fault),
    model: (id) => catalog.find(id),
    async settle() {
      await Promise.race([Promise.all(underWay), pause(300)]);
      for (const abort of aborts) abort.abort();
      session.stop();
      await Promise.race([Promise.all(underWay), pause(20_000)]);
      if (underWay.size > 0) watch.leaks.push(`${underWay.size} requests did not end`);
      return watch.leaks;
    },
    async dispose() {
      watch.dispose();
      session.dispose();
      switcher.dispose();
      catalog.dispose();
      door.dispose();
      await pause(0);
      ledger.dispose();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}

function nameOf(uri: string): FolderName {
  return uri === URI.b ? 'b' : 'a';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
