import type { Event } from '../event.ts';
import { type Endpoint, type Model, type Zone, isWithin, lessPrivate } from '../model.ts';
import { type Refusal, refusal } from '../outcome.ts';
import { isCloudName } from './cloudName.ts';
import { CEILING, type Level, type Verdict } from './level.ts';

/** Whose text is in a request. */
export type TextSource =
  /** Text of a file, by the URI of the workspace folder that it lies in. */
  | { readonly kind: 'folder'; readonly uri: string }
  /**
   * Text of a file, by the file's own URI: what is said of where it lies and not of its whole folder (a mark on a folder
   * inside, a pattern, the remotes of a submodule, a link that leads out). Can only tighten, and so is never alone.
   */
  | { readonly kind: 'place'; readonly uri: string }
  /** Text without a folder: untitled files, loose files, what the user typed. */
  | { readonly kind: 'window' }
  /** Text that came from a folder earlier and keeps that folder's level (a chat thread). `isPlace`: `of` names a place. */
  | { readonly kind: 'taint'; readonly level: Level; readonly of: string; readonly isPlace?: true };

/** What a request is for; a column of the ledger. `api`: another extension asked, through the editor. */
export const TASKS = [
  'completion',
  'chat',
  'api',
  'models',
  'load',
  'unload',
  'pull',
  'remove',
  'measure',
  'install',
  'verify',
] as const;
export type Task = (typeof TASKS)[number];

/** What somebody asks the policy. `sources` is never empty: a request without text still belongs to the window. */
export interface Ask {
  readonly task: Task;
  readonly endpoint: Endpoint;
  /** The model, or only its name where none is known yet (a pull). */
  readonly model?: Model | { readonly name: string };
  readonly sources: readonly [TextSource, ...TextSource[]];
}

let mint: (ask: Ask, zone: Zone, verdict: Verdict) => Clearance;
/** Never leaves this module: without it the constructor throws, also for callers that the compiler does not see. */
const MINT = Symbol('mint');

/**
 * The policy's yes to one request. No clearance, no socket. Only this module can make one: the constructor is private to
 * the compiler and wants the module's own symbol at run time, and the private field cannot be copied.
 */
export class Clearance {
  static {
    mint = (ask, zone, verdict) => new Clearance(MINT, ask, zone, verdict);
  }

  readonly #genuine = true;
  /** A frozen copy of what was asked: what was judged is what the door sends by, whatever the asker does meanwhile. */
  readonly ask: Ask;
  /** The zone that the request goes to; the door lets it go no further. */
  readonly zone: Zone;
  /** The level of the text in it, with the reasons, when it was cleared. */
  readonly verdict: Verdict;

  private constructor(key: symbol, ask: Ask, zone: Zone, verdict: Verdict) {
    if (key !== MINT) throw new TypeError('Only the policy mints a clearance.');
    this.ask = ask;
    this.zone = zone;
    this.verdict = verdict;
    Object.freeze(this);
  }

  /** False for anything that the policy did not mint, whatever its shape. */
  static isGenuine(value: unknown): value is Clearance {
    return typeof value === 'object' && value !== null && #genuine in value && value.#genuine;
  }
}

export interface Policy {
  /** Mints a clearance, or says why not. */
  clear(ask: Ask): Clearance | Refusal;
  /** Asks again, with what holds now; the door calls it before the first byte and whenever a level changes. */
  recheck(clearance: Clearance): Refusal | undefined;
  /** Whether a model could be used for text of the whole window now; `undefined` means yes. For pickers. */
  forbids(model: Pick<Model, 'name' | 'zone' | 'endpoint'>): Refusal | undefined;
}

/**
 * `levelOf` finds the level of some text as it is now; it must count what it cannot read as private. Should it throw, the
 * text counts as private too. `onDidChangeLevels` fires when one may have changed: what would not be cleared then is never
 * sent, also when the level has been loosened again before the door looks.
 */
