/** What brackets are in some code: the bench's own judgement, apart from the code that it judges. */
const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const CLOSERS = new Set(Object.values(PAIRS));
const QUOTES = new Set(['"', "'", '`']);

export interface Balance {
  /** Closers that close nothing. */
  readonly errors: number;
  /** Openers that nothing closes. */
  readonly open: number;
}

/** Calls for each bracket outside of strings and comments. */
function scan(code: string, visit: (bracket: string, at: number) => boolean | void): void {
  for (let at = 0; at < code.length; at++) {
    const character = code.charAt(at);
    if (QUOTES.has(character)) {
      const end = quoteEnd(code, at);
      if (end !== undefined) at = end;
    } else if (
      code.startsWith('//', at) ||
      (character === '#' && /(^|\s)$/.test(code.slice(Math.max(0, at - 1), at)))
    ) {
      const end = code.indexOf('\n', at);
      at = end < 0 ? code.length : end;
    } else if ((character in PAIRS || CLOSERS.has(character)) && visit(character, at) === true) return;
  }
}

/** The closing quote on the same line. */
export function quoteEnd(code: string, open: number): number | undefined {
  for (let at = open + 1; at < code.length && code[at] !== '\n'; at++) {
    if (code[at] === '\\') at++;
    else if (code[at] === code[open]) return at;
  }
  return undefined;
}

export function balanceOf(code: string): Balance {
  const { stack, stray } = matched(code);
  return { errors: stray.length, open: stack.length };
}

/** Closers that nothing in this code opens. */
export function strayClosers(code: string): string {
  return matched(code).stray;
}

/** A closer closes the innermost opener of its kind; what was opened inside of that stays open for good. */
function matched(code: string): { stack: string[]; stray: string } {
  const stack: string[] = [];
  let stray = '';
  scan(code, (bracket) => {
    const closer = PAIRS[bracket];
    if (closer !== undefined) stack.push(closer);
    else if (stack.includes(bracket)) stack.length = stack.lastIndexOf(bracket);
    else stray += bracket;
  });
  return { stack, stray };
}

/** The index at which the opener at `open` is closed, before `end`. */
export function closedAt(text: string, open: number, end: number): number | undefined {
  const opener = text.charAt(open);
  if (QUOTES.has(opener)) {
    const found = quoteEnd(text, open);
    return found !== undefined && found < end ? found : undefined;
  }
  let depth = 0;
  let found: number | undefined;
  scan(text.slice(open, end), (bracket, at) => {
    depth += bracket in PAIRS ? 1 : -1;
    if (depth > 0) return false;
    if (bracket === PAIRS[opener]) found = open + at;
    return true;
  });
  return found;
}

export function closerOf(opener: string): string | undefined {
  return QUOTES.has(opener) ? opener : PAIRS[opener];
}
