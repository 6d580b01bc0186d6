/**
 * The generator of everything random, the same bit for bit in every engine: Philox4x32-10 (Salmon et al., "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011). It is counter-based: a number is a function of where it is used, so
 * no draw depends on how many were made before it.
 */

/** What a sequence of random words is for; each has its own key, so no two ever share words. */
export const streams = {
  /** a = ordinal of the dense operation, b = 0. */
  initialWeights: 0,
  /** a, b = low and high 32 bits of the epoch, counted from 0. */
  shuffle: 1,
  /** Plus 256 times the ordinal of the dropout operation; a, b = low and high 32 bits of the steps done before. */
  dropout: 2
} as const
export type Stream = (typeof streams)[keyof typeof streams]

const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
/** The golden ratio and √3 − 1, as 32-bit fractions: what the keys grow by in each round. */
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85
const ROUNDS = 10

/** ⌊a · b / 2³²⌋ of two unsigned 32-bit numbers, exactly: the product itself does not fit a float64. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = (middle & 0xffff) + aLow * bHigh
  return aHigh * bHigh + (middle >>> 16) + (carry >>> 16)
}

/** Four unsigned 32-bit words. */
export type Block = readonly [number, number, number, number]

/** One block of Philox4x32-10: the four words that belong to a counter under a key. All numbers are unsigned 32-bit. */
export function philox4x32(counter: Block, key: readonly [number, number]): Block {
  let [x0, x1, x2, x3] = counter
  let [k0, k1] = key
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, x0)
    const low0 = Math.imul(MULTIPLIER_0, x0)
    const high1 = multiplyHigh(MULTIPLIER_1, x2)
    const low1 = Math.imul(MULTIPLIER_1, x2)
    x0 = (high1 ^ x1 ^ k0) >>> 0
    x1 = low1 >>> 0
    x2 = (high0 ^ x3 ^ k1) >>> 0
    x3 = low0 >>> 0
    k0 = (k0 + WEYL_0) >>> 0
    k1 = (k1 + WEYL_1) >>> 0
  }
  return [x0, x1, x2, x3]
}

/**
 * What decides whether a dropout operation leaves out a unit in four samples of a minibatch: those that follow sample
 * 4 · group, counted from 0, a word each.
 * @param ordinal of the operation among the network's dropout operations
 * @param step steps done before this one
 */
export function dropoutWords(seed: number, ordinal: number, step: number, group: number, unit: number): Block {
  return philox4x32([group, unit, step >>> 0, Math.floor(step / 2 ** 32)], [seed, streams.dropout + 256 * ordinal])
}

/** The words of (seed, stream, a, b) in order: the k-th is word k mod 4 of block ⌊k / 4⌋. */
export class RandomWords {
  private block: Block = [0, 0, 0, 0]
  private drawn = 0

  constructor(
    private readonly seed: number,
    private readonly stream: Stream,
    private readonly a: number,
    private readonly b: number
  ) {}

  /** @returns an unsigned 32-bit number */
  next(): number {
    const word = this.drawn % 4
    if (word === 0) {
      const index = this.drawn / 4
      const counter: Block = [index >>> 0, Math.floor(index / 2 ** 32), this.a, this.b]
      this.block = philox4x32(counter, [this.seed, this.stream])
    }
    this.drawn += 1
    return this.block[word as 0 | 1 | 2 | 3]
  }
}

/**
 * The order in which an epoch visits its samples (Fisher–Yates from the identity, so that an epoch's order depends on
 * the seed and the epoch alone).
 * @param order filled with a permutation of 0 … length − 1
 * @param epoch counted from 0
 */
export function shuffleEpoch(order: Uint32Array, seed: number, epoch: number): void {
  const words = new RandomWords(seed, streams.shuffle, epoch >>> 0, Math.floor(epoch / 2 ** 32))
  identityOrder(order)
  for (let i = order.length - 1; i >= 1; i--) {
    const j = multiplyHigh(words.next(), i + 1)
    const swapped = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = swapped
  }
}

/** @param order filled with 0, 1, 2, … */
export function identityOrder(order: Uint32Array): void {
  for (let i = 0; i < order.length; i++) order[i] = i
}
