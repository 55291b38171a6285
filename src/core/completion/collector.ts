import { hasFences } from './fences.ts';
import { cleanAnswer } from './holeFilling.ts';
import { type Job, type Spot, windowOf } from './job.ts';
import { endsOf } from './markers.ts';
import { type Insertion, fit, trim } from './postprocess.ts';
import type { Suggestion } from './snapshot.ts';
import { type StreamFilter, createStreamFilter } from './streamFilter.ts';

/** Collects a model's text for a job. */
export interface Collector {
  /** True when nothing more is wanted. */
  push(chunk: string): boolean;
  finish(): void;
  /** The text so far, fitted to the document; empty while it cannot be judged. */
  readonly text: string;
  /** The part of it that can be shown already: whole lines. */
  readonly settled: string;
}

export function createCollector(job: Job): Collector {
  const { snapshot, place, multiline, profile } = job;
  const { prefix, suffix } = windowOf(job.parts);
  const filter: StreamFilter = createStreamFilter({
    ends: endsOf(profile === 'holeFilling' ? [] : profile.stops, prefix + suffix),
    multiline,
    place,
    tabSize: snapshot.indentation.tabSize,
    fences: hasFences(snapshot.languageId),
  });
  const fitted = (text: string) => {
    const fits = fit(text, place, snapshot.indentation);
    return fits.trim() === '' ? '' : fits;
  };
  if (profile !== 'holeFilling') {
    return {
      push: (chunk) => filter.push(chunk),
      finish: () => filter.finish(),
      get text() {
        return fitted(filter.text);
      },
      get settled() {
        return fitted(filter.settled);
      },
    };
  }
  // An answer can be cleaned only as a whole.
  let answer = '';
  let done = false;
  return {
    push(chunk) {
      answer += chunk;
      return false;
    },
    finish() {
      if (done) return;
      done = true;
      filter.push(cleanAnswer(answer, { prefix, suffix }));
      filter.finish();
    },
    get text() {
      return done ? fitted(filter.text) : '';
    },
    get settled() {
      return done ? fitted(filter.settled) : '';
    },
  };
}

/** What to show of some fitted text at a spot. */
export function suggestionFor(spot: Spot, fitted: string, from: Suggestion['from']): Suggestion | undefined {
  const insertion: Insertion | undefined = trim(fitted, spot.place, spot.options.canReplace);
  return (
    insertion && {
      text: spot.snapshot.eol === '\n' ? insertion.text : insertion.text.replaceAll('\n', spot.snapshot.eol),
      replaces: insertion.replaces,
      model: spot.model,
      from,
    }
  );
}
