import { createHash } from 'node:crypto';
import { LedgerEntry, type LedgerFacts } from '../core/privacy/ledgerEntry.ts';

/** What the very first line names as the hash before it. */
export const GENESIS = '0'.repeat(64);

/** Longest free text of a line, in characters: a line stays one small write. */
const LONGEST_TEXT = 1000;
const HASH_FIELD = /^(.*),"hash":"([0-9a-f]{64})"\}$/s;

/** Makes a line: the hash covers every byte before it, and so the hash of the line before. Ends in a line feed. */
export function sealLine(
  facts: LedgerFacts,
  at: { readonly time: string; readonly seq: number; readonly prev: string },
) {
  const { reason, torn, ...others } = facts;
  const body = {
    v: 1 as const,
    seq: at.seq,
    time: at.time,
    ...others,
    ...(reason !== undefined && { reason: reason.slice(0, LONGEST_TEXT) }),
    ...(torn !== undefined && { torn: torn.slice(0, LONGEST_TEXT) }),
    prev: at.prev,
  };
  const text = JSON.stringify(body);
  const hash = hashOf(text);
  const entry: LedgerEntry = { ...body, hash };
  return { entry, line: `${text.slice(0, -1)},"hash":"${hash}"}\n` };
}

/** Reads a line (without its line feed); `undefined` for what is no line of a ledger. */
export function readLine(line: string): LedgerEntry | undefined {
  const parsed = LedgerEntry.safeParse(parseJson(line));
  return parsed.success ? parsed.data : undefined;
}

/** Whether the hash in a line is that of its other bytes. */
export function isIntact(line: string): boolean {
  const [, body, hash] = HASH_FIELD.exec(line) ?? [];
  return body !== undefined && hashOf(`${body}}`) === hash;
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `2026-11.jsonl`, the first file of a month. */
export function fileOfMonth(time: string): string {
  return `${time.slice(0, 7)}.jsonl`;
}

/** `2026-11.1.jsonl` after `2026-11.jsonl`: the next part of a month with very many requests. */
export function nextPart(name: string): string {
  const { month, part } = placeOf(name) ?? { month: name, part: 0 };
  return `${month}.${part + 1}.jsonl`;
}

/** The ledger's files among the names of a folder, oldest first. */
export function ledgerFiles(names: readonly string[]): string[] {
  return names
    .flatMap((name) => placeOf(name) ?? [])
    .toSorted((a, b) => (a.month === b.month ? a.part - b.part : a.month < b.month ? -1 : 1))
    .map(({ name }) => name);
}

function placeOf(name: string) {
  const [, month, part] = /^(\d{4}-\d{2})(?:\.([1-9]\d{0,5}))?\.jsonl$/.exec(name) ?? [];
  return month === undefined ? undefined : { name, month, part: Number(part ?? 0) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
