const OPENERS = '([{';
const CLOSERS = ')]}';
const QUOTES = '"\'`';

/** A bracket in some text. */
interface Bracket {
  readonly at: number;
  readonly opens: boolean;
}

/**
 * The brackets of some code, without those in strings that end on their line and in comments that begin with `//` or
 * `# `. An approximation that is right for nearly all code of all languages; nothing breaks where it is not.
 */
function bracketsOf(code: string): Bracket[] {
  const found: Bracket[] = [];
  let at = 0;
  while (at < code.length) {
    const character = code.charAt(at);
    if (QUOTES.includes(character)) at = stringEnd(code, at);
    else if (startsComment(code, at)) at = lineEnd(code, at);
    else if (OPENERS.includes(character)) found.push({ at, opens: true });
    else if (CLOSERS.includes(character)) found.push({ at, opens: false });
    at++;
  }
  return found;
}

/** Index of the closing quote; of the quote itself where none follows on the line (an apostrophe, a lifetime). */
function stringEnd(code: string, open: number): number {
  for (let at = open + 1; at < code.length && code[at] !== '\n'; at++) {
    if (code[at] === '\\') at++;
    else if (code[at] === code[open]) return at;
  }
  return open;
}

function startsComment(code: string, at: number): boolean {
  if (code.startsWith('//', at)) return code[at - 1] !== ':';
  return code.startsWith('# ', at) && (at === 0 || /\s/.test(code.charAt(at - 1)));
}

function lineEnd(code: string, at: number): number {
  const end = code.indexOf('\n', at);
  return end < 0 ? code.length : end;
}

/** Brackets opened less brackets closed; closers without an opener in the text do not count against later openers. */
export function openBrackets(code: string): number {
  let depth = 0;
  for (const { opens } of bracketsOf(code)) depth = opens ? depth + 1 : Math.max(0, depth - 1);
  return depth;
}

/** The depth after some more code. Can become negative. */
export function depthAfter(depth: number, code: string): number {
  return bracketsOf(code).reduce((sum, { opens }) => sum + (opens ? 1 : -1), depth);
}

/**
 * The brackets that are open after some more code, outermost first; `undefined` when a bracket closes one of another kind.
 * Closers of what was opened before all of it are passed over.
 */
export function openAfter(open: string, code: string): string | undefined {
  let stack = open;
  for (const { at, opens } of bracketsOf(code)) {
    const character = code.charAt(at);
    if (opens) stack += character;
    else if (stack !== '' && CLOSERS.indexOf(character) !== OPENERS.indexOf(stack.slice(-1))) return undefined;
    else stack = stack.slice(0, -1);
  }
  return stack;
}

/** Indexes of the closers that nothing in the text opens. */
export function strayClosers(code: string): number[] {
  const stray: number[] = [];
  let depth = 0;
  for (const { at, opens } of bracketsOf(code)) {
    if (opens) depth++;
    else if (depth > 0) depth--;
    else stray.push(at);
  }
  return stray;
}

/** Index of the first quote of this kind that is not escaped. */
export function firstQuote(code: string, quote: string): number | undefined {
  for (let at = 0; at < code.length; at++) {
    if (code[at] === '\\') at++;
    else if (code[at] === quote) return at;
  }
  return undefined;
}

export function isQuote(character: string): boolean {
  return character !== '' && QUOTES.includes(character);
}

/** Whether a line starts with a closer, as the last line of a block does. */
export function closesFirst(line: string): boolean {
  const first = line.trimStart().charAt(0);
  return first !== '' && CLOSERS.includes(first);
}
