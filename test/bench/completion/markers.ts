import { PROFILES } from '../../../src/core/completion/profiles.ts';
import type { ChatRequest, CompleteRequest } from '../../../src/core/provider.ts';

/** A prompt taken apart: the text before and after the hole, without the markers of any family. */
export interface Hole {
  readonly prefix: string;
  readonly suffix: string;
  /** Whether the cursor's line stands at the very end, and the suffix begins with the line below. */
  readonly lineLast: boolean;
}

/** What stands before the prefix, before the suffix, and before what the model writes. From the families' own documents. */
const FRAMES: readonly (readonly [prefix: string, suffix: string, middle: string])[] = [
  ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'],
  ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
  ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
  ['<PRE> ', ' <SUF>', ' <MID>'],
  ['[PREFIX]', '[SUFFIX]', '[MIDDLE]'],
  ['<[fim-prefix]>', '<[fim-suffix]>', '<[fim-middle]>'],
];
/** The same without the spaces that a variant with an empty side leaves out. */
const MARKS = FRAMES.map((frame) => frame.map((mark) => mark.trim()));

const TEXTS = [...PROFILES.map(({ stops }) => stops), ...PROFILES.map(({ reserved }) => reserved), ...MARKS].flat();
/** Texts that no file has and that would ruin one. */
export const CONTROL_TEXTS: readonly string[] = [...new Set(TEXTS)].filter((text) => text.length > 3);

/**
 * The three parts may come in any order, and the prefix in two pieces: what stands after the last marker goes on where the
 * part before the cursor ends (suffix-first forms, and those with the cursor's line last). Other files before the prefix
 * marker fall away; inside of the prefix they stay, and are not found in the truth.
 */
export function holeIn(prompt: string): Hole | undefined {
  for (const [index, frame] of FRAMES.entries()) {
    const marks = MARKS[index] ?? [];
    const places = marks
      .map((mark, part) => ({ part, at: prompt.lastIndexOf(mark), length: mark.length }))
      .filter(({ at }) => at >= 0)
      .toSorted((a, b) => a.at - b.at);
    if (places.length < 2) continue;
    const parts = ['', '', ''];
    for (const [order, { part, at, length }] of places.entries()) {
      parts[part] = prompt.slice(at + length, places[order + 1]?.at ?? prompt.length);
    }
    const [prefix = '', suffix = '', rest = ''] = parts;
    const spaced = frame[0].endsWith(' ');
    return {
      prefix: (spaced ? prefix.replace(/^ | $/g, '') : prefix) + (spaced ? rest.replace(/^ /, '') : rest),
      suffix: spaced ? suffix.replace(/ $/, '') : suffix,
      lineLast: prefix.endsWith('\n') && rest !== '',
    };
  }
  return undefined;
}

/** A plain prompt, with the suffix in a field of its own or none at all. */
export function holeOf(request: CompleteRequest): Hole {
  if ('suffix' in request && typeof request.suffix === 'string') {
    return { prefix: request.prompt, suffix: request.suffix, lineLast: false };
  }
  return holeIn(request.prompt) ?? { prefix: request.prompt, suffix: '', lineLast: false };
}

const HOLE = /<<<HOLE(?:-\d+)?>>>/;

/** The hole of a question to a chat model: the last message that has the mark. */
export function holeOfChat(request: ChatRequest): Hole | undefined {
  const text = request.messages.findLast((message) => message.role === 'user' && HOLE.test(message.text))?.text;
  const found = text === undefined ? null : HOLE.exec(text);
  if (text === undefined || !found) return undefined;
  return { prefix: text.slice(0, found.index), suffix: text.slice(found.index + found[0].length), lineLast: false };
}
