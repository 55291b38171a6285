import type { NativeModel } from './native.ts';

/** Turns tokens into text as they come; a character whose bytes are spread over tokens comes with the last of them. */
export interface TokenText {
  push(token: number): string;
  /** What was held back at the end, less a character that is not whole. */
  rest(): string;
}

/** `before` is the last token of the prompt: some vocabularies drop the space before a word at the start of a text. */
export function createTokenText(model: Pick<NativeModel, 'detokenize'>, before: number | undefined): TokenText {
  let tokens = before === undefined ? [] : [before];
  let shown = before === undefined ? 0 : textOf(tokens).length;
  function textOf(some: readonly number[]): string {
    return model.detokenize(Uint32Array.from(some), true);
  }
  return {
    push(token) {
      tokens.push(token);
      const text = textOf(tokens);
      if (text.endsWith(INCOMPLETE)) return '';
      const fresh = text.slice(shown);
      // Only the last one is needed to go on from.
      if (tokens.length > 8) {
        tokens = [token];
        shown = textOf(tokens).length;
      } else shown = text.length;
      return fresh;
    },
    rest: () => textOf(tokens).slice(shown).replace(CUT, ''),
  };
}

/** What stands for bytes that are not a whole character. */
const INCOMPLETE = '\uFFFD';
const CUT = new RegExp(`${INCOMPLETE}+$`);
