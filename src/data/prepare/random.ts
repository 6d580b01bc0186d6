/**
 * The generator of dataset splits: sfc32, Chris Doty-Humphrey's "small fast counting" generator from PractRand with
 * 32-bit words, started by splitmix32 (the finaliser of MurmurHash3 over a Weyl sequence) and run for 12 rounds before
 * its first number, as its author does. What it draws is part of the product: the same seed splits a table the same
 * way in every version.
 */
export class SplitRandom {
  private a: number
  private b: number
  private c: number
  private counter = 1

  /** @param seed an unsigned 32-bit number */
  constructor(seed: number) {
    let weyl = seed >>> 0
    const word = (): number => {
      weyl = (weyl + 0x9e3779b9) >>> 0
      let mixed = weyl
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
      return (mixed ^ (mixed >>> 16)) >>> 0
    }
    this.a = word()
    this.b = word()
    this.c = word()
    for (let round = 0; round < 12; round++) this.next()
  }

  /** @returns an unsigned 32-bit number */
  next(): number {
    const result = (this.a + this.b + this.counter) >>> 0
    this.counter = (this.counter + 1) >>> 0
    this.a = (this.b ^ (this.b >>> 9)) >>> 0
    this.b = (this.c + (this.c << 3)) >>> 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) >>> 0
    return result
  }

  /** @returns a whole number from 0 to `limit` − 1, for limits below 2³² */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit)
  }

  /** Fisher–Yates, from the end. */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i >= 1; i--) {
      const j = this.below(i + 1)
      const swapped = items[i] ?? 0
      items[i] = items[j] ?? 0
      items[j] = swapped
    }
  }
}
