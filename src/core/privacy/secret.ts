/** A secret in a text, as a scanner found it. */
export interface Secret {
  /** What it looks like, for people: `GitHub token`. */
  readonly what: string;
  /** UTF-16 units from the beginning of the text. */
  readonly start: number;
  readonly end: number;
}

export type ScanText = (text: string) => Promise<readonly Secret[]>;

const COVER = '••••••••';
/** Longest excerpt, in UTF-16 units. */
const EXCERPT = 100;

/** The text with something else in place of every secret; where secrets overlap, in place of all of them together. */
export function cover(text: string, secrets: readonly Secret[], by: (first: Secret) => string): string {
  let covered = '';
  let at = 0;
  for (const [first, end] of merged(secrets)) {
    covered += text.slice(at, first.start) + by(first);
    at = end;
  }
  return covered + text.slice(at);
}

/** The line that a secret begins on, short, with this and every other secret covered. */
export function excerptAt(text: string, secret: Secret, all: readonly Secret[]): string {
  const covered: string[] = [];
  let at = 0;
  let before = 0;
  for (const [first, end] of merged(all)) {
    covered.push(text.slice(at, first.start), COVER);
    if (first.start <= secret.start && secret.start < end) before = covered.join('').length - COVER.length;
    at = end;
  }
  const whole = covered.join('') + text.slice(at);
  const from = whole.lastIndexOf('\n', before - 1) + 1;
  const to = whole.indexOf('\n', before);
  const line = whole.slice(from, to < 0 ? whole.length : to);
  const room = Math.max(from, before - EXCERPT / 2) - from;
  const cut = line.slice(room, room + EXCERPT).trim();
  return `${room > 0 ? '…' : ''}${cut}${room + EXCERPT < line.length ? '…' : ''}`;
}

/** Line of a place in the text, counted from 0. */
export function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length - 1;
}

/** Spans that overlap become one, told as what began first. */
function merged(secrets: readonly Secret[]): readonly (readonly [first: Secret, end: number])[] {
  const spans: [Secret, number][] = [];
  for (const secret of secrets.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last && secret.start < last[1]) last[1] = Math.max(last[1], secret.end);
    else spans.push([secret, secret.end]);
  }
  return spans;
}
