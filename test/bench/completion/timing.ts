import type { OracleRequest } from './oracle.ts';
import type { KeyRecord, SessionResult } from './session.ts';

/** VS Code's own wait before it asks. */
const DEBOUNCE_MS = 50;

/** Milliseconds from a key to a valid text; infinite where none came before the next key. */
export function ghostMs({ at, ghostAt }: KeyRecord): number {
  return ghostAt === undefined ? Infinity : ghostAt - at;
}

/** The same key in two sessions in which everything is typed. */
export interface Pair {
  readonly own: KeyRecord;
  readonly naive: KeyRecord;
}

/** Throws where the two did not see the same keys at the same times: nothing could be compared. */
export function pairs(own: readonly SessionResult[], naive: readonly SessionResult[]): Pair[] {
  return own.flatMap((session, index) => {
    const other = naive[index];
    if (other?.keys.length !== session.keys.length) throw new Error(`session ${index}: not the same keys`);
    return session.keys.map((key, at) => {
      const same = other.keys[at];
      if (
        !same ||
        same.at - other.startedAt !== key.at - session.startedAt ||
        same.what !== key.what ||
        same.place !== key.place
      ) {
        throw new Error(`session ${index}, key ${at}: not the same key`);
      }
      return { own: key, naive: same };
    });
  });
}

/**
 * What a text came later than it could have: after the first whole line of a request that was under way when the key came,
 * or the editor's 50 ms, whichever is later. `undefined` where it was no such text. With `fromKey`, requests count that
 * were sent up to so many milliseconds after the key.
 */
export function aboveBound(
  key: KeyRecord,
  requests: readonly OracleRequest[],
  file: string,
  fromKey = 0,
): number | undefined {
  const { fresh } = key;
  if (!fresh) return undefined;
  const request = requests.findLast(
    ({ sentAt, spot, text, cancelledAt }) =>
      sentAt < key.at + fromKey &&
      spot !== undefined &&
      spot.at <= key.place &&
      (cancelledAt === undefined || cancelledAt > key.at) &&
      text.startsWith(file.slice(spot.at, key.place)) &&
      text.length > key.place - spot.at,
  );
  if (request?.spot === undefined) return undefined;
  const ready = lineReadyAt(request, key.place - request.spot.at);
  if (ready === undefined || ready > fresh.at) return undefined;
  return fresh.at - Math.max(key.at + DEBOUNCE_MS, ready);
}

/** When the client had the first whole line after so many characters of a request's text. */
function lineReadyAt({ text, arrivals, arrivedAt }: OracleRequest, from: number): number | undefined {
  const content = /\S/.exec(text.slice(from));
  if (!content) return undefined;
  const end = text.indexOf('\n', from + content.index);
  if (end < 0) return arrivedAt ?? arrivals.at(-1)?.at;
  return arrivals.find(({ length }) => length > end)?.at;
}
