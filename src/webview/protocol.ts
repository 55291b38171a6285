import * as z from 'zod/mini';
import { ZONES } from '../core/model.ts';
import { LEVELS } from '../core/privacy/level.ts';

/**
 * What the chat page and the editor tell each other. Both sides parse what they get: the page shows text of models and
 * files, and the editor acts for the user.
 */

const Id = z.string().check(z.minLength(1), z.maxLength(200));
const Count = z.int().check(z.minimum(0));

const Passage = z.object({ label: z.string(), title: z.string() });

const Question = z.object({
  role: z.literal('user'),
  id: Id,
  text: z.string(),
  passages: z.array(Passage),
});

/** What becomes of a question that was held back. */
const Way = z.enum(['local', 'redact', 'discard']);

/** A model, and where it runs; `builtin` of those of the built-in engine. */
const Model = z.object({ label: z.string(), zone: z.enum(ZONES), builtin: z.exactOptional(z.boolean()) });

const Answer = z.object({
  role: z.literal('assistant'),
  id: Id,
  text: z.string(),
  thinking: z.string(),
  thinkingMs: z.exactOptional(z.number()),
  model: z.exactOptional(Model),
  omitted: z.exactOptional(z.string()),
  state: z.enum(['streaming', 'complete', 'cutOff', 'stopped', 'failed', 'held']),
  /** With a failed state: the words, and the titles of the buttons that mend it. */
  failure: z.exactOptional(z.object({ text: z.string(), buttons: z.array(z.string()) })),
  /** With a held state: why nothing was sent, what was found (secrets covered), and what the user can do. */
  held: z.exactOptional(
    z.object({
      text: z.string(),
      findings: z.array(z.object({ title: z.string(), excerpt: z.exactOptional(z.string()) })),
      ways: z.array(Way),
    }),
  ),
});

/** Who would answer the next question, and how far its text may travel. */
const Heading = z.object({
  model: z.exactOptional(Model),
  /** While another model is loading. */
  switchingTo: z.exactOptional(z.string()),
  /** The strictest of the window's and the conversation's level. */
  level: z.enum(LEVELS),
  /** One sentence about the level, for the tooltip. */
  levelTitle: z.string(),
  /** What stands between the user and an answer: a dead server, a missing key… with its buttons. */
  setup: z.array(z.object({ text: z.string(), button: z.exactOptional(z.string()) })),
});

export const ToPage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('thread'),
    threadId: Id,
    title: z.string(),
    messages: z.array(z.discriminatedUnion('role', [Question, Answer])),
  }),
  z.object({ type: z.literal('heading'), heading: Heading }),
  z.object({ type: z.literal('answer'), answer: Answer }),
  /** More text of one answer; `at` says how much there was before, so that a gap shows. */
  z.object({
    type: z.literal('piece'),
    id: Id,
    at: z.object({ text: Count, thinking: Count }),
    text: z.string(),
    thinking: z.string(),
  }),
  /** What stands in the input box: sent when the page opens, and when a command puts something there. */
  z.object({
    type: z.literal('input'),
    text: z.exactOptional(z.string()),
    passages: z.array(Passage),
    focus: z.boolean(),
    /** What was in the box has been sent. */
    clear: z.exactOptional(z.boolean()),
  }),
  z.object({ type: z.literal('notice'), text: z.string() }),
]);

export const FromPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('ask'), text: z.string() }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('regenerate'), id: Id }),
  z.object({ type: z.literal('resend'), id: Id, text: z.string() }),
  /** The button of a failed answer, by its place; which command it runs is the editor's knowledge. */
  z.object({ type: z.literal('mend'), id: Id, button: Count }),
  z.object({ type: z.literal('held'), id: Id, way: Way }),
  /** Asks for what the next question would send; with the text in the box. */
  z.object({ type: z.literal('manifest'), text: z.string() }),
  z.object({ type: z.literal('setUp'), entry: Count }),
  z.object({
    type: z.literal('code'),
    action: z.enum(['insert', 'replace', 'newFile']),
    code: z.string(),
    language: z.string(),
  }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  z.object({ type: z.literal('copyAnswer'), id: Id }),
  z.object({ type: z.literal('link'), href: z.string() }),
  z.object({ type: z.literal('draft'), text: z.string() }),
  z.object({ type: z.literal('detach'), passage: Count }),
  z.object({ type: z.literal('showPassage'), id: Id, passage: Count }),
  z.object({ type: z.literal('example'), action: z.enum(['explain', 'fix', 'writeTests']) }),
  z.object({ type: z.literal('pickModel') }),
  z.object({ type: z.literal('showLevel') }),
]);

export type ToPage = z.output<typeof ToPage>;
export type FromPage = z.output<typeof FromPage>;
export type PageThread = Extract<ToPage, { type: 'thread' }>;
export type PageMessage = PageThread['messages'][number];
export type PageQuestion = z.output<typeof Question>;
export type PageAnswer = z.output<typeof Answer>;
export type PageHeld = NonNullable<PageAnswer['held']>;
export type PageModel = z.output<typeof Model>;
export type PageHeading = z.output<typeof Heading>;
export type PagePassage = z.output<typeof Passage>;
