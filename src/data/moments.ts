/** Values summed together. */
const BLOCK = 1024

/**
 * Mean and population variance of a sequence, in one pass. The mean comes of a compensated sum (Neumaier,
 * "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974); the squares are summed in blocks
 * of fixed size around each block's own mean and combined (Chan, Golub and LeVeque, "Updating formulae and a pairwise
 * algorithm for computing sample variances", 1979). The same numbers in the same order give the same bits, however they
 * arrive.
 */
export class Moments {
  private readonly buffer = new Float64Array(BLOCK)
  private filled = 0
  private combined = 0
  private sum = 0
  private lost = 0
  private combinedSquares = 0
  private smallest = Infinity
  private largest = -Infinity

  add(value: number): void {
    this.buffer[this.filled++] = value
    if (value < this.smallest) this.smallest = value
    if (value > this.largest) this.largest = value
    if (this.filled === BLOCK) this.combine()
  }

  get count(): number {
    return this.combined + this.filled
  }
  /** Infinity when there is no number. */
  get min(): number {
    return this.smallest
  }
  /** −Infinity when there is no number. */
  get max(): number {
    return this.largest
  }
  /** NaN when there is no number. */
  get mean(): number {
    this.combine()
    if (this.combined === 0) return Number.NaN
    // Rounding must not turn a constant into something that varies.
    return this.smallest === this.largest ? this.smallest : (this.sum + this.lost) / this.combined
  }
  /** Divided by n, not n − 1; NaN when there is no number. */
  get standardDeviation(): number {
    this.combine()
    if (this.combined === 0) return Number.NaN
    return this.smallest === this.largest ? 0 : Math.sqrt(this.combinedSquares / this.combined)
  }

  private combine(): void {
    const count = this.filled
    if (count === 0) return
    const meanBefore = this.combined === 0 ? 0 : (this.sum + this.lost) / this.combined
    let blockSum = 0
    for (let i = 0; i < count; i++) {
      const value = this.buffer[i] ?? 0
      blockSum += value
      this.addToSum(value)
    }
    const mean = blockSum / count
    let squares = 0
    for (let i = 0; i < count; i++) squares += ((this.buffer[i] ?? 0) - mean) ** 2
    const total = this.combined + count
    const difference = mean - meanBefore
    this.combinedSquares += squares + difference * difference * ((this.combined * count) / total)
    this.combined = total
    this.filled = 0
  }

  private addToSum(value: number): void {
    const sum = this.sum + value
    this.lost += Math.abs(this.sum) >= Math.abs(value) ? this.sum - sum + value : value - sum + this.sum
    this.sum = sum
  }
}
