import { fileProblem } from '../core/fileProblem.ts';
import type { Written } from './wholeFile.ts';

export interface Saving<Place> {
  /** Asks for a place; `undefined` when the user gives up. */
  readonly choose: () => PromiseLike<Place | undefined>;
  readonly write: (place: Place) => Promise<Written>;
  /** Says why it failed; resolves with whether the user wants another place. */
  readonly failed: (place: Place, why: string) => PromiseLike<boolean>;
}

/** Asks for places until a file could be written. `undefined` when the user gave up or cancelled. */
export async function saveSomewhere<Place>({ choose, write, failed }: Saving<Place>): Promise<Place | undefined> {
  for (;;) {
    const place = await choose();
    if (place === undefined) return undefined;
    const written = await write(place);
    if (written.kind === 'written') return place;
    if (written.kind === 'cancelled' || !(await failed(place, fileProblem(written.error)))) return undefined;
  }
}
