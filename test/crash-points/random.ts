/** A stream of random numbers that a seed determines. */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number;
  /** Whole number in [min, max]. */
  readonly between: (min: number, max: number) => number;
  readonly chance: (probability: number) => boolean;
  /** Undefined for an empty list. */
  readonly pick: <T>(list: readonly T[]) => T | undefined;
}

/** Mulberry32, a generator of 32 bits of state by Tommy Ettinger: small, fast and good enough to choose faults with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}
