/** A key of 128 bits, as four words of 32. */
export type SipKey = readonly [number, number, number, number];

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of some UTF-16 units, each two bytes with the low one first: a keyed hash, so
 * that who has the hashes and not the key cannot try texts against them. Returns the two words, the low one first.
 */
export function sipHash(
  [k0, k1, k2, k3]: SipKey,
  units: Uint16Array,
  from: number,
  to: number,
): readonly [low: number, high: number] {
  state[0] = k0 ^ 0x70736575;
  state[1] = k1 ^ 0x736f6d65;
  state[2] = k2 ^ 0x6e646f6d;
  state[3] = k3 ^ 0x646f7261;
  state[4] = k0 ^ 0x6e657261;
  state[5] = k1 ^ 0x6c796765;
  state[6] = k2 ^ 0x79746573;
  state[7] = k3 ^ 0x74656462;
  const unit = (at: number) => (at < to ? (units[at] ?? 0) : 0);
  let at = from;
  for (; at + 4 <= to; at += 4) absorb(unit(at) | (unit(at + 1) << 16), unit(at + 2) | (unit(at + 3) << 16));
  // The last block ends in the number of bytes.
  absorb(unit(at) | (unit(at + 1) << 16), unit(at + 2) | (((to - from) * 2) << 24));
  state[4] = (state[4] ?? 0) ^ 0xff;
  for (let n = 0; n < 4; n += 1) round();
  return [word(0) ^ word(2) ^ word(4) ^ word(6), word(1) ^ word(3) ^ word(5) ^ word(7)];
}

/** v0 to v3, the low word of each first. Shared by all calls: nothing waits in between. */
const state = new Int32Array(8);
const word = (index: number) => state[index] ?? 0;

function absorb(low: number, high: number): void {
  state[6] = word(6) ^ low;
  state[7] = word(7) ^ high;
  round();
  round();
  state[0] = word(0) ^ low;
  state[1] = word(1) ^ high;
}

function round(): void {
  let a = word(0);
  let aHigh = word(1);
  let b = word(2);
  let bHigh = word(3);
  let c = word(4);
  let cHigh = word(5);
  let d = word(6);
  let dHigh = word(7);
  let sum = (a >>> 0) + (b >>> 0);
  aHigh = (aHigh + bHigh + (sum > MAX ? 1 : 0)) | 0;
  a = sum | 0;
  let kept = b;
  b = ((b << 13) | (bHigh >>> 19)) ^ a;
  bHigh = ((bHigh << 13) | (kept >>> 19)) ^ aHigh;
  kept = a;
  a = aHigh;
  aHigh = kept;
  sum = (c >>> 0) + (d >>> 0);
  cHigh = (cHigh + dHigh + (sum > MAX ? 1 : 0)) | 0;
  c = sum | 0;
  kept = d;
  d = ((d << 16) | (dHigh >>> 16)) ^ c;
  dHigh = ((dHigh << 16) | (kept >>> 16)) ^ cHigh;
  sum = (a >>> 0) + (d >>> 0);
  aHigh = (aHigh + dHigh + (sum > MAX ? 1 : 0)) | 0;
  a = sum | 0;
  kept = d;
  d = ((d << 21) | (dHigh >>> 11)) ^ a;
  dHigh = ((dHigh << 21) | (kept >>> 11)) ^ aHigh;
  sum = (c >>> 0) + (b >>> 0);
  cHigh = (cHigh + bHigh + (sum > MAX ? 1 : 0)) | 0;
  c = sum | 0;
  kept = b;
  b = ((b << 17) | (bHigh >>> 15)) ^ c;
  bHigh = ((bHigh << 17) | (kept >>> 15)) ^ cHigh;
  kept = c;
  c = cHigh;
  cHigh = kept;
  state[0] = a;
  state[1] = aHigh;
  state[2] = b;
  state[3] = bHigh;
  state[4] = c;
  state[5] = cHigh;
  state[6] = d;
  state[7] = dHigh;
}

const MAX = 0xffff_ffff;
