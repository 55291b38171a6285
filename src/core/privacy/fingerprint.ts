import { ownPartOf } from './boilerplate.ts';
import { type SipKey, sipHash } from './sipHash.ts';

/**
 * Salted hashes by which a text is known again. The text's characters without any white space, cut into overlapping grams
 * of `GRAM`; of every `WINDOW` grams in a row one is kept (winnowing: Schleimer, Wilkerson and Aiken, SIGMOD 2003). So two
 * texts that have `FOUND` such characters in common have a hash in common, however they are indented or wrapped.
 */
export const GRAM = 40;
const WINDOW = 25;
/** Characters, white space not counted, that are always found when they were copied in one piece. */
export const FOUND = GRAM + WINDOW - 1;

/** A gram with fewer different characters says nothing: rulers, tables of numbers, runs of brackets. */
const FEWEST_DIFFERENT = 12;

/** Units of text, or grams, between two pauses: some 2 ms of work. */
const STEP = 16_384;

/** Receives each hash as a number below 2^52. */
export function fingerprint(text: string, key: SipKey, found: (hash: number) => void): void {
  const steps = fingerprinting(text, key, found);
  while (steps.next().done !== true);
}

/** The same in small steps, so that others get their turn in between. */
export function* fingerprinting(text: string, key: SipKey, found: (hash: number) => void): Generator<void> {
  const units = yield* condense(text);
  const windows = Math.max(0, units.length - GRAM - WINDOW + 1) + 1;
  // Each stretch has all grams of its windows, so that they choose as they would in one piece.
  for (let from = 0; from < windows; from += STEP) {
    winnow(units.subarray(from, from + STEP + FOUND - 1), key, found);
    yield;
  }
}

function winnow(units: Uint16Array, key: SipKey, found: (hash: number) => void): void {
  const last = units.length - GRAM;
  if (last < 0) return;
  const grams = rankGrams(units);
  let chosen = -1;
  for (let from = 0; from <= Math.max(0, last - WINDOW + 1); from += 1) {
    const to = Math.min(from + WINDOW - 1, last);
    let least = chosen;
    if (chosen < from) {
      least = -1;
      for (let at = from; at <= to; at += 1) {
        if (rank(grams, at) !== NOTHING && (least < 0 || rank(grams, at) <= rank(grams, least))) least = at;
      }
    } else if (rank(grams, to) !== NOTHING && rank(grams, to) <= rank(grams, chosen)) {
      least = to;
    }
    if (least < 0 || least === chosen) continue;
    chosen = least;
    const [low, high] = sipHash(key, units, chosen, chosen + GRAM);
    found((high & 0xf_ffff) * 0x1_0000_0000 + (low >>> 0));
  }
}

const NOTHING = 0xffff_ffff;
const rank = (grams: Uint32Array, at: number) => grams[at] ?? NOTHING;

/** The characters that count, as UTF-16 units. */
function* condense(text: string): Generator<void, Uint16Array> {
  const units = new Uint16Array(text.length);
  let size = 0;
  let pause = STEP;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = ownPartOf(text.slice(start, end));
    for (let at = 0; at < line.length; at += 1) {
      const unit = line.charCodeAt(at);
      if (unit > 0x20 && unit !== 0xa0 && unit !== 0xfeff) units[size++] = unit;
    }
    start = end + 1;
    if (start < pause) continue;
    pause = start + STEP;
    yield;
  }
  return units.subarray(0, size);
}

/** A number for each gram, the same for equal grams; `NOTHING` for grams that say nothing. */
function rankGrams(units: Uint16Array): Uint32Array {
  const grams = new Uint32Array(units.length - GRAM + 1);
  const counts = new Uint8Array(256);
  let different = 0;
  let hash = 0;
  for (let at = 0; at < units.length; at += 1) {
    const unit = units[at] ?? 0;
    if (count(counts, unit, 1) === 1) different += 1;
    hash = Math.imul(hash, BASE) + unit;
    if (at >= GRAM) {
      const gone = units[at - GRAM] ?? 0;
      if (count(counts, gone, -1) === 0) different -= 1;
      hash -= Math.imul(gone, BASE_TO_GRAM);
    }
    hash |= 0;
    if (at >= GRAM - 1) grams[at - GRAM + 1] = different < FEWEST_DIFFERENT ? NOTHING : mix(hash);
  }
  return grams;
}

function count(counts: Uint8Array, unit: number, by: 1 | -1): number {
  return (counts[unit & 0xff] = (counts[unit & 0xff] ?? 0) + by);
}

const BASE = 0x01000193;
const BASE_TO_GRAM = Array.from({ length: GRAM }).reduce<number>((power) => Math.imul(power, BASE), 1);

/** Sums of powers differ too little in their low bits. The last bit is given up, so that `NOTHING` is no number of a gram. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 1;
}
