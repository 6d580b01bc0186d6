/** Draws for tests and scenarios that can be had again from their seed. */
export class SeededRandom {
  private state: number

  /** @param seed 32-bit */
  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** In [0, 1): mulberry32, which is small and good enough to choose harm with. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
  chance(probability: number): boolean {
    return this.next() < probability
  }
  /** @throws Error when the list is empty */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('There is nothing to pick from.')
    return list[this.below(list.length)] as T
  }
}
