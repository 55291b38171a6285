import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';

/** Pictures, and waiting with a picture of what was there instead. */

export const PICTURES = resolve(import.meta.dirname, '../../out/ui');
export const WAIT_MS = 20_000;
const POLL_MS = 50;

/** Saves `out/ui/NAME.png` (or an absolute path) and returns its path. */
export async function picture(page: Page, name: string): Promise<string> {
  const path = resolve(PICTURES, name.endsWith('.png') ? name : `${name}.png`);
  mkdirSync(join(path, '..'), { recursive: true });
  await page.screenshot({ path, animations: 'disabled', caret: 'initial' });
  return path;
}

let failures = 0;

/** Runs `act`; a failure says what was tried and where the picture of that moment is. */
export async function attempt<T>(page: Page, what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ActionError) throw error;
    const name = `failed-${process.pid}-${++failures}-${what.replace(/\W+/g, '-').slice(0, 40)}`;
    const path = await picture(page, name).catch(() => 'none: the page is gone');
    const why = error instanceof Error ? error.message.split('\n').slice(0, 4).join('\n') : String(error);
    throw new ActionError(`${what}: ${why}\n  picture: ${path}`, { cause: error });
  }
}

/** Asks `probe` until it gives something other than `undefined` and `false`. */
export async function until<T>(probe: () => Promise<T | undefined | false>, timeoutMs: number = WAIT_MS): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      // The page moves on while it is asked.
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${timeoutMs / 1000} s`, { cause: last });
    await new Promise((done) => {
      setTimeout(done, POLL_MS);
    });
  }
}

/** Already carries its picture. */
class ActionError extends Error {}
