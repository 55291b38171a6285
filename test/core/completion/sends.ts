import { type Job, type Lines, plan, spotOf } from '../../../src/core/completion/job.ts';
import type { Send } from '../../../src/core/completion/run.ts';
import type { Snapshot, SuggestOptions } from '../../../src/core/completion/snapshot.ts';
import type { Model } from '../../../src/core/model.ts';
import type { Refusal } from '../../../src/core/outcome.ts';
import type { ChatRequest, CompleteRequest, Piece } from '../../../src/core/provider.ts';
import type { Sources } from '../../../src/core/routing/road.ts';
import { AUTOMATIC, flush, model, snapshot } from './sample.ts';

export interface Asked {
  readonly model?: Model;
  readonly options?: Partial<SuggestOptions>;
  readonly lines?: Lines;
  readonly shot?: Partial<Snapshot>;
}

/** The job of a place, with all of its text in the prompt. */
export function jobAt(marked: string, { model: who, options, lines = 'useful', shot }: Asked = {}): Job {
  const document = snapshot(marked, shot);
  const spot = spotOf(document, who ?? model('qwen2.5-coder:7b'), { ...AUTOMATIC, ...options }, lines);
  const job = plan(spot, document, { room: { head: 65_536, near: 65_536, most: 131_072 } });
  if (!job) throw new Error('no job');
  return job;
}

/** One request, and the words of the server, which a test gives one by one. */
export interface Exchange {
  readonly kind: 'complete' | 'chat';
  readonly request: CompleteRequest | ChatRequest;
  readonly sources: Sources;
  readonly signal: AbortSignal;
  /** Whether the stage has let go of the stream. */
  readonly released: boolean;
  say(...pieces: Piece[]): Promise<void>;
  text(...texts: string[]): Promise<void>;
  /** The stream is over, whatever was its last piece. */
  close(): Promise<void>;
  fail(error: unknown): Promise<void>;
  refuse(refusal: Refusal): Promise<void>;
}

/**
 * A road to a server that goes on after an abort, as some do: what a stage does not want to hear any more, it has to keep
 * away itself.
 */
export function stubbornSend(): Send & { readonly exchanges: readonly Exchange[]; readonly last: Exchange } {
  const exchanges: Exchange[] = [];

  async function open(
    kind: Exchange['kind'],
    request: CompleteRequest | ChatRequest,
    sources: Sources,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Piece> | Refusal> {
    const said: (Piece | Refusal | 'closed' | { readonly failure: unknown })[] = [];
    let wake = () => {};
    const next = async () => {
      while (said.length === 0) await new Promise<void>((resolve) => void (wake = resolve));
      const [word] = said;
      if (word !== undefined && typeof word === 'object' && 'failure' in word) throw word.failure;
      return word;
    };
    const put = async (...words: typeof said) => {
      said.push(...words);
      wake();
      await flush();
    };
    let released = false;
    exchanges.push({
      kind,
      request,
      sources,
      signal,
      get released() {
        return released;
      },
      say: put,
      text: (...texts) => put(...texts.map((text) => ({ kind: 'text', text }) as const)),
      close: () => put('closed'),
      fail: (failure) => put({ failure }),
      refuse: put,
    });
    const first = await next();
    if (first !== undefined && typeof first === 'object' && 'outcome' in first) return first;
    return (async function* pieces() {
      try {
        for (;;) {
          const word = await next();
          if (word === undefined || word === 'closed' || !('kind' in word)) return;
          said.shift();
          yield word;
        }
      } finally {
        released = true;
      }
    })();
  }

  return {
    complete: (request, sources, signal) => open('complete', request, sources, signal),
    chat: (request, sources, signal) => open('chat', request, sources, signal),
    exchanges,
    get last() {
      const exchange = exchanges.at(-1);
      if (!exchange) throw new Error('nothing was sent');
      return exchange;
    },
  };
}
