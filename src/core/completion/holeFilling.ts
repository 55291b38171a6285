import type { ChatMessage } from '../provider.ts';
import { isBlank } from './text.ts';
import type { Window } from './window.ts';

/** What a chat model is told about the document. */
export interface HoleContext {
  readonly languageId: string;
  /** Name of the file, without folders above the workspace. */
  readonly fileName: string;
}

/** A marker that the text itself does not contain. */
export function holeMarker({ prefix, suffix }: Window): string {
  let marker = '<<<HOLE>>>';
  for (let n = 1; prefix.includes(marker) || suffix.includes(marker); n++) marker = `<<<HOLE-${n}>>>`;
  return marker;
}

/** A chat request that asks a model without fill-in-the-middle training for the text at the cursor. */
export function holePrompt(window: Window, context: HoleContext): ChatMessage[] {
  const marker = holeMarker(window);
  return [
    {
      role: 'system',
      text: [
        `You complete text inside an editor. The user sends part of a file in which ${marker} marks the cursor.`,
        `Reply with the text that belongs in place of ${marker}, and with nothing else: no explanation, no Markdown fence,`,
        'and nothing of what already stands before or after the mark. Keep to the style of the file. If nothing is',
        'missing there, reply with an empty message.',
      ].join(' '),
    },
    {
      role: 'user',
      text: `File ${context.fileName} (${context.languageId}):\n\n${window.prefix}${marker}${window.suffix}`,
    },
  ];
}

const PROSE =
  /^(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|the (?:missing|completed?|following)|to complete)\b[^\n]*\n/i;

/** The text for the hole out of an answer: without thoughts, fences, sentences around it, the marker and echoes. */
export function cleanAnswer(answer: string, window: Window): string {
  let text = answer.replaceAll(/\r\n?/g, '\n').replace(/^\s*<think>[\s\S]*?<\/think>\s*/, '');
  const fence = /(?:^|\n)[ \t]*```[^\n`]*\n([\s\S]*?)(?:\n?[ \t]*```|$)/.exec(text);
  text = fence ? (fence[1] ?? '') : text.replace(PROSE, '');
  return withoutEcho(text.replaceAll(holeMarker(window), ''), window);
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
