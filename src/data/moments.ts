/** What `Moments` tells of a sequence. */
export type MomentFigures = Pick<Moments, 'count' | 'min' | 'max' | 'mean' | 'standardDeviation'>

/** Values summed together. */
const BLOCK = 1024
/** The values of a block are dealt out to so many sums in turn, which a processor can add to side by side. */
const LANES = 8

/**
 * Mean and population variance of a sequence, in one pass. The mean comes of sums and what rounding took from them (Knuth,
 * "The Art of Computer Programming", volume 2, 4.2.2, theorem B); the squares are summed in blocks of fixed size around
 * each block's own mean and combined (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
 * sample variances", 1979). The same numbers in the same order give the same bits, however they arrive, here and in
 * `src/data/native/moments.h`.
 */
export class Moments {
  private readonly buffer = new Float64Array(BLOCK)
  private filled = 0
  private combined = 0
  private readonly sums = new Float64Array(LANES)
  private readonly lost = new Float64Array(LANES)
  private combinedSquares = 0
  private smallest = Infinity
  private largest = -Infinity

  /** Take in the first `count` values, but for those that are NaN. */
  add(values: Float64Array, count: number): void {
    const { buffer } = this
    let { filled, smallest, largest } = this
    for (let i = 0; i < count; i++) {
      const value = values[i] ?? Number.NaN
      if (Number.isNaN(value)) continue
      buffer[filled++] = value
      if (value < smallest) smallest = value
      if (value > largest) largest = value
      if (filled === BLOCK) {
        this.filled = filled
        this.combine()
        filled = 0
      }
    }
    this.filled = filled
    this.smallest = smallest
    this.largest = largest
  }

  get count(): number {
    return this.combined + this.filled
  }
  /** Infinity when there is no number; never −0. */
  get min(): number {
    return this.smallest + 0
  }
  /** −Infinity when there is no number; never −0. */
  get max(): number {
    return this.largest + 0
  }
  /** NaN when there is no number. */
  get mean(): number {
    this.combine()
    if (this.combined === 0) return Number.NaN
    // Rounding must not turn a constant into something that varies.
    return this.smallest === this.largest ? this.min : this.total / this.combined
  }
  /** Divided by n, not n − 1; NaN when there is no number. */
  get standardDeviation(): number {
    this.combine()
    if (this.combined === 0) return Number.NaN
    return this.smallest === this.largest ? 0 : Math.sqrt(this.combinedSquares / this.combined)
  }

  private get total(): number {
    let sum = 0
    let lost = 0
    for (let lane = 0; lane < LANES; lane++) {
      const value = this.sums[lane] ?? 0
      const next = sum + value
      const added = next - sum
      lost += sum - (next - added) + (value - added)
      sum = next
      lost += this.lost[lane] ?? 0
    }
    return sum + lost
  }

  private combine(): void {
    const count = this.filled
    if (count === 0) return
    const meanBefore = this.combined === 0 ? 0 : this.total / this.combined
    const { buffer, sums, lost } = this
    const inBlock = new Float64Array(LANES)
    for (let lane = 0; lane < LANES; lane++) {
      let blockSum = 0
      let sum = sums[lane] ?? 0
      let lostOfSum = lost[lane] ?? 0
      for (let i = lane; i < count; i += LANES) {
        const value = buffer[i] ?? 0
        blockSum += value
        // What rounding takes away from a sum, exactly and without comparing magnitudes.
        const next = sum + value
        const added = next - sum
        lostOfSum += sum - (next - added) + (value - added)
        sum = next
      }
      inBlock[lane] = blockSum
      sums[lane] = sum
      lost[lane] = lostOfSum
    }
    const mean = inBlock.reduce((sum, value) => sum + value, 0) / count
    for (let lane = 0; lane < LANES; lane++) {
      let squares = 0
      for (let i = lane; i < count; i += LANES) {
        const difference = (buffer[i] ?? 0) - mean
        squares += difference * difference
      }
      inBlock[lane] = squares
    }
    const total = this.combined + count
    const difference = mean - meanBefore
    const squares = inBlock.reduce((sum, value) => sum + value, 0)
    this.combinedSquares += squares + difference * difference * ((this.combined * count) / total)
    this.combined = total
    this.filled = 0
  }
}
