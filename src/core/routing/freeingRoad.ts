import type { Clock, Disposable } from '../event.ts';
import type { Model } from '../model.ts';
import { AppError, type Refusal, isRefusal } from '../outcome.ts';
import type { Piece, Usage } from '../provider.ts';
import type { Road } from './road.ts';

export interface FreeingParts {
  readonly road: Road;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

/** What is known of one model. */
interface Notes {
  /** When an answer was given up in its middle, ms of the clock; `undefined` when one has begun since. */
  givenUpAt: number | undefined;
  /** How long requests have waited in vain since then, in ms. */
  silentMs: number;
  /** The slowest reading of a prompt so far, in ms per character; 0 while none was long enough to tell. */
  readingMs: number;
}

/** A request that has waited for less is no evidence: typing gives up many of them. */
const EVIDENCE_MS = 1_000;
/** For so long after its last text a model is taken to be in memory, in ms. */
const RECENT_MS = 60_000;
/** What a request is given before its model is taken for stuck, in ms, besides the reading of its prompt. */
const PATIENCE_MS = 4_000;
/** The model may have been put out of the memory for another: bytes of it that a disk gives in a ms (500 MB a second). */
const DISK_BYTES = 500_000;
/** Reading of a slow CPU, in ms per character: 60 tokens a second. */
const UNKNOWN_READING_MS = 5;
/** Fewer tokens say nothing about the speed of reading. */
const TELLING_TOKENS = 100;

/**
 * Frees models that their Ollama has lost. An answer that is given up while its next piece is on the way to the client may
 * leave the model's only place taken for ever (Ollama 0.34; https://github.com/ollama/ollama/issues/17131, read 2026-11):
 * whatever comes after it waits without a word. Unloading the model ends that. So a request that waits far longer than
 * the reading of its prompt takes, after an answer was given up, is taken back; the model is unloaded, and the request
 * sent again. Only on this machine: elsewhere other people may keep the model busy.
 */
export function createFreeingRoad({ road, clock, log }: FreeingParts): Road {
  const notes = new Map<string, Notes>();
  const notesOf = ({ id, loaded }: Model): Notes => {
    // What was in memory before this window asked for anything, another window or an earlier one may have given up.
    const givenUpAt = loaded === undefined ? undefined : -Infinity;
    const known = notes.get(id) ?? { givenUpAt, silentMs: 0, readingMs: 0 };
    notes.set(id, known);
    return known;
  };

  /** Whether the model may be stuck. */
  const isSuspect = (model: Model, { givenUpAt }: Notes): boolean =>
    givenUpAt !== undefined && (model.loaded !== undefined || clock.now() - givenUpAt <= RECENT_MS);

  /** Calls when the model has been silent for too long; until then it is looked at again and again. */
  const watch = (model: Model, known: Notes, length: number, stuck: () => void): Disposable => {
    const begun = clock.now();
    const reading = known.readingMs === 0 ? UNKNOWN_READING_MS : 3 * known.readingMs;
    const patience = PATIENCE_MS + (model.sizeBytes ?? 0) / DISK_BYTES + reading * length;
    let timer: Disposable | undefined;
    const look = () => {
      const since = Math.max(begun, known.givenUpAt ?? begun);
      const rest = since + patience - known.silentMs - clock.now();
      if (rest <= 0 && isSuspect(model, known)) stuck();
      else timer = clock.after(rest <= 0 ? PATIENCE_MS : rest, look);
    };
    look();
    return { dispose: () => timer?.dispose() };
  };

  async function* listen(
    wish: Wish,
    signal: AbortSignal,
    own: AbortController,
    pieces: AsyncIterable<Piece>,
  ): AsyncGenerator<Piece> {
    const { model, length } = wish;
    const known = notesOf(model);
    const begun = clock.now();
    const suspect = isSuspect(model, known);
    const watching = watch(model, known, length, () => own.abort());
    let begins = false;
    let ends = false;
    try {
      for await (const piece of pieces) {
        if (own.signal.aborted) break;
        watching.dispose();
        if (!begins && piece.kind !== 'end') {
          begins = true;
          known.givenUpAt = undefined;
          known.silentMs = 0;
        }
        if (piece.kind === 'end' && piece.reason !== 'cancelled') {
          ends = true;
          known.readingMs = Math.max(known.readingMs, readingOf(piece.usage, length));
        }
        yield piece;
      }
    } finally {
      watching.dispose();
      const waited = clock.now() - begun;
      if (begins && !ends) known.givenUpAt = clock.now();
      else if (!begins && !ends && suspect && waited >= EVIDENCE_MS) known.silentMs += waited;
    }
    if (!own.signal.aborted) return;
    log(`${model.name} has not answered for ${Math.round(known.silentMs / 1000)} s: it is unloaded, and asked again.`);
    known.givenUpAt = undefined;
    known.silentMs = 0;
    try {
      const again = (await road.unload(model, signal)) ?? (await travel(wish, signal));
      if (isRefusal(again)) throw refusedError(model, again);
      yield* again;
    } catch (error) {
      if (!signal.aborted) throw error;
      yield { kind: 'end', reason: 'cancelled' };
    }
  }

  async function travel(wish: Wish, signal: AbortSignal): Promise<AsyncIterable<Piece> | Refusal> {
    const { endpoint, zone } = wish.model;
    if (endpoint.protocol !== 'ollama' || zone !== 'device') return wish.send(signal);
    const own = new AbortController();
    const outcome = await wish.send(AbortSignal.any([signal, own.signal]));
    return isRefusal(outcome) ? outcome : listen(wish, signal, own, outcome);
  }

  return {
    ...road,
    complete(request, sources, signal) {
      const { model, prompt, suffix = '' } = request;
      const send = (given: AbortSignal) => road.complete(request, sources, given);
      return travel({ model, length: prompt.length + suffix.length, send }, signal);
    },
    chat(request, sources, signal, task) {
      const length = request.messages.reduce((sum, { text }) => sum + text.length, 0);
      const send = (given: AbortSignal) => road.chat(request, sources, given, task);
      return travel({ model: request.model, length, send }, signal);
    },
  };
}

interface Wish {
  readonly model: Model;
  /** Characters of the prompt. */
  readonly length: number;
  readonly send: (signal: AbortSignal) => Promise<AsyncIterable<Piece> | Refusal>;
}

/** Milliseconds per character of what had to be read; 0 where that was not enough to tell. */
function readingOf({ promptTokens = 0, cachedTokens = 0, promptMs = 0 }: Usage = {}, length: number): number {
  const read = promptTokens - cachedTokens;
  return read < TELLING_TOKENS || length === 0 ? 0 : (promptMs / read) * (promptTokens / length);
}

function refusedError(model: Model, { rule, reason }: Refusal): AppError {
  return new AppError('refused', { endpoint: model.endpoint, model: model.name, rule, detail: reason });
}
