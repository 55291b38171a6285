import { type Taint, addTaint, everOf } from '../chat/taint.ts';
import { type Refusal, isRefusal } from '../outcome.ts';
import { isStricter, stricter } from '../privacy/level.ts';
import type { Levels } from '../privacy/levels.ts';
import type { Passages } from '../privacy/passages.ts';
import { type TextSource, zoneOf } from '../privacy/policy.ts';
import type { Owned } from '../privacy/remembered.ts';
import type { Material } from '../privacy/screen.ts';
import type { ChatRequest, CompleteRequest, Piece } from '../provider.ts';
import type { Road, Sources } from './road.ts';

/** A refusal of a text in which private passages were known again. */
export interface Recalled extends Refusal {
  readonly taint: readonly Taint[];
}

export function isRecalled(refused: Refusal): refused is Recalled {
  return 'taint' in refused;
}

export interface RememberingParts {
  readonly road: Road;
  readonly passages: Pick<Passages, 'remember' | 'recall'>;
  readonly levels: Pick<Levels, 'of' | 'sourcesOf' | 'onDidChange'>;
  /** URIs of the window's folders. */
  readonly folders: () => readonly string[];
}

/** A request's texts: those of documents, which have a folder to answer for them, and all others. */
interface Texts {
  readonly texts: readonly string[];
  readonly documents: readonly Owned[];
}

/**
 * The road with a memory: what private and internal text looked like is remembered when it goes into a prompt, and so are
 * the answers to it; a request that leaves this machine has the sources of every such passage in it, too.
 */
export function createRememberingRoad({ road, passages, levels, folders }: RememberingParts): Road {
  const levelOf = (source: TextSource) => levels.of([source]).level;
  /** What came from the window, came from one of its folders. */
  const ofWindow = (levelOfFolder: (folder: string) => Taint['level'], levelOfNone: Taint['level']): Taint[] => {
    const all = folders().map((folder): Taint => ({ folder, level: levelOfFolder(folder) }));
    return all.length > 0 ? all : [{ level: levelOfNone }];
  };
  const ownersOf = (source: TextSource): readonly Taint[] => {
    switch (source.kind) {
      case 'folder':
        return [{ folder: source.uri, level: levelOf(source) }];
      case 'window':
        return ofWindow((uri) => levelOf({ kind: 'folder', uri }), levelOf(source));
      case 'place':
        return [{ place: source.uri, level: levelOf(source) }];
      case 'taint':
        if (source.isPlace) return [{ place: source.of, level: source.level }];
        if (isUri(source.of)) return [{ folder: source.of, level: source.level }];
        return ofWindow(() => source.level, source.level);
    }
  };
  const owners = (sources: readonly TextSource[]) =>
    sources.map(ownersOf).reduce<readonly Taint[]>((all, taint) => addTaint(all, taint), []);

  const sortOut = (material: readonly Material[], sourcesOf: (uri: string) => Sources): Texts => {
    const sorted = material.map(({ uri, text }) => {
      const sources = uri === undefined ? [] : sourcesOf(uri);
      const owned = sources.some(({ kind }) => kind === 'folder');
      return owned ? { documents: [{ text, taint: owners(sources) }] } : { texts: [text] };
    });
    return {
      texts: sorted.flatMap(({ texts = [] }) => texts),
      documents: sorted.flatMap(({ documents = [] }) => documents),
    };
  };

  const travel = async (
    { model }: CompleteRequest | ChatRequest,
    sources: Sources,
    { texts, documents }: Texts,
    go: (sources: Sources) => Promise<AsyncIterable<Piece> | Refusal>,
  ) => {
    const leaves = zoneOf({ endpoint: model.endpoint, model }) !== 'device';
    let { level: strictest } = levels.of(sources);
    const watching = levels.onDidChange(() => {
      strictest = stricter(strictest, levels.of(sources).level);
    });
    const found = leaves ? await passages.recall(texts, documents).finally(() => watching.dispose()) : [];
    watching.dispose();
    // The strictest level since it was asked counts, also when it was loosened while the memory was read.
    const loosened = isStricter(strictest, levels.of(sources).level) ? [{ level: strictest }] : [];
    const carried = [...found, ...loosened].map((entry: Taint): TextSource => everOf(entry));
    const outcome = await go([...sources, ...carried]);
    if (isRefusal(outcome)) {
      const recalled: Recalled = { ...outcome, taint: found };
      return found.length > 0 ? recalled : outcome;
    }
    const taint = owners(sources);
    if (taint.every(({ level }) => level === 'open')) return outcome;
    const kept = passages.remember(
      texts.map((text) => ({ text, taint })),
      documents,
    );
    return listen(outcome, async (answer) => {
      await Promise.all([kept, passages.remember([{ text: answer, taint }], documents)]);
    });
  };

  return {
    ...road,
    complete(request, sources, signal) {
      const { material = [{ label: 'the prompt', uri: '', text: request.prompt }] } = request;
      // One document, or the cells of one notebook.
      return travel(
        request,
        sources,
        sortOut(material, () => sources),
        (all) => road.complete(request, all, signal),
      );
    },
    chat(request, sources, signal, task) {
      // The messages have our own instructions in them, too, which are nobody's.
      const texts = request.material
        ? sortOut(request.material, (uri) => levels.sourcesOf(uri))
        : { texts: request.messages.map(({ text }) => text), documents: [] };
      return travel(request, sources, texts, (all) => road.chat(request, all, signal, task));
    },
  };
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//iu.test(text);
}

/** Passes an answer on, and tells all of it before its end, however that comes. It ends when that was heard. */
async function* listen(pieces: AsyncIterable<Piece>, heard: (answer: string) => Promise<void>): AsyncGenerator<Piece> {
  let text = '';
  let thinking = '';
  let telling: Promise<void> | undefined;
  const tell = async () => (telling ??= heard(`${thinking}\n${text}`));
  try {
    for await (const piece of pieces) {
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'thinking') thinking += piece.text;
      else await tell();
      yield piece;
    }
  } finally {
    await tell();
  }
}
