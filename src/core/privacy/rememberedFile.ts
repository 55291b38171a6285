import * as z from 'zod/mini';
import type { Taint } from '../chat/taint.ts';
import { TaintForm } from '../chat/taintForm.ts';
import { type SipKey, sipHash } from './sipHash.ts';

/**
 * The form on the disk, any number of times: a line of JSON, then for each hash its two words of 32 bits and the number of
 * its taint, all with the low byte first. No text, and nothing that could be tried against texts without the key.
 */
const Head = z.object({
  version: z.literal(1),
  /** Tells hashes of another key, which would be of no use. */
  key: z.number(),
  hashes: z.int().check(z.nonnegative()),
  taints: z.readonly(z.array(z.readonly(z.array(z.readonly(TaintForm))))),
});

const BYTES = 12;
const WORD = 0x1_0000_0000;

export type Entry = readonly [hash: number, taint: readonly Taint[]];

export function writeRemembered(entries: Iterable<Entry>, key: SipKey): Uint8Array {
  const numbers = new Map<readonly Taint[], number>();
  const hashes: number[] = [];
  const owners: number[] = [];
  for (const [hash, taint] of entries) {
    const number = numbers.get(taint) ?? numbers.size;
    numbers.set(taint, number);
    hashes.push(hash);
    owners.push(number);
  }
  const head = { version: 1, key: nameOf(key), hashes: hashes.length, taints: [...numbers.keys()] };
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const bytes = new Uint8Array(line.length + hashes.length * BYTES);
  bytes.set(line);
  const view = new DataView(bytes.buffer, line.length);
  for (let index = 0; index < hashes.length; index += 1) {
    const hash = hashes[index] ?? 0;
    view.setUint32(index * BYTES, hash % WORD, true);
    view.setUint32(index * BYTES + 4, Math.floor(hash / WORD), true);
    view.setUint32(index * BYTES + 8, owners[index] ?? 0, true);
  }
  return bytes;
}

/**
 * The entries of some such forms, one after another, each by itself. Throws for what is broken and for hashes of another
 * key, which nobody can compare with anything.
 */
export function* readRemembered(bytes: Uint8Array, key: SipKey): Generator<readonly Entry[]> {
  let end = 0;
  do {
    const newline = bytes.indexOf(0x0a, end);
    const head = Head.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(end, Math.max(end, newline)))));
    if (head.key !== nameOf(key)) throw new Error('The file was written with another key.');
    const start = newline + 1;
    end = start + head.hashes * BYTES;
    if (bytes.length < end) throw new Error('The file is cut off.');
    const view = new DataView(bytes.buffer, bytes.byteOffset + start);
    yield Array.from({ length: head.hashes }, (_, index): Entry => {
      const taint = head.taints[view.getUint32(index * BYTES + 8, true)];
      if (!taint) throw new Error('The file names a taint that it does not have.');
      const hash = view.getUint32(index * BYTES, true) + view.getUint32(index * BYTES + 4, true) * WORD;
      return [hash, taint];
    });
  } while (end < bytes.length);
}

/** A short name of a key that tells nothing of it. */
function nameOf(key: SipKey): number {
  return sipHash(key, new Uint16Array(0), 0, 0)[0] >>> 0;
}
