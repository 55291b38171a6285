import type { Cursor } from '../../../src/core/completion/text.ts';
import { type Buffer, createBuffer, cursorAt } from './buffer.ts';
import { closedAt, closerOf } from './bracketText.ts';
import type { Plan, Region } from './plan.ts';
import { type Random, randomOf } from './random.ts';

/** What the editor closed by itself: stands right of the cursor, and belongs to the truth at `at`. */
export interface Pending {
  readonly openedAt: number;
  at: number;
  text: string;
}

/** One event at the keyboard. */
export type Key =
  /** `text` came before the cursor; `closers` after it. `expands`: a line break between two brackets made two. */
  | { readonly kind: 'type'; readonly text: string; readonly closers: string; readonly expands: boolean }
  /** Typed over a closer that was there. */
  | { readonly kind: 'over'; readonly text: string }
  | { readonly kind: 'erase' }
  /** The cursor went behind closers, or to another region. */
  | { readonly kind: 'move' };

/** The document of a session, and the hand that writes what is missing in it. */
export interface Writer {
  readonly buffer: Buffer;
  readonly text: string;
  /** Where the hand is in the truth. */
  readonly at: number;
  readonly region: Region;
  readonly pendings: readonly Pending[];
  /** Wrong characters stand before the cursor. */
  readonly mistyped: boolean;
  readonly done: boolean;
  /** Milliseconds until the next key would come. */
  gap(): number;
  /** Presses the next key. */
  press(): Key;
  /** The beginning of what is missing was inserted, in place of so many closers. */
  took(text: string, replaces: number): void;
  /** Length of the closers right of the cursor that the next so many characters of the truth have in them. */
  covered(length: number): number;
}

interface Desk {
  readonly region: Region;
  at: number;
  cursor: Cursor;
  /** Innermost last. */
  pendings: Pending[];
}

const TYPO = 0.02;
const NEIGHBOURS = 'qwertyuiopasdfghjklzxcvbnm';

