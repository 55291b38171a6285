import { AppError, type Refusal, isRefusal } from '../outcome.ts';
import type { Model } from '../model.ts';
import type { CompleteRequest, Usage } from '../provider.ts';
import type { Sources } from '../routing/road.ts';
import { cleanAnswer, holeMarks, holePrompt } from './holeFilling.ts';
import { PROFILES } from './profileData.ts';
import { type Profile, renderPrompt } from './profiles.ts';
import type { Send } from './run.ts';

/** A hole with one right text, which only the text after it tells. */
export interface KnownHole {
  readonly prefix: string;
  readonly suffix: string;
  /** What has to come; no model comes upon it by the prefix alone. */
  readonly answer: string;
  readonly fileName: string;
  readonly languageId: string;
}

export const KNOWN_HOLE: KnownHole = {
  prefix: 'def double(number):\n    return number * 2\n\n\ndef half(',
  suffix: '):\n    return walrus / 2\n\n\nprint(double(2), half(4))\n',
  answer: 'walrus',
  fileName: 'numbers.py',
  languageId: 'python',
};

/** Of the answer: the name is one or two tokens; the rest shows whether the model knows where to stop. */
const PROBE_TOKENS = 24;
/** A chat may say more around it. */
const CHAT_TOKENS = 96;

/** What an answer says of a model. */
export const FINDINGS = [
  'fills',
  'overruns', // fills, and goes on with what stands after the hole
  'markers', // the markers came back as text: they are none of this model's tokens
  'thinking', // thoughts instead of text
  'prose', // sentences or a fence: a chat model, or a server that makes a chat of raw prompts
  'ignoresSuffix', // goes on as if the file ended at the cursor
  'empty',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** One question about a hole, and what came back. */
export interface Exchange {
  readonly hole: KnownHole;
  /** How it was asked: in the form of a profile, or as a chat. */
  readonly by: Profile | 'holeFilling';
  /** As it was sent. */
  readonly prompt: string;
  readonly text: string;
  readonly thinking: string;
  readonly usage?: Usage;
  readonly error?: AppError;
}

/** Asks a model to fill a hole. The text is nobody's. Rejects only with the signal's reason. */
export async function ask(
  model: Model,
  by: Profile | 'holeFilling',
  send: Send,
  signal: AbortSignal,
  hole: KnownHole = KNOWN_HOLE,
): Promise<Exchange | Refusal> {
  const messages = by === 'holeFilling' ? holePrompt(hole, hole) : [];
  const prompt =
    by === 'holeFilling' ? messages.map(({ text }) => text).join('\n\n') : renderPrompt(by, hole.prefix, hole.suffix);
  let text = '';
  let thinking = '';
  let usage: Usage | undefined;
  const told = (error?: AppError): Exchange => {
    const more = { ...(usage && { usage }), ...(error && { error }) };
    return { hole, by, prompt, text, thinking, ...more };
  };
  try {
    const answer =
      by === 'holeFilling'
        ? await send.chat(chatOf(model, hole), NOBODY, signal)
        : await send.complete(holeRequest(model, by, hole, prompt), NOBODY, signal);
    if (isRefusal(answer)) return answer;
    for await (const piece of answer) {
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'thinking') thinking += piece.text;
      else usage = piece.usage;
    }
    signal.throwIfAborted();
    return told();
  } catch (error) {
    signal.throwIfAborted();
    return told(
      error instanceof AppError ? error : new AppError('serverError', { detail: String(error), cause: error }),
    );
  }
}

/** The window's level holds, as for all that is about no document. */
const NOBODY: Sources = [{ kind: 'window' }];

function holeRequest(model: Model, profile: Profile, hole: KnownHole, prompt: string): CompleteRequest {
  const separate = profile.order === 'separate' ? { suffix: hole.suffix } : {};
  // Markers that come back are to be seen.
  const markers = new Set(profile.frame.map((part) => part.trim()));
  const stops = profile.stops.filter((stop) => !markers.has(stop));
  return { model, prompt, ...separate, stops, maxTokens: PROBE_TOKENS, temperature: 0 };
}

function chatOf(model: Model, hole: KnownHole) {
  return {
    model,
    messages: holePrompt(hole, hole),
    maxTokens: CHAT_TOKENS,
    think: false,
    stops: [holeMarks(hole).close],
    // Reasoning models of some vendors accept no temperature.
    ...(model.abilities.thinking ? {} : { temperature: 0 }),
  };
}

const MARKERS: ReadonlySet<string> = new Set(
  PROFILES.flatMap(({ frame }) => frame.map((part) => part.trim()).filter((part) => part.length > 1)),
);
/** How answers to people begin. */
const TALK =
  /^(?:sure|certainly|of course|okay|here|the|this|it|to|in|your?|i|as|let|we|based|looks?|python)\b[^\n]*\b\w+\b/i;

/** Judges an answer to a known hole. An exchange that failed says nothing. */
export function judge({ hole, by, text, thinking }: Exchange): Finding {
  const said = (by === 'holeFilling' ? cleanAnswer(text, hole) : text).trimStart();
  if (said.startsWith(hole.answer) && !/^\w/.test(said.slice(hole.answer.length))) {
    const rest = said.slice(hole.answer.length).replaceAll(/\s/g, '');
    return rest.startsWith(hole.suffix.replaceAll(/\s/g, '').slice(0, 8)) ? 'overruns' : 'fills';
  }
  if (THOUGHTS.test(text)) return 'thinking';
  if (hasMarker(said)) return 'markers';
  if (said.trim() === '') return thinking.trim() === '' ? 'empty' : 'thinking';
  if (said.includes('```') || TALK.test(said)) return 'prose';
  return 'ignoresSuffix';
}

/** Whether an answer to any hole is of a kind that no model gives which fills in the middle. Prose may be what was wanted. */
export function looksWrong(text: string): boolean {
  return THOUGHTS.test(text) || hasMarker(text) || /^\s*(?:sure|certainly|here is|here's)\b[^\n]*\n+```/i.test(text);
}

const THOUGHTS = /<\/?think(?:ing)?>/i;

function hasMarker(text: string): boolean {
  return [...MARKERS].some((marker) => text.includes(marker));
}

export function doesFill(finding: Finding): boolean {
  return finding === 'fills' || finding === 'overruns';
}

/**
 * Whether a finding is reason enough to ask the model as a chat from now on. Small models go wrong in other ways too, and
 * are of use all the same.
 */
export function isProofAgainst(finding: Finding): boolean {
  return finding === 'markers' || finding === 'thinking' || finding === 'prose';
}
