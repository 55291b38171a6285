import { AppError } from '../core/outcome.ts';
import { type Call, failureOf } from './wire.ts';

/** One page of a list. `next` asks for the page after it, as the rest of the query. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** Most pages that are read; each has up to 1,000 models. */
const PAGES = 5;

/**
 * A list of models that comes in pages. `read` gives `undefined` for what is no page. Rejects with the signal's reason when
 * it aborts, and with `AppError` for everything else.
 */
export async function wholeList<T>(
  call: Call,
  ask: (next: string) => Promise<unknown>,
  read: (answer: unknown) => Page<T> | undefined,
): Promise<T[]> {
  call.signal.throwIfAborted();
  try {
    const items: T[] = [];
    let next: string | undefined = '';
    for (let page = 0; page < PAGES && next !== undefined; page++) {
      const found: Page<T> | undefined = read(await ask(next));
      if (!found) {
        throw new AppError('badResponse', { endpoint: call.endpoint, detail: 'The answer is no list of models.' });
      }
      items.push(...found.items);
      ({ next } = found);
    }
    return items;
  } catch (error) {
    throw failureOf(call, error);
  }
}
