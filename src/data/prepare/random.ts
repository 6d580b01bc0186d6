/**
 * The generator of dataset splits: sfc32, Chris Doty-Humphrey's "small fast counting" generator from PractRand with
 * 32-bit words, started by splitmix32 (the finaliser of MurmurHash3 over a Weyl sequence) and run for 12 rounds before
 * its first number, as its author does. What it draws is part of the product: the same seed splits a table the same
 * way in every version.
 */
export class SplitRandom {
  /** Three words and a counter. As numbers of an object they would be put into memory of their own at every step. */
  private readonly state = new Uint32Array(4)

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
    this.state.set([word(), word(), word(), 1])
    for (let round = 0; round < 12; round++) this.next()
  }

  /** @returns an unsigned 32-bit number */
  next(): number {
    const { state } = this
    const b = state[1] ?? 0
    const c = state[2] ?? 0
    const counter = state[3] ?? 0
    const result = ((state[0] ?? 0) + b + counter) >>> 0
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + result
    state[3] = counter + 1
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
