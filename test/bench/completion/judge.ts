import { balanceOf, strayClosers } from './bracketText.ts';
import { CONTROL_TEXTS } from './markers.ts';
import type { Item } from './subject.ts';
import type { Writer } from './writer.ts';

export const HARMS = ['marker', 'suffix', 'repeated', 'unbalanced'] as const;
export type Harm = (typeof HARMS)[number];

/** What a shown text is worth at the cursor. */
export interface Verdict {
  /** Characters that are right before the first wrong one. */
  readonly right: number;
  readonly length: number;
  /** How it would break the file. */
  readonly harms: readonly Harm[];
  /** Its first word is right and it breaks nothing: it can be taken, in part at least. */
  readonly valid: boolean;
  /** All of it is right, and what it takes the place of belongs to it. */
  readonly whole: boolean;
  /** Its first line is the rest of the true line. */
  readonly line: boolean;
}

export function judge(writer: Writer, { text, replaces }: Item): Verdict {
  const { text: file, at, region } = writer;
  const truth = file.slice(at, region.end);
  let right = 0;
  while (right < text.length && text[right] === truth[right]) right++;
  const fits = writer.covered(right) === replaces;
  const harms = harmsOf(writer, { text, replaces }, right, truth);
  const word = /^\s*(?:\w+|[^\w\s]+)/.exec(text)?.[0].length ?? text.length;
  const [first = ''] = text.split('\n');
  return {
    right,
    length: text.length,
    harms,
    valid: text.trim() !== '' && right >= word && harms.length === 0,
    whole: right === text.length && fits,
    line: first === truth.split('\n', 1)[0] && right >= first.length,
  };
}

function harmsOf(writer: Writer, { text, replaces }: Item, right: number, truth: string): Harm[] {
  const harms: Harm[] = [];
  if (CONTROL_TEXTS.some((control) => text.includes(control)) || (text.includes('```') && !truth.includes('```'))) {
    harms.push('marker');
  }
  const { lines, above } = wrongLines(writer, text, right);
  const below = linesBelow(writer);
  if (lines.some((line) => isTelling(line) && (line === below[0] || (line.length >= 8 && below.includes(line))))) {
    harms.push('suffix');
  }
  if (lines.some((line, index) => isTelling(line) && line === (index === 0 ? above : lines[index - 1]))) {
    harms.push('repeated');
  }
  if (isUnbalanced(writer, text, replaces)) harms.push('unbalanced');
  return harms;
}

/** Lines with something on them from the first wrong character on, as whole lines, and the line before them. */
function wrongLines({ buffer }: Writer, text: string, right: number): { lines: string[]; above: string | undefined } {
  const { line, character } = buffer.cursor;
  const whole = buffer.line(line).slice(0, character) + text;
  const from = right === text.length ? whole.length : character + right;
  const start = whole.lastIndexOf('\n', from - 1) + 1;
  const filled = (part: string) => part.split('\n').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
  let above = filled(whole.slice(0, start)).at(-1);
  for (let at = line - 1; above === undefined && at >= 0; at--) above = filled(buffer.line(at))[0];
  return { lines: right === text.length ? [] : filled(whole.slice(start)), above };
}

function linesBelow({ buffer }: Writer): string[] {
  const found: string[] = [];
  for (let at = buffer.cursor.line + 1; at < buffer.lineCount && found.length < 3; at++) {
    const line = buffer.line(at).trim();
    if (line !== '') found.push(line);
  }
  return found;
}

/** Whether a line says something: closers alone are judged by their balance. */
function isTelling(line: string): boolean {
  return (line.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 3;
}

/** Whether closers come twice, or go without being given back, when the text is taken. */
function isUnbalanced({ text: file, region, at, pendings }: Writer, text: string, replaces: number): boolean {
  const closers = pendings
    .toReversed()
    .map((pending) => pending.text)
    .join('');
  const typed = file.slice(region.start, at);
  const errors = balanceOf(typed + text + closers.slice(replaces)).errors;
  const before = balanceOf(typed + closers).errors;
  const truth = balanceOf(file.slice(region.start, region.end)).errors;
  if (errors > Math.max(before, truth)) return true;
  const replaced = closers.slice(0, replaces).replaceAll(/["'`\s]/g, '');
  return strayClosers(text).length < replaced.length;
}
