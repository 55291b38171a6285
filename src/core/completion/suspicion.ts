import type { Clock, Disposable } from '../event.ts';
import type { Model } from '../model.ts';
import { isRefusal } from '../outcome.ts';
import type { Piece } from '../provider.ts';
import { ask, judge, looksWrong } from './probe.ts';
import { type Proofs, ownProfile } from './proofs.ts';
import { profileOf } from './profiles.ts';
import type { Send } from './run.ts';

/** Answers of one model that have to look wrong, with none in between that does not, before it is put to the test. */
const TOO_MANY = 3;
/** Milliseconds without a completion before the test, so that nobody waits for it. */
const QUIET_MS = 2_000;
/** Characters of an answer that are looked at. */
const ENOUGH = 400;

export interface SuspicionParts {
  readonly send: Send;
  readonly proofs: Proofs;
  readonly clock: Pick<Clock, 'after'>;
}

/**
 * A road that looks at the completions that come along it. A model of this machine that keeps answering with markers, thoughts
 * or sentences is sent a known hole, once for its weights and only while nothing else is to do; what comes back is remembered.
 * Without such answers nothing is ever sent.
 */
export function createSuspicion({ send, proofs, clock }: SuspicionParts): Send & Disposable {
  const wrong = new Map<string, number>();
  const tested = new Set<string>();
  const abort = new AbortController();
  let waiting: Disposable | undefined;

  const note = (model: Model, text: string) => {
    if (text.trim() === '') return;
    const count = looksWrong(text) ? (wrong.get(model.id) ?? 0) + 1 : 0;
    wrong.set(model.id, count);
    if (count >= TOO_MANY) waiting = clock.after(QUIET_MS, () => void test(model));
  };
  const test = async (model: Model): Promise<void> => {
    const by = ownProfile(model);
    const key = `${model.id}\n${model.digest ?? ''}`;
    if (by === 'holeFilling' || tested.has(key) || proofs.of(model, by) !== undefined) return;
    tested.add(key);
    try {
      const exchange = await ask(model, by, send, abort.signal);
      if (!isRefusal(exchange) && !exchange.error) proofs.add(model, by, judge(exchange));
    } catch {
      // Only when all of this has ended.
    }
  };
  async function* watched(model: Model, pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
    let text = '';
    try {
      for await (const piece of pieces) {
        if (piece.kind === 'text' && text.length < ENOUGH) text += piece.text;
        yield piece;
      }
    } finally {
      note(model, text);
    }
  }

  return {
    async complete(request, sources, signal) {
      waiting?.dispose();
      waiting = undefined;
      const answer = await send.complete(request, sources, signal);
      const { model } = request;
      const isOwn = model.zone === 'device' && profileOf(model) === ownProfile(model);
      return isRefusal(answer) || !isOwn ? answer : watched(model, answer);
    },
    chat: async (...wish) => send.chat(...wish),
    dispose() {
      waiting?.dispose();
      abort.abort();
    },
  };
}
