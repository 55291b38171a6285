/** Lines of a document, read without copying it. */
export interface TextAccess {
  readonly lineCount: number;
  /** Text of a line without its end. Only lines that are there: editors throw. */
  line(index: number): string;
}

/** Zero-based, in UTF-16 units. */
export interface Cursor {
  readonly line: number;
  readonly character: number;
}

export function textOf(content: string): TextAccess {
  const lines = content.split(/\r\n|\r|\n/);
  return { lineCount: lines.length, line: (index) => lines[index] ?? '' };
}

/** Texts one after the other, as if they were one document (the cells of a notebook). */
export function joinTexts(parts: readonly TextAccess[]): TextAccess {
  const starts: number[] = [];
  let lineCount = 0;
  for (const part of parts) {
    starts.push(lineCount);
    lineCount += part.lineCount;
  }
  return {
    lineCount,
    line(index) {
      const at = starts.findLastIndex((start) => start <= index);
      return parts[at]?.line(index - (starts[at] ?? 0)) ?? '';
    },
  };
}

/** The same text with one line replaced. */
export function withLine(text: TextAccess, line: number, content: string): TextAccess {
  return { lineCount: text.lineCount, line: (index) => (index === line ? content : text.line(index)) };
}

/** Moves an index off the second half of a surrogate pair. */
export function wholeCharacter(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff ? index + 1 : index;
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

export function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

/** Width of some indentation. */
export function columns(indent: string, tabSize: number): number {
  let column = 0;
  for (const character of indent)
    column = character === '\t' ? (Math.floor(column / tabSize) + 1) * tabSize : column + 1;
  return column;
}
