import { CONTROL_TEXTS } from './markers.ts';
import { type Random, randomOf } from './random.ts';
import type { Spot } from './truth.ts';

/** How a model that knows the truth answers: rightly, or with one of the faults that real models have. */
export const POLICIES = [
  'exact',
  /** Goes on into the text below the cursor. */
  'overrun',
  /** Repeats a line, or a part of one, until the limit. */
  'loop',
  /** Writes the line above once more. */
  'duplicate',
  /** Wraps the text into a fence, or explains it. */
  'fence',
  /** Goes wrong after some tokens. Nothing can repair that. */
  'wrong',
  /** Stops too soon. */
  'early',
  /** Writes a control token as text and goes on. */
  'marker',
  /** Begins with white space that is there already. */
  'space',
] as const;
export type Policy = (typeof POLICIES)[number];

/** Shares of all answers, in percent. What is wrong beyond repair is rare: the figures are about what a pipeline can mend. */
export const WEIGHTS = {
  clean: [['exact', 1]],
  noisy: [
    ['exact', 50.5],
    ['overrun', 14],
    ['loop', 6],
    ['duplicate', 6],
    ['fence', 5],
    ['wrong', 1.5],
    ['early', 8],
    ['marker', 5],
    ['space', 4],
  ],
} as const satisfies Record<string, readonly (readonly [Policy, number])[]>;
export type Mood = keyof typeof WEIGHTS;

export interface Answer {
  readonly policy: Policy;
  /** What the model would write without any limit; it ends by itself after that, unless it loops. */
  readonly text: string;
  /** Goes on like this for ever. */
  readonly endless?: string;
}

/** The same place gets the same answer, whoever asks. */
export function answerAt(text: string, spot: Spot, mood: Mood, seed: string): Answer {
  const random = randomOf(seed, spot.at);
  const policy = random.weighted<Policy>(WEIGHTS[mood]);
  const truth = text.slice(spot.at, endFor(text, spot, random));
  return { policy, ...ANSWERS[policy]({ text, spot, truth, random }) };
}

interface Scene {
  readonly text: string;
  readonly spot: Spot;
  readonly truth: string;
  readonly random: Random;
}

/** Where the prompt shows closers right of the cursor, most models end before them and some do not mind. */
function endFor(text: string, { at, end, rest }: Spot, random: Random): number {
  const ignores = random.chance(0.4);
  const closer = /^[)\]}>"'`]/.exec(rest)?.[0];
  if (closer === undefined || ignores) return end;
  const found = strayCloser(text, at, end, closer);
  return found ?? end;
}

function strayCloser(text: string, from: number, to: number, closer: string): number | undefined {
  const opener = { ')': '(', ']': '[', '}': '{', '>': '<' }[closer];
  let depth = 0;
  for (let at = from; at < to; at++) {
    if (text[at] === closer && (opener === undefined || depth-- === 0)) return at;
    if (text[at] === opener) depth++;
  }
  return undefined;
}

const ANSWERS: Readonly<Record<Policy, (scene: Scene) => Omit<Answer, 'policy'>>> = {
  exact: ({ truth }) => ({ text: truth }),
  overrun({ text, spot, truth, random }) {
    const lines = text.slice(spot.at + truth.length, spot.end + 2000).split('\n');
    return { text: truth + lines.slice(0, 2 + random.below(5)).join('\n') };
  },
  loop({ text, spot, truth, random }) {
    const lines = truth.split('\n');
    if (random.chance(0.2)) {
      const [first = ''] = lines;
      const unit = first.slice(-3 - random.below(9));
      return { text: first, endless: unit.trim() === '' ? ' 0,' : unit };
    }
    const count = 1 + random.below(Math.min(3, lines.length));
    const before = text.slice(text.lastIndexOf('\n', spot.at - 1) + 1, spot.at);
    const whole = (before + lines.slice(0, count).join('\n')).split('\n');
    const last = whole.findLast((line) => line.trim() !== '') ?? 'x';
    return { text: lines.slice(0, count).join('\n'), endless: `\n${last}` };
  },
  duplicate({ text, spot, truth }) {
    const lineStart = text.lastIndexOf('\n', spot.at - 1) + 1;
    const before = text.slice(lineStart, spot.at);
    const [first = ''] = truth.split('\n');
    if (before.trim() !== '') return { text: `${first}\n${before}${first}${truth.slice(first.length)}` };
    const above =
      text
        .slice(0, Math.max(0, lineStart - 1))
        .split('\n')
        .findLast((line) => line.trim() !== '') ?? '';
    const indent = above.length - above.trimStart().length;
    return { text: `${above.slice(Math.min(indent, before.length))}\n${before}${truth.replace(/^\n/, '')}` };
  },
  fence: ({ truth, random }) =>
    random.chance(0.5)
      ? { text: `\`\`\`\n${truth}\n\`\`\`` }
      : { text: `${truth}\n\`\`\`\n\nThis completes the code. It handles the remaining cases and returns the result.` },
  wrong({ text, spot, truth, random }) {
    const cut = 4 + random.below(Math.max(1, Math.min(160, truth.length)));
    const from = text.indexOf('\n', random.below(Math.max(1, text.length - 600)));
    const other = text.slice(from, from + 300);
    const right = truth.slice(0, cut);
    return { text: right + (text.startsWith(other[0] ?? '', spot.at + right.length) ? 'x' : '') + other };
  },
  early({ truth, random }) {
    const most = Math.max(2, Math.min(truth.length, 120));
    return { text: truth.slice(0, 1 + random.below(most)) };
  },
  marker({ text, spot, truth, random }) {
    const marker = CONTROL_TEXTS[random.below(CONTROL_TEXTS.length)] ?? '';
    const lines = text.slice(spot.at + truth.length, spot.end + 2000).split('\n');
    // Where the model means to end, or early.
    const right = random.chance(0.5) ? truth : (truth.split('\n', 1)[0] ?? '');
    return { text: `${right}${marker}${lines.slice(0, 4).join('\n')}` };
  },
  space({ text, spot, truth }) {
    const indent = text.slice(text.lastIndexOf('\n', spot.at - 1) + 1, spot.at);
    if (indent !== '' && indent.trim() === '') return { text: indent + truth };
    return { text: /[ \t]$/.test(indent) ? ` ${truth}` : truth };
  },
};

/** What a model writes, token by token, ended by its own end or by a stop text of the request. */
export function* outputOf(
  { text, endless }: Answer,
  tokensOf: (text: string) => readonly string[],
  stops: readonly string[],
): Generator<string> {
  const real = stops.filter((stop) => stop !== '');
  const longest = Math.max(1, ...real.map((stop) => stop.length));
  let written = '';
  const batches = function* () {
    yield tokensOf(text);
    if (endless !== undefined) for (;;) yield tokensOf(endless);
  };
  for (const tokens of batches()) {
    for (const token of tokens) {
      const from = Math.max(0, written.length - longest);
      written += token;
      const stop = Math.min(Infinity, ...real.map((each) => written.indexOf(each, from)).filter((at) => at >= 0));
      if (stop !== Infinity) {
        // What the last token brought before the stop; what came with earlier tokens is on its way already.
        const rest = written.slice(written.length - token.length, stop);
        if (rest !== '') yield rest;
        return;
      }
      yield token;
    }
  }
}
