import type { Send } from '../../../src/core/completion/run.ts';
import type { Clock } from '../../../src/core/event.ts';
import type { ChatRequest, CompleteRequest, Piece } from '../../../src/core/provider.ts';
import { type Cost, type Speed, createMachine } from './machine.ts';
import { CONTROL_TEXTS, type Hole, holeOf, holeOfChat } from './markers.ts';
import { type Answer, type Mood, answerAt, outputOf } from './noise.ts';
import { type Spot, spotIn } from './truth.ts';
import { createTokenizer } from './tokenizer.ts';

/** A model that knows the true text, and a server for it. Where a prompt comes from nothing it knows, it says nothing. */
export interface Oracle {
  readonly send: Send;
  readonly requests: readonly OracleRequest[];
}

/** What became of one request; times in ms of the clock. */
export interface OracleRequest {
  readonly id: number;
  /** When the client sent it, and when the server was told that the client had gone. */
  readonly sentAt: number;
  cancelledAt: number | undefined;
  readonly hole: Hole | undefined;
  /** Known once the server has the request. */
  readonly spot: Spot | undefined;
  readonly answer: Answer | undefined;
  readonly cost: Cost;
  /** Output so far: length after each token, and when the client had it. */
  readonly arrivals: { readonly length: number; readonly at: number }[];
  /** When the client had the end; `undefined` when it did not wait for it. */
  arrivedAt: number | undefined;
  text: string;
}

export interface OracleOptions {
  readonly clock: Clock;
  readonly speed: Speed;
  readonly mood: Mood;
  readonly seed: string;
  /** The true text. */
  readonly text: string;
  /** Milliseconds each way. */
  readonly latencyMs?: number;
}

/** What the model does with one prompt. */
export interface Thought {
  readonly spot: Spot | undefined;
  readonly answer: Answer | undefined;
  /** The prompt's tokens, and those of the answer. */
  readonly prompted: readonly string[];
  readonly output: Iterator<string>;
}

/** The model's head: everything but the time that it takes. */
export function think(
  prompt: string,
  hole: Hole | undefined,
  stops: readonly string[],
  { text, mood, seed }: Pick<OracleOptions, 'text' | 'mood' | 'seed'>,
): Thought {
  const spot = hole && spotIn(text, hole);
  const answer = spot && answerAt(text, spot, mood, seed);
  const output = outputOf(answer ?? { policy: 'exact', text: '' }, plain.tokens, stops);
  return { spot, answer, prompted: tokenizer.tokens(prompt), output };
}

const MOST_TOKENS = 256;
const tokenizer = createTokenizer(CONTROL_TEXTS);
/** A model's own output has control tokens as plain text only: as control tokens they would have ended it. */
const plain = createTokenizer();

export function createOracle({ clock, speed, mood, seed, text, latencyMs = 1 }: OracleOptions): Oracle {
  const machine = createMachine(clock, speed);
  const requests: OracleRequest[] = [];

  function serve(
    prompt: string,
    hole: Hole | undefined,
    { stops = [], maxTokens = MOST_TOKENS }: { stops?: readonly string[]; maxTokens?: number },
    signal: AbortSignal,
  ): AsyncIterable<Piece> {
    const arrived: Piece[] = [];
    let wake = () => {};
    const put = (piece: Piece) => {
      arrived.push(piece);
      wake();
    };
    const request: { -readonly [K in keyof OracleRequest]: OracleRequest[K] } = {
      id: requests.length,
      sentAt: clock.now(),
      cancelledAt: undefined,
      hole,
      spot: undefined,
      answer: undefined,
      cost: emptyCost(),
      arrivals: [],
      arrivedAt: undefined,
      text: '',
    };
    requests.push(request);
    signal.addEventListener('abort', () => put({ kind: 'end', reason: 'cancelled' }));

    // The server thinks, and not the client that sends.
    clock.after(latencyMs, () => {
      const { spot, answer, prompted, output } = think(prompt, hole, stops, { text, mood, seed });
      Object.assign(request, { spot, answer });
      const job = machine.submit({
        prompt: prompted,
        maxTokens,
        output,
        onToken(token) {
          clock.after(latencyMs, () => {
            if (signal.aborted) return;
            request.text += token;
            request.arrivals.push({ length: request.text.length, at: clock.now() });
            put({ kind: 'text', text: token });
          });
        },
        onEnd(reason) {
          clock.after(latencyMs, () => {
            if (signal.aborted) return;
            request.arrivedAt = clock.now();
            const { promptTokens, cachedTokens, outputTokens, promptMs, outputMs } = job.cost;
            put({ kind: 'end', reason, usage: { promptTokens, cachedTokens, outputTokens, promptMs, outputMs } });
          });
        },
      });
      request.cost = job.cost;
      const gone = () => {
        if (request.arrivedAt !== undefined) return;
        clock.after(latencyMs, () => {
          request.cancelledAt ??= clock.now();
          job.cancel();
        });
      };
      if (signal.aborted) gone();
      else signal.addEventListener('abort', gone);
    });

    return {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const piece = arrived.shift();
          if (!piece) await new Promise<void>((resolve) => void (wake = resolve));
          else {
            yield piece;
            if (piece.kind === 'end') return;
          }
        }
      },
    };
  }

  return {
    requests,
    send: {
      complete: (request: CompleteRequest, _sources, signal) =>
        Promise.resolve(serve(request.prompt + suffixOf(request), holeOf(request), request, signal)),
      chat(request: ChatRequest, _sources, signal) {
        const prompt = request.messages.map((message) => `<|${message.role}|>\n${message.text}\n`).join('');
        return Promise.resolve(serve(prompt, holeOfChat(request), request, signal));
      },
    },
  };
}

/** A server's own markers around the fields that it got. */
function suffixOf(request: CompleteRequest): string {
  return 'suffix' in request && typeof request.suffix === 'string' ? `[SUFFIX]${request.suffix}` : '';
}

function emptyCost(): Cost {
  return {
    promptTokens: 0,
    cachedTokens: 0,
    evaluatedTokens: 0,
    outputTokens: 0,
    promptMs: 0,
    outputMs: 0,
    startedAt: undefined,
    firstTokenAt: undefined,
    endedAt: undefined,
  };
}
