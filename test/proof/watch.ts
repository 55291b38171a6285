import { KEY, type Servers } from './servers.ts';
import { tapSockets } from './tap.ts';
import {
  type Canary,
  type FolderName,
  type FolderTruth,
  type Owner,
  type Saying,
  type Strictness,
  type Where,
  levelOfFolder,
  mayReach,
  strictestOf,
} from './truth.ts';

/** What was said of everything, not of one folder. */
export interface Said {
  trusted: boolean;
  /** The user calls the local Ollama's address a tunnel to a server of the network. */
  tunnel: boolean;
  /** The user's list still names the server of the team. */
  listed: boolean;
  /** The user's mark on the folder inside `a`. */
  inside: Saying;
}

export interface WatchParts {
  readonly servers: Servers;
  readonly folders: ReadonlyMap<FolderName, FolderTruth>;
  readonly said: Said;
  /** Id of the chat that is open. */
  readonly thread: () => string;
}

/** Compares every byte that is handed to a socket with the truth. */
export interface Watch {
  /** A new text of a folder or, without one, of the window. In a chat when `thread` is given. */
  sing(folder: Owner | undefined, thread?: string): string;
  /** Levels have changed, or another chat is open: its texts keep the strictest level. */
  tighten(): void;
  readonly leaks: string[];
  readonly sent: Readonly<Record<Where, number>>;
  dispose(): void;
}

const CANARY = /canary-[a-z]+-\d+-end/g;
/** Never the same again, so that what outlives its world is known for what it is. */
let serial = 0;

export function createWatch({ servers, folders, said, thread: open }: WatchParts): Watch {
  const canaries = new Map<string, Canary>();
  const leaks: string[] = [];
  const sent: Record<Where, number> = { device: 0, network: 0, cloud: 0 };

  const levelNow = (folder: Owner | undefined): Strictness => {
    if (folder === 'inside') {
      const own = said.inside === 'unreadable' ? 'private' : (said.inside ?? 'open');
      return strictestOf([levelNow('a'), own]);
    }
    const truth = folder === undefined ? undefined : folders.get(folder);
    if (folder !== undefined) return truth ? levelOfFolder(truth, said.trusted) : 'private';
    const all = [...folders.values()].map((each) => levelOfFolder(each, said.trusted));
    return all.length === 0 ? 'private' : strictestOf(all);
  };
  const whereIs = (port: number, text: string): Where => {
    if (port === servers.cloud.port) return 'cloud';
    if (port === servers.team.port) return said.listed ? 'network' : 'cloud';
    return servers.goesOn(text) ? 'cloud' : said.tunnel ? 'network' : 'device';
  };
  const untap = tapSockets(servers.ports, ({ port, text }) => {
    const where = whereIs(port, text);
    if (text.includes(KEY) && where !== 'cloud') leaks.push(`the key went to ${where}`);
    for (const [found] of text.matchAll(CANARY)) {
      const canary = canaries.get(found);
      if (!canary) {
        leaks.push(`${found} was sent after its world had ended`);
        continue;
      }
      sent[where] += 1;
      for (const level of [canary.strictest, levelNow(canary.folder)]) {
        if (!mayReach(level, where)) leaks.push(`${found}, ${level}, went to ${where}`);
      }
    }
  });

  return {
    leaks,
    sent,
    sing(folder, thread) {
      const text = `canary-${folder ?? 'window'}-${++serial}-end`;
      canaries.set(text, { text, folder, thread, strictest: levelNow(folder) });
      return text;
    },
    tighten() {
      for (const canary of canaries.values()) {
        if (canary.thread === open()) canary.strictest = strictestOf([canary.strictest, levelNow(canary.folder)]);
      }
    },
    dispose: untap,
  };
}
