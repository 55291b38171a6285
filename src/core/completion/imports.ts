import type { Cursor, TextAccess } from './text.ts';

/** Lines of a document in which imports are looked for, and names that are looked up. */
const LINES = 200;
const NAMES = 12;

const BRACED = /^\s*(?:import|export)\b[^{]*\{([^}]*)\}\s*from\b/;
const PYTHON = /^\s*from\s+\S+\s+import\s+\(?([^)#]*)/;
const DOTTED = /^\s*(?:import|use|pub use)\s+(?:static\s+)?([\w.:]+)/;
const DEFAULT = /^\s*import\s+(?:type\s+)?(\w+)\s*(?:,|from\b)/;

/**
 * Where the names stand that a document imports: what a language server can tell the definitions of. An approximation for
 * the languages that name what they import; the last imports first, which are those of the project by most conventions.
 */
export function importedNames(text: TextAccess): Cursor[] {
  const found: Cursor[] = [];
  for (let line = 0; line < Math.min(text.lineCount, LINES); line++) {
    const content = text.line(line);
    const list = BRACED.exec(content) ?? PYTHON.exec(content);
    if (list?.[1] !== undefined) {
      const start = list.index + list[0].indexOf(list[1], list[0].search(/[{(]|import\s/));
      for (const name of list[1].matchAll(/(?:^|,)\s*(?:type\s+)?([\p{L}_$][\p{L}\p{N}_$]*)/gu)) {
        found.push({ line, character: start + name.index + name[0].length - 1 });
      }
      continue;
    }
    const single = DEFAULT.exec(content) ?? DOTTED.exec(content);
    if (single?.[1] !== undefined) {
      const end = single.index + single[0].indexOf(single[1]) + single[1].replace(/[.:]+$/, '').length;
      found.push({ line, character: Math.max(0, end - 1) });
    }
  }
  return found.slice(-NAMES).toReversed();
}
