import type { Zone } from '../model.ts';
import type { Outcome, RequestRow } from './row.ts';

/** What a reader wants to see. Empty lists and an empty text leave nothing out. */
export interface RequestFilter {
  /** Words that must all occur somewhere in the request, in either case. */
  readonly text: string;
  readonly zones: readonly Zone[];
  readonly outcomes: readonly Outcome[];
  readonly tasks: readonly string[];
  /** Whether the regular questions for lists of models are gathered in one row. */
  readonly fold: boolean;
}

export const EVERYTHING: RequestFilter = { text: '', zones: [], outcomes: [], tasks: [], fold: true };

/** What each outcome is called. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  ok: 'Done',
  cancelled: 'Cancelled',
  failed: 'Failed',
  refused: 'Refused',
  breach: 'Breach',
  noEnd: 'No end',
  note: 'Note',
};

/** Reads the filter once, for many rows. */
export function createMatcher({ text, zones, outcomes, tasks }: RequestFilter): (row: RequestRow) => boolean {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  return (row) => {
    if (outcomes.length > 0 && !outcomes.includes(row.outcome)) return false;
    if (zones.length > 0 && (row.zone === undefined || !zones.includes(row.zone))) return false;
    if (tasks.length > 0 && (row.task === undefined || !tasks.includes(row.task))) return false;
    if (words.length === 0) return true;
    const all = textOf(row);
    return words.every((word) => all.includes(word));
  };
}

function textOf(row: RequestRow): string {
  const { time, outcome, task, model, endpoint, host, zone, level, call, address, status, rule, reason } = row;
  return `${time} ${OUTCOME_WORDS[outcome]} ${task} ${model} ${endpoint} ${host} ${zone} ${level} ${call} ${address} ${status} ${rule} ${reason}`.toLowerCase();
}