export function createWriter({ file, seed, regions, stints }: Plan): Writer {
  const { text, language } = file;
  const ordered = regions
    .map((region, index) => ({ region, index }))
    .toSorted((a, b) => a.region.start - b.region.start);
  let content = '';
  let from = 0;
  const desks: Desk[] = [];
  for (const { region, index } of ordered) {
    content += text.slice(from, region.start);
    desks[index] = { region, at: region.start, cursor: cursorAt(content, content.length), pendings: [] };
    from = region.end;
  }
  content += text.slice(from);
  let stint = 0;
  const deskOf = (index: number): Desk => {
    const found = desks[stints[index]?.region ?? 0];
    if (!found) throw new Error('a session without a region');
    return found;
  };
  let desk = deskOf(0);
  const buffer = createBuffer(content, desk.cursor);
  /** Wrong text before the cursor. */
  let wrong = 0;
  /** Right keys that still come before the error is seen. */
  let unseen = 0;
  /** Places where the error was made already. */
  const erred = new Set<number>();

  const randomHere = (what: string): Random => randomOf(seed, what, desk.at, wrong, unseen);
  const limit = () => {
    const { start, end } = desk.region;
    const until = stints[stint]?.until ?? 1;
    return until === 1 ? end : start + Math.floor((end - start) * until);
  };

  /** Inserts and removes, and tells the other desks that lines moved. */
  function edit(change: () => void): void {
    const before = buffer.lineCount;
    const { line } = buffer.cursor;
    change();
    const moved = buffer.lineCount - before;
    if (moved !== 0) {
      for (const other of desks) {
        if (other !== desk && other.cursor.line > line) {
          other.cursor = { ...other.cursor, line: other.cursor.line + moved };
        }
      }
    }
    desk.cursor = buffer.cursor;
  }

  function typeWrong(character: string): Key {
    edit(() => buffer.insert(character));
    wrong++;
    return { kind: 'type', text: character, closers: '', expands: false };
  }

  /** The next of the truth: a character, or a line break with the indentation that the editor gives. */
  function typeNext(): Key {
    const character = text.charAt(desk.at);
    if (character === '\n') return breakLine();
    const closers = closersFor(character);
    edit(() => {
      buffer.insert(character);
      buffer.insert(closers, true);
    });
    desk.at++;
    return { kind: 'type', text: character, closers, expands: false };
  }

  function breakLine(): Key {
    const indent = /^[ \t]*(?=\S)/.exec(text.slice(desk.at + 1, desk.at + 200))?.[0] ?? '';
    const inserted = `\n${indent}`;
    const top = desk.pendings.at(-1);
    const lineStart = top ? text.lastIndexOf('\n', top.at - 1) : -1;
    const expands =
      top !== undefined &&
      top.openedAt === desk.at - 1 &&
      top.text === text.charAt(top.at) &&
      lineStart > desk.at &&
      text.slice(lineStart, top.at).trim() === '';
    if (expands) {
      edit(() => {
        buffer.insert(text.slice(lineStart, top.at), true);
        buffer.insert(inserted);
      });
      top.text = text.slice(lineStart, top.at + 1);
      top.at = lineStart;
    } else edit(() => buffer.insert(inserted));
    desk.at += inserted.length;
    return { kind: 'type', text: inserted, closers: '', expands };
  }

  /** What the editor closes by itself, as VS Code does: brackets and quotes, where nothing but closers follows. */
  function closersFor(opener: string): string {
    const closer = closerOf(opener);
    const { line, character } = buffer.cursor;
    const after = buffer.line(line).charAt(character);
    if (closer === undefined || (after !== '' && !/[\s)\]}>;:,."'`]/.test(after))) return '';
    const quote = closer === opener;
    const inString = desk.pendings.some(({ text: pending }) => /^["'`]$/.test(pending));
    if (inString || (quote && opener === "'" && language === 'rust')) return '';
    if (quote && (/\w$/.test(text.slice(desk.at - 1, desk.at)) || text.startsWith(opener.repeat(2), desk.at)))
      return '';
    const at = closedAt(text, desk.at, desk.region.end);
    const top = desk.pendings.at(-1);
    if (at === undefined || (top !== undefined && at >= top.at)) return '';
    desk.pendings.push({ openedAt: desk.at, at, text: closer });
    return closer;
  }

  function nextStint(): Key {
    stint++;
    desk = deskOf(stint);
    buffer.moveTo(desk.cursor);
    return { kind: 'move' };
  }

  return {
    buffer,
    text,
    get at() {
      return desk.at;
    },
    get region() {
      return desk.region;
    },
    get pendings() {
      return desk.pendings;
    },
    get mistyped() {
      return wrong > 0;
    },
    get done() {
      return stint === stints.length - 1 && wrong === 0 && desk.at >= limit();
    },
    gap() {
      const random = randomHere('gap');
      const next = text.charAt(desk.at);
      if (wrong === 0 && desk.at >= limit()) return random.logNormal(1_800, 0.4);
      if (wrong > 0 && unseen === 0) return random.logNormal(wrong > 1 ? 110 : 260, 0.3);
      const key = random.logNormal(150, 0.45);
      const thinks = random.chance(next === '\n' ? 0.3 : /\W/.test(next) ? 0.06 : 0.02);
      return Math.max(35, key) + (thinks ? random.logNormal(900, 0.6) : 0);
    },
    press() {
      if (wrong > 0) {
        if (unseen > 0) {
          unseen--;
          return typeWrong(text.charAt(desk.at + wrong));
        }
        edit(() => buffer.remove(1, 0));
        wrong--;
        return { kind: 'erase' };
      }
      if (desk.at >= limit()) return nextStint();
      const top = desk.pendings.at(-1);
      if (top && top.at === desk.at) {
        desk.pendings.pop();
        desk.at += top.text.length;
        const parts = top.text.split('\n');
        const end = (parts.length === 1 ? buffer.cursor.character : 0) + (parts.at(-1) ?? '').length;
        desk.cursor = { line: buffer.cursor.line + parts.length - 1, character: end };
        buffer.moveTo(desk.cursor);
        return parts.length === 1 ? { kind: 'over', text: top.text } : { kind: 'move' };
      }
      const random = randomHere('typo');
      const character = text.charAt(desk.at);
      if (/[a-z]/.test(character) && !erred.has(desk.at) && random.chance(TYPO)) {
        erred.add(desk.at);
        // What is typed on before the error is seen stays in the word.
        const word = /^\w*/.exec(text.slice(desk.at, desk.region.end))?.[0].length ?? 0;
        unseen = Math.min(word - 1, random.below(3));
        const near = NEIGHBOURS[(NEIGHBOURS.indexOf(character) + 1) % NEIGHBOURS.length] ?? 'x';
        return typeWrong(near);
      }
      return typeNext();
    },
    took(inserted, replaces) {
      edit(() => {
        buffer.remove(0, replaces);
        buffer.insert(inserted);
      });
      desk.at += inserted.length;
      desk.pendings = desk.pendings.filter(({ at }) => at >= desk.at);
    },
    covered: (length) =>
      desk.pendings.filter(({ at }) => at < desk.at + length).reduce((sum, pending) => sum + pending.text.length, 0),
  };
}
