import { type Clock, type Event, createEmitter } from '../event.ts';
import type { Model } from '../model.ts';
import { AppError, type Refusal, isRefusal } from '../outcome.ts';
import type { Levels } from '../privacy/levels.ts';
import { isHeld } from '../privacy/screen.ts';
import type { Piece } from '../provider.ts';
import { isRecalled } from '../routing/rememberingRoad.ts';
import type { Mend } from '../routing/problem.ts';
import type { Road } from '../routing/road.ts';
import { conversationLimit, fitMessages, limitAfterRefusal } from './budget.ts';
import { type Words, failureOf, noModelFailure, refusedFailure } from './failure.ts';
import { type Manifest, manifestOf } from './manifest.ts';
import { materialOf } from './material.ts';
import { redactThread } from './redact.ts';
import { releaseThread } from './release.ts';
import { addTaint, sourcesOfTaint, tighten } from './taint.ts';
import {
  type Answer,
  type AnswerState,
  type Intent,
  type Passage,
  type Thread,
  addAnswer,
  addQuestion,
  dropAnswer,
  editQuestion,
  settle,
  updateAnswer,
} from './thread.ts';

export interface ChatParts {
  readonly road: Pick<Road, 'chat'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly levels: Pick<Levels, 'of'>;
  /** The chat model of now, or why there is none. */
  readonly model: () => Model | undefined;
  readonly why: () => string | undefined;
  /** What would mend that there is no model: start a server, set a key… */
  readonly mends?: () => readonly Mend[];
  /** The best model of this machine that may answer now. */
  readonly local: () => Model | undefined;
  readonly redact: (text: string) => Promise<string>;
  /** Read once for each answer. */
  readonly settings: () => { readonly contextTokens: number; readonly think: boolean };
  readonly explain: (error: AppError) => Words;
  /** A fresh id, unique for ever. */
  readonly newId: () => string;
}

export type ChatChange =
  | { readonly kind: 'thread' } // anything; read the thread again
  | { readonly kind: 'answer'; readonly answer: Answer } // one answer began, ended or learnt how long it thought
  | { readonly kind: 'piece'; readonly id: string; readonly text: string; readonly thinking: string };

/** One conversation, with at most one answer on its way. Asking while one is does nothing. */
export interface ChatSession {
  readonly thread: Thread;
  readonly answering: boolean;
  readonly onDidChange: Event<ChatChange>;
  /** Resolves when the answer ended, well or badly. Never rejects; failures are in the thread. */
  ask(intent: Intent, text: string, passages: readonly Passage[]): Promise<void>;
  /** Answers the question of an answer again; what followed is gone. */
  regenerate(answerId: string): Promise<void>;
  /** Asks an earlier question in other words; what followed is gone. */
  resend(questionId: string, text: string): Promise<void>;
  /** Answers the question of a held answer with a model on this machine. Does nothing where there is none. */
  sendLocally(answerId: string): Promise<void>;
  /** Puts placeholders in place of the secrets in the thread, and sends a held answer's question so. */
  redact(answerId: string): Promise<void>;
  /** Gives a held answer up: nothing is sent. */
  discard(answerId: string): void;
  /** Asks with a model on this machine. Does nothing where there is none. */
  askLocally(text: string, passages: readonly Passage[]): Promise<void>;
  /** What asking this would send now. `undefined` while there is no model. */
  preview(text: string, passages: readonly Passage[]): Manifest | undefined;
  /** Ends the answer on its way and keeps its text so far. */
  stop(): void;
  /** Tightens the thread to the levels of now; call it when a level changed. */
  retaint(): void;
  /** Lets the thread go on under the levels of now. Refused where a folder of its text does not allow it. */
  release(): Refusal | undefined;
  dispose(): void;
}