export function createPolicy(levelOf: (sources: Ask['sources']) => Verdict, onDidChangeLevels?: Event<void>): Policy {
  const minted = new Set<WeakRef<Clearance>>();
  const revoked = new WeakMap<Clearance, Refusal>();
  const levelNow = (sources: Ask['sources']): Verdict => {
    try {
      return levelOf(sources);
    } catch {
      return UNREADABLE;
    }
  };
  const judge = (ask: Ask): { zone: Zone; verdict: Verdict } | Refusal => {
    const verdict = levelNow(ask.sources);
    const zone = zoneOf(ask);
    return isWithin(zone, CEILING[verdict.level])
      ? { zone, verdict }
      : refusal(`level:${verdict.level}`, `${ZONE_WORDS[zone]} is not allowed here: ${whatIs(verdict)}.`);
  };
  const remember = (clearance: Clearance) => {
    // Most are long done with; nobody says when.
    if (minted.size >= MANY) for (const ref of minted) if (!ref.deref()) minted.delete(ref);
    minted.add(new WeakRef(clearance));
    return clearance;
  };
  onDidChangeLevels?.(() => {
    for (const ref of minted) {
      const clearance = ref.deref();
      const judged = clearance && judge(clearance.ask);
      if (clearance && judged && 'outcome' in judged) revoked.set(clearance, judged);
      if (!clearance || revoked.has(clearance)) minted.delete(ref);
    }
  });
  return {
    clear(ask) {
      if (ask.sources.length === 0) return refusal('noSource', 'Nobody said whose text is in the request.');
      const own = frozenCopy(ask);
      const judged = judge(own);
      return 'outcome' in judged ? judged : remember(mint(own, judged.zone, judged.verdict));
    },
    recheck(clearance) {
      if (!Clearance.isGenuine(clearance)) return refusal('forged', 'The request was not cleared by the policy.');
      const taken = revoked.get(clearance);
      if (taken) return taken;
      const judged = judge(clearance.ask);
      return 'outcome' in judged ? judged : undefined;
    },
    forbids(model) {
      const judged = judge({ task: 'models', endpoint: model.endpoint, model, sources: [{ kind: 'window' }] });
      return 'outcome' in judged ? judged : undefined;
    },
  };
}

/** Clearances after which those that nobody holds any more are forgotten. */
const MANY = 1000;
const UNREADABLE: Verdict = { level: 'private', reasons: [{ source: 'unreadable', level: 'private' }] };

/**
 * The least private of what the socket, the metadata and the name tell. The name counts whatever the protocol: an Ollama
 * may also have been configured by its OpenAI-compatible address.
 */
export function zoneOf({ endpoint, model }: Pick<Ask, 'endpoint' | 'model'>): Zone {
  if (model && isCloudName(model.name)) return 'cloud';
  return model && 'zone' in model ? lessPrivate(endpoint.zone, model.zone) : endpoint.zone;
}

function frozenCopy({ task, endpoint, model, sources }: Ask): Ask {
  const own = Object.freeze({ ...endpoint });
  const [first, ...others] = sources;
  return Object.freeze({
    task,
    endpoint: own,
    ...(model && { model: Object.freeze({ ...model }) }),
    sources: Object.freeze([
      Object.freeze({ ...first }),
      ...others.map((source) => Object.freeze({ ...source })),
    ] as const),
  });
}

const ZONE_WORDS: Readonly<Record<Zone, string>> = {
  device: 'This machine',
  network: 'A server of your network',
  cloud: 'The cloud',
};
const LEVEL_WORDS: Readonly<Record<Level, string>> = { private: 'private-only', internal: 'internal', open: 'open' };

/** The workspace, or only some text in it that came from elsewhere or from earlier. Names nobody: it goes into the ledger. */
function whatIs({ level, reasons }: Verdict): string {
  const deciding = reasons.filter((reason) => reason.level === level);
  const carried = deciding.length > 0 && deciding.every(({ source }) => source === 'taint');
  return `${carried ? 'some of the text' : 'the workspace'} is ${LEVEL_WORDS[level]}`;
}
