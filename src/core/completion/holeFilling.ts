import type { ChatMessage } from '../provider.ts';
import { isBlank } from './text.ts';
import type { Window } from './window.ts';

/** What a chat model is told about the document. */
export interface HoleContext {
  readonly languageId: string;
  /** Name of the file, without folders above the workspace. */
  readonly fileName: string;
}

/** What stands in for the hole, and what the answer stands between: none of it is in the text itself. */
export interface HoleMarks {
  readonly hole: string;
  readonly open: string;
  /** Ends the answer; worth a stop sequence. */
  readonly close: string;
}

export function holeMarks({ prefix, suffix }: Window): HoleMarks {
  const has = (text: string) => prefix.includes(text) || suffix.includes(text);
  for (let n = 0; ; n++) {
    const tail = n === 0 ? '' : `-${n}`;
    const marks = { hole: `<<<HOLE${tail}>>>`, open: `<fill${tail}>`, close: `</fill${tail}>` };
    if (!has(marks.hole) && !has(marks.open) && !has(marks.close)) return marks;
  }
}

/**
 * A chat request that asks a model without fill-in-the-middle training for the text at the cursor. The answer is asked for
 * between tags: models from Claude 4.6 on do not let anybody begin their answer for them (400), and a tag is an
 * end that every vendor can stop at.
 */
export function holePrompt(window: Window, context: HoleContext): ChatMessage[] {
  const { hole, open, close } = holeMarks(window);
  return [
    {
      role: 'system',
      text: [
        `You complete text inside an editor. The user sends part of a file in which ${hole} marks the cursor.`,
        `Reply with ${open}, then at once the text that belongs in place of ${hole}, then ${close}, and with nothing else:`,
        'no explanation, no Markdown fence, and nothing of what already stands before or after the mark. Keep to the style',
        `of the file. If nothing is missing there, reply with ${open}${close}.`,
      ].join(' '),
    },
    {
      role: 'user',
      text: `File ${context.fileName} (${context.languageId}):\n\n${window.prefix}${hole}${window.suffix}`,
    },
  ];
}

const PROSE =
  /^(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|the (?:missing|completed?|following)|to complete)\b[^\n]*\n/i;

const FENCE = /(?:^|\n)[ \t]*```[^\n`]*\n([\s\S]*?)(?:\n?[ \t]*```|$)/;
const WHOLE_FENCE = /^\s*```[^\n`]*\n([\s\S]*?)(?:\n?[ \t]*```\s*)?$/;

/** The text for the hole out of an answer: without tags, thoughts, fences, sentences around it, the marker and echoes. */
export function cleanAnswer(answer: string, window: Window): string {
  const { hole, open, close } = holeMarks(window);
  const text = answer.replaceAll(/\r\n?/g, '\n').replace(/^\s*<think>[\s\S]*?<\/think>\s*/, '');
  const tagged = betweenTags(text, open, close);
  // Between tags, a fence that is not around everything belongs to the text, as in Markdown files.
  const fence = tagged === undefined ? FENCE.exec(text) : WHOLE_FENCE.exec(tagged);
  const inner = fence ? (fence[1] ?? '') : (tagged ?? text.replace(PROSE, ''));
  return withoutEcho(inner.replaceAll(hole, ''), window);
}

/** What stands between the tags, without the line ends that make a block of them; `undefined` without an opening tag. */
function betweenTags(text: string, open: string, close: string): string | undefined {
  const at = text.indexOf(open);
  const from = at < 0 ? -1 : at + open.length;
  const end = text.indexOf(close, Math.max(0, from));
  if (from < 0) return end < 0 ? undefined : text.slice(0, end);
  const inside = text.slice(from, end < 0 ? undefined : end);
  return /^\n[\s\S]*\n$/.test(inside) ? inside.slice(1, -1) : inside;
}

/** Chat models like to repeat the cursor's line, or everything, before they go on. */
function withoutEcho(text: string, { prefix, suffix }: Window): string {
  const lineBefore = prefix.slice(prefix.lastIndexOf('\n') + 1);
  let rest = text;
  if (!isBlank(prefix) && rest.startsWith(prefix)) rest = rest.slice(prefix.length);
  else if (!isBlank(lineBefore)) {
    const echoed = [prefix.slice(-4 * lineBefore.length - 200), lineBefore, lineBefore.trimStart()].find(
      (part) => part.length > 1 && rest.startsWith(part),
    );
    if (echoed !== undefined) rest = rest.slice(echoed.length);
  }
  if (suffix.trim().length >= 8 && rest.endsWith(suffix)) rest = rest.slice(0, -suffix.length);
  return rest;
}
