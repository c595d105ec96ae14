/** Chances that a seed repeats: the draws of one run, in the same order. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** Another sequence, fixed by this one's seed and a number. */
  fork(number: number): Random {
    return new Random(Math.imul(this.seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(number + 1, 0xc2b2ae35));
  }

  /** From 0 up to and without 1. */
  fraction(): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  /** A size of any magnitude alike: half of the octaves are small. */
  size(from: number, to: number): number {
    return Math.round(from * (to / from) ** this.fraction());
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from');
    return items[this.between(0, items.length - 1)]!;
  }

  /** An item as often as its weight says. */
  weighted<T>(items: readonly { item: T; weight: number }[]): T {
    let left = this.fraction() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const { item, weight } of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return items.at(-1)!.item;
  }
}
