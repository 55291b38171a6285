import { EngineError } from './engineError.ts';
import type { NativeContext, NativeModel, NativeSampler } from './native.ts';
import { createStopFilter } from './stops.ts';
import type { Threads } from './threads.ts';
import { createTokenText } from './tokenText.ts';
import type { Turns } from './turns.ts';

export interface Generation {
  readonly prompt: Uint32Array;
  readonly stops: readonly string[];
  /** `undefined`: until the context is full. */
  readonly maxTokens: number | undefined;
  /** 0 is greedy. */
  readonly temperature: number;
}

export interface Outcome {
  readonly reason: 'stop' | 'length' | 'cancelled';
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly promptMs: number;
  readonly outputMs: number;
}

/** The text of one role in memory: what was read of it stays, so that the next prompt is read from where it differs. */
export interface Sequence {
  /** Ends within one token, or one batch of the prompt, after `signal` aborts. */
  run(wish: Generation, signal: AbortSignal, say: (text: string) => void): Promise<Outcome>;
}

export interface SequenceParts {
  readonly native: { readonly model: NativeModel; readonly context: NativeContext; readonly sampler: NativeSampler };
  readonly contextSize: number;
  readonly urgent: boolean;
  readonly threads: Threads;
  readonly turns: Turns;
}

/** Tokens of a batch at most; and milliseconds that one should take, so that a cancelled request ends soon. */
export const LARGEST_BATCH = 512;
const BATCH_MS = 80;
const SMALLEST_BATCH = 16;
/** Before anything is known of the model: 128 took a second on a busy machine. */
const FIRST_BATCH = 32;

export function createSequence({ native, contextSize, urgent, threads, turns }: SequenceParts): Sequence {
  const { model, context, sampler } = native;
  /** What the memory of the context holds. */
  let held: number[] = [];
  let batch = FIRST_BATCH;

  const keep = (prompt: Uint32Array): number => {
    // The last token is always read again: its result is what the answer starts from.
    const most = Math.min(held.length, prompt.length - 1);
    let common = 0;
    while (common < most && held[common] === prompt[common]) common += 1;
    if (common < held.length) {
      const ok = common > 0 && context.removeTokenCellsFromSequence(0, common, -1);
      if (!ok) {
        context.disposeSequence(0);
        common = 0;
      }
      held.length = common;
    }
    return common;
  };
  /** Reads some tokens; gives the index of the last one's result. */
  const read = (tokens: Uint32Array, wanted: boolean) =>
    turns.take(urgent, async () => {
      const count = threads.now();
      const started = performance.now();
      context.setThreads(count);
      context.initBatch(tokens.length);
      const last = wanted ? Uint32Array.of(tokens.length - 1) : new Uint32Array();
      const [index] = context.addToBatch(0, held.length, tokens, last);
      await context.decodeBatch();
      const ms = performance.now() - started;
      threads.took(tokens.length, ms, count);
      held.push(...tokens);
      return { index: index ?? 0, ms };
    });
  const readPrompt = async (prompt: Uint32Array, from: number, signal: AbortSignal): Promise<number | undefined> => {
    let index: number | undefined;
    for (let at = from; at < prompt.length;) {
      if (signal.aborted) return undefined;
      const part = prompt.subarray(at, at + batch);
      at += part.length;
      const done = await read(part, at >= prompt.length);
      ({ index } = done);
      if (part.length >= SMALLEST_BATCH) {
        const wanted = (part.length * BATCH_MS) / Math.max(1, done.ms);
        batch = Math.round(Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, wanted, batch / 2), batch * 2));
      }
      await breathe();
    }
    return index;
  };

  return {
    async run({ prompt, stops, maxTokens, temperature }, signal, say) {
      if (prompt.length >= contextSize) throw new EngineError('tooLong', { prompt: prompt.length, limit: contextSize });
      sampler.applyConfig(
        temperature === 0 ? { temperature: 0 } : { temperature, minP: 0.05, topK: 40, topP: 0.95, seed: seed() },
      );
      const started = performance.now();
      const cachedTokens = keep(prompt);
      let index = await readPrompt(prompt, cachedTokens, signal);
      const begun = performance.now();
      const limit = Math.min(maxTokens ?? Infinity, contextSize - prompt.length);
      const text = createTokenText(model, prompt.at(-1));
      const filter = createStopFilter(stops);
      let outputTokens = 0;
      const outcome = (reason: Outcome['reason']): Outcome => ({
        reason,
        promptTokens: prompt.length,
        cachedTokens,
        outputTokens,
        promptMs: begun - started,
        outputMs: performance.now() - begun,
      });
      while (index !== undefined && !signal.aborted) {
        if (outputTokens >= limit) {
          say(filter.push(text.rest()).text + filter.rest());
          return outcome('length');
        }
        const token = await context.sampleToken(index, sampler);
        if (token < 0) throw new EngineError('failed', undefined, 'No token could be chosen.');
        if (model.isEogToken(token)) {
          say(filter.rest());
          return outcome('stop');
        }
        outputTokens += 1;
        const { text: sure, stopped } = filter.push(text.push(token));
        if (sure !== '') say(sure);
        if (stopped) return outcome('stop');
        // The last one that is wanted need not be read.
        if (outputTokens >= limit) continue;
        ({ index } = await read(Uint32Array.of(token), true));
      }
      return outcome('cancelled');
    },
  };
}

function seed(): number {
  return Math.floor(Math.random() * 0xffff_ffff);
}

/** Lets messages in: work that never waits would keep a wish to cancel outside. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
