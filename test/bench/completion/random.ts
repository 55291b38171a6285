/** Numbers that look random and follow from what they are about: the same in every run and on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  below(below: number): number;
  chance(probability: number): boolean;
  /** Log-normal, with this median. */
  logNormal(median: number, sigma: number): number;
  /** One of them, by its weight. */
  weighted<T>(weights: readonly (readonly [T, number])[]): T;
}

export function randomOf(...about: readonly (string | number)[]): Random {
  let state = hashOf(about.join('\u0000'));
  // mulberry32 by Tommy Ettinger, in the public domain.
  const next = () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  next();
  return {
    next,
    below: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    logNormal(median, sigma) {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(sigma * normal);
    },
    weighted(weights) {
      let left = next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
      const found = weights.find(([, weight]) => (left -= weight) < 0) ?? weights.at(-1);
      if (!found) throw new Error('nothing to choose from');
      return found[0];
    },
  };
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  return hash >>> 0;
}
