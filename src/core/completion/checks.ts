import type { Model } from '../model.ts';
import { type Mend, explain } from '../wording.ts';
import { type Exchange, type Finding, KNOWN_HOLE, type KnownHole, doesFill, judge } from './probe.ts';
import type { Profile } from './profiles.ts';
import { wholeCharacter } from './text.ts';

/** What would help. Everything that changes a setting says which. */
export type Remedy =
  | { readonly kind: 'switchModel' }
  /** To ask the model in the form of another family, or as a chat. */
  | { readonly kind: 'useProfile'; readonly match: string; readonly use: string }
  /** To send at most so many tokens. */
  | { readonly kind: 'smallerPrompts'; readonly tokens: number }
  /** To say by hand what the prompts of the model look like. */
  | { readonly kind: 'ownProfile' }
  /** To reach an Ollama by its own protocol. */
  | { readonly kind: 'otherProtocol' }
  | { readonly kind: 'mend'; readonly mend: Mend };

/** One thing that was looked at. `note`: neither good nor bad. */
export interface Check {
  readonly outcome: 'good' | 'bad' | 'note';
  readonly title: string;
  readonly text: string;
}

/** Tokens of the answer and of the frame that a prompt has to leave room for. */
const ROOM_TOKENS = 192;
const LEAST_TOKENS = 256;
/** Tokens are estimated before a prompt is sent, and some text has more of them. */
const MARGIN = 0.9;

export function formCheck(model: Model, profile: Profile | 'holeFilling'): Check {
  const title = 'Form of the prompts';
  if (model.profile !== undefined && profile !== 'holeFilling') {
    return { outcome: 'note', title, text: 'As your setting “switchyard.completion.profiles” says.' };
  }
  if (profile === 'holeFilling') {
    return { outcome: 'note', title, text: 'None is known for this model, so it is asked as a chat.' };
  }
  const text =
    profile.order === 'separate'
      ? 'The server puts the markers around both sides of the cursor.'
      : `That of ${profile.id}, by the model’s ${profile.families?.includes(model.family ?? '') === true ? 'family' : 'name'}.`;
  return { outcome: 'note', title, text };
}

const WORDS: Readonly<Record<Finding, readonly [outcome: Check['outcome'], title: string, text: string]>> = {
  fills: ['good', 'A short hole', 'Filled with the one right text, which only the text after the cursor tells.'],
  overruns: [
    'note',
    'A short hole',
    'Filled rightly, and then the text after it was repeated; Switchyard cuts that off. A model for the middle knows where to end.',
  ],
  markers: ['bad', 'Wrong template', 'The markers came back as text: this model does not know them as its own.'],
  thinking: ['bad', 'It thinks', 'Thoughts came instead of the text. Asked as a chat, it can be told not to think.'],
  prose: [
    'bad',
    'A chat answered',
    'Sentences came instead of the text: the model is made for chat, or the server makes a chat of raw prompts.',
  ],
  ignoresSuffix: ['bad', 'The text after the cursor was ignored', 'It went on as if the file ended at the cursor.'],
  empty: ['bad', 'Nothing came', 'The answer was empty: the markers may mean the end to this model.'],
};

export function holeCheck(exchange: Exchange, finding: Finding | undefined): Check {
  if (finding === undefined) {
    const text = exchange.error ? explain(exchange.error).text : 'The server did not take the request.';
    return { outcome: 'bad', title: 'Raw prompts are refused', text };
  }
  const [outcome, title, text] = WORDS[finding];
  return { outcome, title, text: doesFill(finding) || finding === 'empty' ? text : `${text} ${saidOf(exchange)}` };
}

/** What came back, as the end of a sentence. */
export function saidOf({ text, thinking, error }: Exchange): string {
  if (error) return explain(error).text;
  const line = (text.trim() === '' ? thinking : text).trim().replaceAll(/\s+/g, ' ');
  return line === '' ? 'nothing came.' : `“${line.length > 80 ? `${line.slice(0, wholeCharacter(line, 80))}…` : line}”`;
}

/** Characters of a token in code: never fewer than one, seldom more than eight. */
const MOST_CHARACTERS = 8;
const CHARACTERS = 3;

/** Names of numbers, so that the text is neither the same line over and over nor full of digits. */
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ONES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** The same hole with as much text before it as completion sends at most. */
export function longHole(contextTokens: number): KnownHole {
  const room = Math.max(0, (contextTokens - ROOM_TOKENS) * CHARACTERS);
  let before = '';
  for (let n = 0; before.length < room; n++) {
    const [ones, tens] = [ONES[n % ONES.length], TENS[Math.floor(n / ONES.length) % TENS.length]];
    before += `def add_${tens}_${ones}(number):\n    return number + ${tens} + ${ones}\n\n\n`;
  }
  return { ...KNOWN_HOLE, prefix: before + KNOWN_HOLE.prefix };
}

export function lengthCheck(
  model: Model,
  exchange: Exchange,
  contextTokens: number,
): { readonly check: Check; readonly remedy?: Remedy } {
  const { error, usage, hole } = exchange;
  const title = 'A long prompt';
  const smaller = (limit: number): Remedy => {
    return {
      kind: 'smallerPrompts',
      tokens: Math.max(LEAST_TOKENS, Math.floor((limit * MARGIN - ROOM_TOKENS) / 128) * 128),
    };
  };
  const inForce = error?.facts.tokens?.limit ?? model.loaded?.contextLength;
  if (error?.kind === 'contextTooLong') {
    const limit = inForce ?? Math.floor(contextTokens / 2);
    const text = `The server takes ${limit} tokens, and completion may send ${contextTokens}. Send less, or raise the context of the server.`;
    return { check: { outcome: 'bad', title, text }, remedy: smaller(limit) };
  }
  if (error) return { check: { outcome: 'note', title, text: explain(error).text } };
  const counted = usage?.promptTokens;
  const least = (hole.prefix.length + hole.suffix.length) / MOST_CHARACTERS;
  if (counted !== undefined && counted < least) {
    const text = `The server read ${counted} tokens of it: the rest was cut off in silence. Send less, or raise the context of the server.`;
    return { check: { outcome: 'bad', title, text }, remedy: smaller(counted) };
  }
  const finding = judge(exchange);
  if (doesFill(finding)) {
    const read = counted === undefined ? '' : ` (${counted} tokens)`;
    return { check: { outcome: 'good', title, text: `As long as completion sends them${read}, and filled as well.` } };
  }
  // Without counts, a cut prompt shows only by what comes back.
  if (counted === undefined && finding === 'markers') {
    const text = `The short one was filled, and this one not: a part of it may have been cut off. ${saidOf(exchange)}`;
    return { check: { outcome: 'bad', title, text }, remedy: smaller(Math.floor(contextTokens / 2)) };
  }
  return { check: { outcome: 'note', title, text: `Not filled rightly: ${saidOf(exchange)}` } };
}
