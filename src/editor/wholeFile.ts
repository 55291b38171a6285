import { promises } from 'node:fs';

export type Unwritten = { readonly kind: 'cancelled' } | { readonly kind: 'failed'; readonly error: unknown };
export type Written = { readonly kind: 'written' } | Unwritten;

/** Characters gathered before they are written. */
const CHUNK = 65_536;

/**
 * Writes a file from pieces without ever holding all of them, whole or not at all: it grows beside its place under another
 * name. Errors of the file system are an outcome; those of `pieces` are thrown, after everything was cleaned up.
 */
export async function writeWhole(chosen: string, pieces: AsyncIterable<string>, signal: AbortSignal): Promise<Written> {
  // A link stays one: the file that it names is replaced.
  const path = await promises.realpath(chosen).catch(() => chosen);
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  let handle: promises.FileHandle | undefined;
  let isWhole = false;
  let gathered = '';
  try {
    handle = await promises.open(part, 'wx');
    const out = handle;
    for await (const piece of withErrors(pieces)) {
      if (signal.aborted) return { kind: 'cancelled' };
      gathered += piece;
      if (gathered.length < CHUNK) continue;
      await out.appendFile(gathered);
      gathered = '';
    }
    if (signal.aborted) return { kind: 'cancelled' };
    await out.appendFile(gathered);
    // Some file systems tell only now that there is no room.
    await out.sync();
    await out.close();
    handle = undefined;
    await promises.rename(part, path);
    isWhole = true;
    return { kind: 'written' };
  } catch (error) {
    if (error instanceof PiecesError) throw error.cause;
    return { kind: 'failed', error };
  } finally {
    await handle?.close().catch(() => undefined);
    if (!isWhole) await promises.rm(part, { force: true }).catch(() => undefined);
  }
}

/** Marks an error as one of the pieces, so that it is not taken for one of the file. */
class PiecesError extends Error {}

async function* withErrors(pieces: AsyncIterable<string>): AsyncIterable<string> {
  try {
    yield* pieces;
  } catch (error) {
    throw new PiecesError('', { cause: error });
  }
}
