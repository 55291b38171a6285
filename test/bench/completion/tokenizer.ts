/**
 * A tokenizer that behaves as those of code models do where it matters here: some 3.5 characters a token, a space belongs to
 * the word after it, control tokens are one token, and a half-written word is another token than the whole one. Works line
 * by line, so that most of a prompt comes out of a memory.
 */
export interface Tokenizer {
  tokens(text: string): readonly string[];
}

const PIECE = / ?[\p{Lu}]?[\p{Ll}]{1,7}| ?[\p{Lu}]{1,5}| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]{1,3}|\t{1,4}| {1,8}|[^]/gu;

/** `control` texts are one token each wherever they stand. */
export function createTokenizer(control: readonly string[] = []): Tokenizer {
  const known = new Map<string, readonly string[]>();
  const longestFirst = control.toSorted((a, b) => b.length - a.length);
  const escaped = longestFirst.map((text) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  const split = control.length === 0 ? undefined : new RegExp(`(${escaped.join('|')})`, 'u');
  const isControl = new Set(control);

  const ofLine = (line: string): readonly string[] => {
    let found = known.get(line);
    if (!found) {
      found = line.match(PIECE) ?? [];
      if (known.size > MOST_LINES) known.clear();
      known.set(line, found);
    }
    return found;
  };

  return {
    tokens(text) {
      const found: string[] = [];
      for (const part of split ? text.split(split) : [text]) {
        if (isControl.has(part)) {
          found.push(part);
          continue;
        }
        const lines = part.split('\n');
        for (const [index, line] of lines.entries()) {
          if (line !== '') for (const token of ofLine(line)) found.push(token);
          if (index < lines.length - 1) found.push('\n');
        }
      }
      return found;
    },
  };
}

const MOST_LINES = 50_000;
