import type { Send } from '../../../src/core/completion/run.ts';
import type { AppError, Refusal } from '../../../src/core/outcome.ts';
import type { ChatRequest, CompleteRequest, Piece } from '../../../src/core/provider.ts';
import { flush } from './sample.ts';

/** One request as the road got it, answered by the test. */
export interface Call {
  readonly request: CompleteRequest | ChatRequest;
  readonly signal: AbortSignal;
  /** Streams some text. */
  text(text: string): Promise<void>;
  end(reason?: 'stop' | 'length'): Promise<void>;
  fail(error: AppError | Error): Promise<void>;
}

export interface ScriptedSend extends Send {
  readonly calls: readonly Call[];
  readonly last: Call;
  /** Requests that run. */
  readonly live: number;
  refuseWith(refusal: Refusal): void;
}

/** A road whose answers a test gives by hand. As the contract wants it, an aborted stream ends with `cancelled`. */
export function scriptedSend(): ScriptedSend {
  const calls: Call[] = [];
  const open = new Set<AbortSignal>();
  let refusal: Refusal | undefined;

  function send(request: CompleteRequest | ChatRequest, signal: AbortSignal): Promise<AsyncIterable<Piece> | Refusal> {
    if (refusal) return Promise.resolve(refusal);
    const queue: (Piece | Error)[] = [];
    let wake = () => {};
    const put = async (item: Piece | Error) => {
      queue.push(item);
      wake();
      await flush();
    };
    open.add(signal);
    signal.addEventListener('abort', () => {
      open.delete(signal);
      void put({ kind: 'end', reason: 'cancelled' });
    });
    calls.push({
      request,
      signal,
      text: (text) => put({ kind: 'text', text }),
      end: (reason = 'stop') => put({ kind: 'end', reason }),
      fail: put,
    });
    async function* pieces(): AsyncGenerator<Piece> {
      try {
        for (;;) {
          const item = queue.shift();
          if (item === undefined) await new Promise<void>((resolve) => void (wake = resolve));
          else if (item instanceof Error) throw item;
          else {
            yield item;
            if (item.kind === 'end') return;
          }
        }
      } finally {
        open.delete(signal);
      }
    }
    return Promise.resolve(pieces());
  }

  return {
    complete: (request, _sources, signal) => send(request, signal),
    chat: (request, _sources, signal) => send(request, signal),
    calls,
    get last() {
      const call = calls.at(-1);
      if (!call) throw new Error('nothing was sent');
      return call;
    },
    get live() {
      return open.size;
    },
    refuseWith(next) {
      refusal = next;
    },
  };
}
