/**
 * Text that somebody else chose (a repository names folders and files, a server its models) as people may read it in a
 * message, a question or a list.
 */

/** Longest text of others that is shown, and longest name in quotation marks, in characters. */
const LONGEST = 600;
const LONGEST_NAME = 80;

/**
 * One line that carries no control characters, nothing invisible, no change of direction, no icon (`$(name)`) and no link
 * (`[text](address)`, which the editor's notifications follow, also to commands), and that has an end.
 */
export function plain(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu, ' ')
    .replace(/\$+\(/gu, '(')
    .replaceAll('](', '] (')
    .trim();
  return shortened(line, LONGEST);
}

/** A name in quotation marks that it cannot close itself. */
export function quoted(name: string): string {
  const inside = plain(name).replace(/["“”„‟«»＂〝〞〟❝❞]/gu, '’');
  return `“${shortened(inside, LONGEST_NAME)}”`;
}

/** Several of them, the first few by name. */
export function quotedList(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(quoted).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}
const MOST_NAMES = 8;

/** Cut in the middle, between whole characters: the ends tell names apart. */
function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  if (characters.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (most - 1 - head)).join('')}`;
}
