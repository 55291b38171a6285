const FENCED_LANGUAGES = new Set(['markdown', 'quarto', 'rmd', 'mdx']);

/** Whether fences belong to documents of this language. */
export function hasFences(languageId: string): boolean {
  return FENCED_LANGUAGES.has(languageId);
}

/** Whether a line begins or ends a block of Markdown. */
export function isFence(line: string): boolean {
  return /^\s*(?:```|``$)/.test(line);
}

/** Leaves out the line that opens a fence where an answer begins with it. */
export interface FenceSkipper {
  /** Takes more text, gives what is ready of it. */
  take(chunk: string): string;
  /** What was held back, at the end. */
  rest(): string;
}

export function createFenceSkipper(skips: boolean): FenceSkipper {
  let head: string | undefined = skips ? '' : undefined;
  return {
    take(chunk) {
      if (head === undefined) return chunk;
      head += chunk;
      if (/^\s*(?:`{0,2}|```[^\n]*(?:\n[ \t]*)?)$/.test(head)) return '';
      // Bare, on a line of its own and with nothing below: the end of a fence that was never opened.
      if (/^\s*\n\s*```\n\s*\n/.test(head)) return '';
      const text = head.replace(/^\s*```[^\n]*\n/, '');
      head = undefined;
      return text;
    },
    rest() {
      const text = head ?? '';
      head = undefined;
      return text.includes('`') ? '' : text;
    },
  };
}
