import { constants, promises as fs } from 'node:fs';
import type { SipKey } from '../core/privacy/sipHash.ts';

/** Where it was kept before, for each profile by itself. */
const KEY = 'switchyard.passages.key';

/**
 * The salt of what lies in the folder, made once and kept beside it, so that every window that shares the files shares it,
 * whatever its profile. Not in the secret storage: where no keyring is unlocked that one forgets at every start, and hashes
 * with a forgotten salt know nothing again. One that is broken is put aside: what was written with it counts as unreadable
 * then, until it is released. Throws where it cannot be read.
 */
export async function passageKey(dir: string, before: (name: string) => unknown): Promise<SipKey> {
  const path = `${dir}/passages.key`;
  const known = await readKey(path);
  if (known) return known;
  const [a = 0, b = 0, c = 0, d = 0] = crypto.getRandomValues(new Int32Array(4));
  const own = `${path}-${crypto.randomUUID()}.tmp`;
  await fs.mkdir(dir, { recursive: true });
  await fs.writeFile(own, JSON.stringify(asKey(before(KEY)) ?? [a, b, c, d]), {
    mode: 0o600,
    flush: true,
  });
  try {
    // Of two windows that make one at the same time the first wins.
    await fs.link(own, path).catch(async (error: unknown) => {
      if (!isCode(error, 'EEXIST')) await fs.copyFile(own, path, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await fs.unlink(own);
  }
  const made = await readKey(path);
  if (!made) throw new Error('The key of what is remembered cannot be read.');
  return made;
}

async function readKey(path: string): Promise<SipKey | undefined> {
  let text: string;
  try {
    text = await fs.readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const key = parseKey(text);
  if (!key) await fs.rename(path, path.replace(/[^/]*$/, 'unreadable-$&'));
  return key;
}

function parseKey(text: string): SipKey | undefined {
  try {
    return asKey(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function asKey(value: unknown): SipKey | undefined {
  const words: readonly unknown[] = Array.isArray(value) ? value : [];
  const [a, b, c, d] = words;
  return words.length === 4 && isWord(a) && isWord(b) && isWord(c) && isWord(d) ? [a, b, c, d] : undefined;
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}
