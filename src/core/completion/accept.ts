import type { Snapshot, Suggestion } from './snapshot.ts';
import type { TextAccess } from './text.ts';

/** The document as it will be once a suggestion was accepted, with the cursor behind it. */
export function afterAccepting(
  snapshot: Snapshot,
  { text, replaces }: Pick<Suggestion, 'text' | 'replaces'>,
): Snapshot {
  const { cursor } = snapshot;
  const line = snapshot.text.line(cursor.line);
  const added = text.split(/\r\n|\n/);
  const last = added.length - 1;
  const head = (last === 0 ? line.slice(0, cursor.character) : '') + (added[last] ?? '');
  added[0] = line.slice(0, cursor.character) + (added[0] ?? '');
  added[last] = head + line.slice(cursor.character + replaces);
  return {
    ...snapshot,
    text: withLines(snapshot.text, cursor.line, added),
    cursor: { line: cursor.line + last, character: head.length },
  };
}

/** The text with one line replaced by others. */
function withLines(text: TextAccess, at: number, lines: readonly string[]): TextAccess {
  const more = lines.length - 1;
  return {
    lineCount: text.lineCount + more,
    line: (index) => (index < at ? text.line(index) : (lines[index - at] ?? text.line(index - more))),
  };
}
