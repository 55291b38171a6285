import { type Taint, addTaint, originOf } from '../chat/taint.ts';
import { fingerprint, fingerprinting } from './fingerprint.ts';
import type { SipKey } from './sipHash.ts';

/** Some text and whose it is. */
export interface Owned {
  readonly text: string;
  /** Only what is stricter than `open` is remembered. */
  readonly taint: readonly Taint[];
}

/** URIs of folders and of places. */
export type Origins = Pick<ReadonlySet<string>, 'has'>;

/** What private text looked like: hashes, never the text. */
export interface Remembered {
  /**
   * Remembers every text. What stands in one of the `documents` belongs to their folders alone, also where a text
   * quotes it.
   */
  remember(texts: readonly Owned[], documents?: readonly Owned[]): void;
  /** The same in small steps, so that others get their turn in between. */
  remembering(texts: readonly Owned[], documents?: readonly Owned[]): Generator<void, void>;
  /**
   * Whose text is in some texts, as far as it is known again. What stands in one of the `documents` is left to their own
   * folders.
   */
  recall(texts: readonly string[], documents?: readonly Owned[]): readonly Taint[];
  /** The same in small steps. */
  recalling(texts: readonly string[], documents?: readonly Owned[]): Generator<void, readonly Taint[]>;
  /** What was remembered since this was asked last, and was not known before or nearly forgotten. */
  news(): readonly (readonly [hash: number, taint: readonly Taint[]])[];
  /** Takes over what another window remembered. */
  merge(known: Iterable<readonly [hash: number, taint: readonly Taint[]]>): void;
  /**
   * Forgets that texts came from the folders and places: these texts alone where some are given, else all. Tells whether
   * any did.
   */
  release(origins: Origins, texts?: readonly string[]): boolean;
  /** Oldest first. */
  entries(): Iterable<readonly [hash: number, taint: readonly Taint[]]>;
  readonly size: number;
}

/** Most hashes that are kept, the newest: about 3 MB of text, and 12 MB of memory. */
export const MOST_HASHES = 262_144;

export function createRemembered(key: SipKey, most: number = MOST_HASHES): Remembered {
  /** The newer half and the older; each value is an index of `taints`. What is remembered again becomes new again. */
  let young = new Map<number, number>();
  let old = new Map<number, number>();
  const taints: (readonly Taint[])[] = [];
  const ids = new Map<string, number>();
  const fresh = new Set<number>();

  const idOf = (taint: readonly Taint[]): number => {
    const sorted = taint.toSorted((a, b) => (originOf(a) < originOf(b) ? -1 : 1));
    const name = JSON.stringify(sorted.map((entry) => [originOf(entry), entry.level]));
    const id = ids.get(name) ?? taints.push(sorted) - 1;
    ids.set(name, id);
    return id;
  };
  const find = (hash: number) => young.get(hash) ?? old.get(hash);
  const put = (hash: number, id: number) => {
    const before = find(hash);
    const both = before === undefined || before === id ? id : idOf(addTaint(taints[before] ?? [], taints[id] ?? []));
    young.set(hash, both);
    if (young.size < most / 2) return;
    old = young;
    young = new Map();
  };
  const learn = (hash: number, id: number) => {
    const before = young.get(hash);
    put(hash, id);
    if (find(hash) !== before) fresh.add(hash);
  };
  const ofHash = (hash: number) => taints[find(hash) ?? -1] ?? [];
  const each = function* each(): Generator<readonly [hash: number, id: number]> {
    for (const entry of old) if (!young.has(entry[0])) yield entry;
    yield* young;
  };

  function* remembering(texts: readonly Owned[], documents: readonly Owned[] = []): Generator<void, void> {
    const quoted = new Set<number>();
    for (const { text, taint } of documents) {
      const strict = taint.filter(({ level }) => level !== 'open');
      const id = strict.length > 0 ? idOf(strict) : undefined;
      yield* fingerprinting(text, key, (hash) => {
        quoted.add(hash);
        if (id !== undefined) learn(hash, id);
      });
    }
    for (const { text, taint } of texts) {
      const strict = taint.filter(({ level }) => level !== 'open');
      if (strict.length === 0) continue;
      const id = idOf(strict);
      yield* fingerprinting(text, key, (hash) => {
        if (!quoted.has(hash)) learn(hash, id);
      });
    }
  }

  function* recalling(texts: readonly string[], documents: readonly Owned[] = []): Generator<void, readonly Taint[]> {
    let all: readonly Taint[] = [];
    const quoted = new Set<number>();
    const add = (hash: number, taint: readonly Taint[]) => {
      quoted.add(hash);
      if (taint.length > 0) all = addTaint(all, taint);
    };
    for (const { text, taint } of documents) {
      const own = new Set(taint.map(originOf));
      yield* fingerprinting(text, key, (hash) =>
        add(
          hash,
          ofHash(hash).filter((entry) => !own.has(originOf(entry))),
        ),
      );
    }
    for (const text of texts) {
      yield* fingerprinting(text, key, (hash) => {
        if (!quoted.has(hash)) add(hash, ofHash(hash));
      });
    }
    return all;
  }

  return {
    remembering,
    recalling,
    remember: (texts, documents) => finish(remembering(texts, documents)),
    recall: (texts, documents) => finish(recalling(texts, documents)),
    news() {
      const all = [...fresh].map((hash) => [hash, ofHash(hash)] as const);
      fresh.clear();
      return all.filter(([, taint]) => taint.length > 0);
    },
    merge(others) {
      const known = new Map<readonly Taint[], number>();
      for (const [hash, taint] of others) {
        const id = known.get(taint) ?? idOf(taint);
        known.set(taint, id);
        // What is known as it is stays as old as it is.
        if (find(hash) !== id) put(hash, id);
      }
    },
    release(origins, texts) {
      let any = false;
      const drop = (hash: number) => {
        const before = ofHash(hash);
        const after = before.filter(({ folder, place }) => {
          const uri = place ?? folder;
          return uri === undefined || !origins.has(uri);
        });
        if (after.length === before.length) return;
        any = true;
        old.delete(hash);
        if (after.length === 0) young.delete(hash);
        else young.set(hash, idOf(after));
      };
      if (texts) for (const text of texts) fingerprint(text, key, drop);
      else for (const [hash] of Array.from(each())) drop(hash);
      return any;
    },
    *entries() {
      for (const [hash, id] of each()) yield [hash, taints[id] ?? []] as const;
    },
    get size() {
      return Array.from(each()).length;
    },
  };
}

/** Takes all steps at once. */
function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
