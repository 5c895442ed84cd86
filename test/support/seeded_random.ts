/** Random choices that are the same for the same seed. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Returns a number of at least 0 and less than 1 (Mulberry32, which is small and good enough to vary tests). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.up_to(choices.length - 1)] as T;
  }

  up_to(most: number): number {
    return Math.floor(this.next() * (most + 1));
  }

  bytes(size: number): Buffer {
    return Buffer.from(Array.from({ length: size }, () => this.up_to(255)));
  }
}
