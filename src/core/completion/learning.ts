import * as z from 'zod/mini';
import type { ModelId } from '../model.ts';

const Count = z.int().check(z.minimum(0));
const Counts = z.object({
  /** Suggestions that stood on the screen long enough to be read. */
  shown: Count,
  /** Suggestions that were taken, all of them or a part. */
  whole: Count,
  part: Count,
  /** Taken suggestions that were still there, mostly, half a minute later; and those that were not. */
  survived: Count,
  gone: Count,
  /** Of the last ones of several lines: shown and taken. Ages. */
  lines: z.object({ shown: Count, taken: Count }),
});
export type Counts = z.output<typeof Counts>;

/** Counts by model, as they are stored and exported. Nothing but numbers. */
export type LearningData = Readonly<Record<string, Counts>>;

/** What becomes of suggestions, counted on this machine only, and what follows from it. */
export interface Learning {
  /** It was on the screen for {@link READ_MS}, or was taken before. */
  shown(id: ModelId, multiline: boolean): void;
  accepted(id: ModelId, how: 'whole' | 'part', multiline: boolean): void;
  survived(id: ModelId, still: boolean): void;
  /** Whether completions that nobody asked for may have several lines: not while they are hardly ever taken. */
  wantsLines(id: ModelId): boolean;
  readonly data: LearningData;
}

/** How long a suggestion must stand to be read, and an accepted one to have survived, in ms. */
export const READ_MS = 700;
export const SURVIVED_MS = 30_000;

/** Suggestions of several lines that suffice to judge, and the share that must have been taken. */
const ENOUGH = 24;
const TAKEN = 0.08;
/** Single lines after which several are tried again. */
const TRY_AGAIN = 60;

const NONE: Counts = { shown: 0, whole: 0, part: 0, survived: 0, gone: 0, lines: { shown: 0, taken: 0 } };

/** `stored`: what `data` was in an earlier session; anything else counts as nothing. */
export function createLearning(stored: unknown, onChange: () => void = () => {}): Learning {
  const parsed = z.safeParse(z.record(z.string(), Counts), stored);
  const counts = new Map<string, Counts>(parsed.success ? Object.entries(parsed.data) : []);
  const singles = new Map<ModelId, number>();
  const change = (id: ModelId, next: (old: Counts) => Partial<Counts>) => {
    const old = counts.get(id) ?? NONE;
    counts.set(id, { ...old, ...next(old) });
    onChange();
  };
  const wantsLines = (id: ModelId) => {
    const { lines } = counts.get(id) ?? NONE;
    return lines.shown < ENOUGH || lines.taken >= lines.shown * TAKEN;
  };
  return {
    shown(id, multiline) {
      change(id, ({ shown, lines }) => ({ shown: shown + 1, ...(multiline && { lines: aged(lines) }) }));
      if (multiline || wantsLines(id)) return;
      const count = (singles.get(id) ?? 0) + 1;
      singles.set(id, count % TRY_AGAIN);
      if (count === TRY_AGAIN) change(id, () => ({ lines: { shown: ENOUGH - 8, taken: 0 } }));
    },
    accepted(id, how, multiline) {
      change(id, (old) => ({
        [how]: old[how] + 1,
        ...(multiline && { lines: { shown: old.lines.shown, taken: old.lines.taken + 1 } }),
      }));
    },
    survived(id, still) {
      change(id, ({ survived, gone }) => (still ? { survived: survived + 1 } : { gone: gone + 1 }));
    },
    wantsLines,
    get data() {
      return Object.fromEntries(counts);
    },
  };
}

/** One more, of which the old ones count half as soon as there are many. */
function aged({ shown, taken }: Counts['lines']): Counts['lines'] {
  return shown < 2 * ENOUGH ? { shown: shown + 1, taken } : { shown: ENOUGH + 1, taken: Math.round(taken / 2) };
}

/** Share of the lines of an accepted text that are to be found in a text now; what has no letters does not count. */
export function shareLeft(accepted: string, now: string): number {
  const telling = (text: string) =>
    text.split(/\r\n|\n/).flatMap((line) => (/[\p{L}\p{N}]/u.test(line) ? [line.trim()] : []));
  const lines = telling(accepted);
  const left = lines.filter((line) => now.includes(line));
  return lines.length === 0 ? 1 : left.length / lines.length;
}
