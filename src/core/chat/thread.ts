import type { ErrorKind } from '../outcome.ts';
import type { ModelId, Zone } from '../model.ts';
import type { Level } from '../privacy/level.ts';
import type { Finding } from '../privacy/screen.ts';
import type { Mend } from '../routing/problem.ts';
import type { Release } from './release.ts';
import { type Taint, addTaint } from './taint.ts';

/** What the user wants done with the passages; `ask` is a free question. */
export const INTENTS = ['ask', 'explain', 'fix', 'writeTests', 'document'] as const;
export type Intent = (typeof INTENTS)[number];

/** A piece of a document that a question is about, as it was when the user attached it. */
export interface Passage {
  readonly uri: string;
  /** Name for people and for the prompt: the path within its folder. */
  readonly name: string;
  /** Language identifier of the editor. */
  readonly language: string;
  /** First and last line, counted from 0. */
  readonly lines: readonly [first: number, last: number];
  readonly text: string;
  /** What the editor's problems say about these lines; given for a fix. */
  readonly problems: readonly string[];
  /** Whose text it is, with the level when it was taken. */
  readonly taint: readonly Taint[];
}

export interface Question {
  readonly role: 'user';
  readonly id: string;
  readonly intent: Intent;
  readonly text: string;
  readonly passages: readonly Passage[];
}

export interface Failure {
  readonly kind: ErrorKind | 'noModel';
  /** Words for people. */
  readonly text: string;
  readonly mends: readonly Mend[];
}

export type AnswerState =
  | { readonly kind: 'streaming' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'cutOff' } // by the model's or the server's limit of tokens
  | { readonly kind: 'stopped' } // by the user, or by the end of the editor
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Nothing was sent: the user decides what becomes of it. */
  | { readonly kind: 'held'; readonly findings: readonly Finding[] };

export interface Answer {
  readonly role: 'assistant';
  readonly id: string;
  readonly text: string;
  readonly thinking: string;
  /** Milliseconds from the first thought to the first word of the answer; absent while it thinks. */
  readonly thinkingMs?: number;
  /** Absent when there was no model to ask. */
  readonly model?: { readonly id: ModelId; readonly label: string; readonly zone: Zone };
  /** What had to be left out of the request to fit the context, in words. */
  readonly omitted?: string;
  readonly state: AnswerState;
}

export type Message = Question | Answer;

/** A conversation. Never changed in place; it keeps the level of every text that ever entered it, until the
 * user releases it. */
export interface Thread {
  readonly id: string;
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly messages: readonly Message[];
  readonly taint: readonly Taint[];
  /** Each time that the user let it go on under a looser level. */
  readonly released?: readonly Release[];
}

export function startThread(id: string, now: number): Thread {
  return { id, title: '', createdAt: now, updatedAt: now, messages: [], taint: [] };
}

/** Appends a question; the first one names the thread. */
export function addQuestion(thread: Thread, question: Question, now: number): Thread {
  return {
    ...thread,
    title: thread.title || titleOf(question),
    updatedAt: now,
    messages: [...thread.messages, question],
    taint: question.passages.reduce((taint, passage) => addTaint(taint, passage.taint), thread.taint),
  };
}

export function addAnswer(thread: Thread, answer: Answer, now: number): Thread {
  return { ...thread, updatedAt: now, messages: [...thread.messages, answer] };
}

/** Replaces the answer with the same id; the thread stays as it is when there is none. */
export function updateAnswer(thread: Thread, id: string, change: (answer: Answer) => Answer, now: number): Thread {
  const messages = thread.messages.map((m) => (m.role === 'assistant' && m.id === id ? change(m) : m));
  return { ...thread, updatedAt: now, messages };
}

/** The thread with a question's words changed and everything after it gone; `undefined` when there is no such question. */
export function editQuestion(thread: Thread, id: string, text: string, now: number): Thread | undefined {
  const at = thread.messages.findIndex((m) => m.id === id);
  const question = thread.messages[at];
  if (question?.role !== 'user') return undefined;
  const edited = { ...question, text };
  return {
    ...thread,
    title: at === 0 ? titleOf(edited) : thread.title,
    updatedAt: now,
    messages: [...thread.messages.slice(0, at), edited],
  };
}

/** The thread up to the question that an answer belongs to; `undefined` when there is no such answer. */
export function dropAnswer(thread: Thread, id: string, now: number): Thread | undefined {
  const at = thread.messages.findIndex((m) => m.id === id);
  if (at < 1 || thread.messages[at]?.role !== 'assistant') return undefined;
  return { ...thread, updatedAt: now, messages: thread.messages.slice(0, at) };
}

/** Answers that were on their way when the editor ended are stopped, with the text so far. */
export function settle(thread: Thread): Thread {
  if (!thread.messages.some(isStreaming)) return thread;
  const messages = thread.messages.map((m): Message => (isStreaming(m) ? { ...m, state: { kind: 'stopped' } } : m));
  return { ...thread, messages };
}

/** The thread with the title that its first question gives it. */
export function retitled(thread: Thread): Thread {
  const first = thread.messages[0];
  return first?.role === 'user' ? { ...thread, title: titleOf(first) } : thread;
}

function isStreaming(message: Message): message is Answer {
  return message.role === 'assistant' && message.state.kind === 'streaming';
}

const TITLE_LENGTH = 60;

function titleOf({ text, passages }: Question): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  const of = passages[0]?.name.split('/').at(-1);
  const title = of ? `${line.replace(/[.:?!]+$/u, '')} (${of})` : line;
  const letters = Array.from(title);
  return letters.length > TITLE_LENGTH
    ? `${letters
        .slice(0, TITLE_LENGTH - 1)
        .join('')
        .trimEnd()}…`
    : title;
}

/** The strictest level that a thread has, for people; `undefined` while nothing entered it. */
export function levelOfThread(thread: Thread): Level | undefined {
  const levels = thread.taint.map((t) => t.level);
  return levels.includes('private') ? 'private' : levels.includes('internal') ? 'internal' : levels[0];
}