export function createChatSession(parts: ChatParts, begun: Thread): ChatSession {
  const { road, clock, levels } = parts;
  const changed = createEmitter<ChatChange>();
  let thread = settle(begun);
  let running: { readonly id: string; readonly abort: AbortController } | undefined;
  let disposed = false;

  const replace = (next: Thread) => {
    thread = next;
    changed.fire({ kind: 'thread' });
  };
  const update = (id: string, change: (answer: Answer) => Answer) => {
    thread = updateAnswer(thread, id, change, clock.now());
    const answer = thread.messages.find((m) => m.id === id);
    if (answer?.role === 'assistant') changed.fire({ kind: 'answer', answer });
  };
  const end = (id: string, state: AnswerState) => {
    if (running?.id !== id) return;
    running = undefined;
    update(id, (answer) => ({ ...answer, state }));
  };

  const take = (id: string, piece: Exclude<Piece, { kind: 'end' }>, startedThinking: number | undefined) => {
    const { kind, text } = piece;
    const before = thread.messages.find((m) => m.id === id);
    const first = kind === 'text' && before?.role === 'assistant' && before.text === '';
    if (first && startedThinking !== undefined) {
      update(id, (answer) => ({ ...answer, thinkingMs: clock.now() - startedThinking }));
    }
    const add = (answer: Answer): Answer =>
      kind === 'text' ? { ...answer, text: answer.text + text } : { ...answer, thinking: answer.thinking + text };
    thread = updateAnswer(thread, id, add, clock.now());
    changed.fire({ kind: 'piece', id, text: kind === 'text' ? text : '', thinking: kind === 'thinking' ? text : '' });
  };

  const limitOf = (model: Model) =>
    conversationLimit(parts.settings().contextTokens, model.loaded?.contextLength ?? model.contextLength);

  /** One request. A server that finds it too long is asked once more with less of the conversation. */
  const request = async (id: string, model: Model, signal: AbortSignal, less?: number): Promise<AnswerState> => {
    const { think } = parts.settings();
    const limit = less ?? limitOf(model);
    const at = thread.messages.findIndex((m) => m.id === id);
    const { messages, from, omitted } = fitMessages(thread.messages.slice(0, at), limit);
    if (omitted !== undefined) update(id, (answer) => ({ ...answer, omitted }));
    try {
      const wish = { model, messages, think: think && model.abilities.thinking, material: materialOf(from) };
      const pieces = await road.chat(wish, sourcesOfTaint(thread.taint), signal);
      if (isRefusal(pieces) && isHeld(pieces)) return { kind: 'held', findings: pieces.findings };
      if (isRefusal(pieces)) {
        // Something that was typed or pasted is known to be private.
        if (isRecalled(pieces)) thread = { ...thread, taint: addTaint(thread.taint, pieces.taint) };
        return { kind: 'failed', failure: refusedFailure(pieces, thread, levels) };
      }
      return await read(id, model, pieces);
    } catch (error) {
      const tooLong = error instanceof AppError && error.kind === 'contextTooLong' ? error : undefined;
      if (!tooLong || less !== undefined || signal.aborted || begunToAnswer(thread, id)) throw error;
      return request(id, model, signal, limitAfterRefusal(messages, tooLong.facts.tokens));
    }
  };

  const read = async (id: string, model: Model, pieces: AsyncIterable<Piece>): Promise<AnswerState> => {
    let startedThinking: number | undefined;
    for await (const piece of pieces) {
      if (running?.id !== id) return { kind: 'stopped' };
      if (piece.kind === 'end') return ENDS[piece.reason];
      if (piece.kind === 'thinking') startedThinking ??= clock.now();
      take(id, piece, startedThinking);
    }
    throw new AppError('interrupted', { endpoint: model.endpoint, model: model.name });
  };

  const answer = async (model = parts.model()) => {
    const id = parts.newId();
    const abort = new AbortController();
    const of = model && { model: { id: model.id, label: model.name, zone: model.zone } };
    thread = { ...thread, taint: tighten(addTaint(thread.taint, [windowTaint(levels)]), levels) };
    running = { id, abort };
    replace(
      addAnswer(
        thread,
        { role: 'assistant', id, text: '', thinking: '', ...of, state: { kind: 'streaming' } },
        clock.now(),
      ),
    );
    if (!model) {
      end(id, { kind: 'failed', failure: noModelFailure(parts.why(), parts.mends?.() ?? []) });
      return;
    }
    try {
      end(id, await request(id, model, abort.signal));
    } catch (error) {
      end(
        id,
        abort.signal.aborted ? { kind: 'stopped' } : { kind: 'failed', failure: failureOf(error, parts.explain) },
      );
    }
  };

  return {
    get thread() {
      return thread;
    },
    get answering() {
      return running !== undefined;
    },
    onDidChange: changed.event,
    async ask(intent, text, passages) {
      if (running) return;
      thread = addQuestion(thread, { role: 'user', id: parts.newId(), intent, text, passages }, clock.now());
      await answer();
    },
    async regenerate(answerId) {
      const rest = running ? undefined : dropAnswer(thread, answerId, clock.now());
      if (!rest) return;
      thread = rest;
      await answer();
    },
    async resend(questionId, text) {
      const rest = running ? undefined : editQuestion(thread, questionId, text, clock.now());
      if (!rest) return;
      thread = rest;
      await answer();
    },
    async sendLocally(answerId) {
      const model = parts.local();
      const rest = running || !model ? undefined : dropAnswer(thread, answerId, clock.now());
      if (!rest) return;
      thread = rest;
      await answer(model);
    },
    async redact(answerId) {
      const before = thread;
      const rest = running ? undefined : dropAnswer(before, answerId, clock.now());
      if (!rest) return;
      const clean = await redactThread(rest, parts.redact).catch((error: unknown) => failureOf(error, parts.explain));
      // Meanwhile something else may have been asked, or the chat closed or deleted.
      if (running || disposed || thread !== before) return;
      if (!('messages' in clean)) {
        update(answerId, (held) => ({ ...held, state: { kind: 'failed', failure: clean } }));
        return;
      }
      thread = clean;
      await answer();
    },
    discard(answerId) {
      const held = thread.messages.find(({ id }) => id === answerId);
      if (running || held?.role !== 'assistant' || held.state.kind !== 'held') return;
      update(answerId, (given) => ({ ...given, state: { kind: 'stopped' } }));
    },
    async askLocally(text, passages) {
      const model = parts.local();
      if (running || !model) return;
      thread = addQuestion(thread, { role: 'user', id: parts.newId(), intent: 'ask', text, passages }, clock.now());
      await answer(model);
    },
    preview(text, passages) {
      const model = parts.model();
      if (!model) return undefined;
      const question = { role: 'user', id: 'preview', intent: 'ask', text, passages } as const;
      return manifestOf(model, fitMessages([...thread.messages, question], limitOf(model)));
    },
    stop() {
      if (!running) return;
      const { id, abort } = running;
      end(id, { kind: 'stopped' });
      abort.abort();
    },
    retaint() {
      const taint = tighten(thread.taint, levels);
      if (taint !== thread.taint) replace({ ...thread, taint });
    },
    release() {
      const released = releaseThread(thread, levels, clock.now());
      if (isRefusal(released)) return released;
      replace(released);
      return undefined;
    },
    dispose() {
      disposed = true;
      this.stop();
      changed.dispose();
    },
  };
}

const ENDS: Readonly<Record<Extract<Piece, { kind: 'end' }>['reason'], AnswerState>> = {
  stop: { kind: 'complete' },
  length: { kind: 'cutOff' },
  cancelled: { kind: 'stopped' },
};

function begunToAnswer(thread: Thread, id: string): boolean {
  return thread.messages.some((m) => m.role === 'assistant' && m.id === id && (m.text !== '' || m.thinking !== ''));
}

function windowTaint(levels: Pick<Levels, 'of'>) {
  return { level: levels.of([{ kind: 'window' }]).level };
}
