import type { Cursor, TextAccess } from '../../../src/core/completion/text.ts';

/** A document under a cursor: lines, as an editor keeps them, so that a key in a long file costs no more than in a short one. */
export interface Buffer extends TextAccess {
  readonly cursor: Cursor;
  moveTo(cursor: Cursor): void;
  /** Puts text before the cursor; the cursor goes behind it, or stays with `stay`. */
  insert(text: string, stay?: boolean): void;
  /** Removes characters of the cursor's line, before and after the cursor. Before a line's start goes its line break. */
  remove(before: number, after: number): void;
}

export function createBuffer(content: string, start: Cursor): Buffer {
  const lines = content.split('\n');
  let cursor = start;
  const current = () => lines[cursor.line] ?? '';
  return {
    get lineCount() {
      return lines.length;
    },
    line: (index) => lines[index] ?? '',
    get cursor() {
      return cursor;
    },
    moveTo(to) {
      cursor = to;
    },
    insert(text, stay = false) {
      const head = current().slice(0, cursor.character);
      const tail = current().slice(cursor.character);
      const parts = text.split('\n');
      const last = parts.length - 1;
      const fresh = parts.map((part, index) => (index === 0 ? head : '') + part + (index === last ? tail : ''));
      lines.splice(cursor.line, 1, ...fresh);
      if (stay) return;
      const end = (last === 0 ? cursor.character : 0) + (parts[last] ?? '').length;
      cursor = { line: cursor.line + last, character: end };
    },
    remove(before, after) {
      const line = current();
      const from = cursor.character - before;
      if (from >= 0) {
        lines[cursor.line] = line.slice(0, from) + line.slice(cursor.character + after);
        cursor = { line: cursor.line, character: from };
        return;
      }
      const above = lines[cursor.line - 1] ?? '';
      lines.splice(cursor.line - 1, 2, above + line.slice(cursor.character + after));
      cursor = { line: cursor.line - 1, character: above.length };
    },
  };
}

/** The position of an offset in some text. */
export function cursorAt(text: string, offset: number): Cursor {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: (before.at(-1) ?? '').length };
}
