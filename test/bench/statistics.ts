import { median } from '../../src/engine/benchmark'

/** What the rounds of one measurement came to. */
export interface Spread {
  readonly median: number
  readonly lowerQuartile: number
  readonly upperQuartile: number
  readonly least: number
  readonly most: number
  /** Every round, in the order they were measured. */
  readonly rounds: readonly number[]
}

/** @throws RangeError without any round */
export function spreadOf(rounds: readonly number[]): Spread {
  if (rounds.length === 0) throw new RangeError('A spread needs at least one round.')
  return {
    median: median(rounds),
    lowerQuartile: quantile(rounds, 0.25),
    upperQuartile: quantile(rounds, 0.75),
    least: Math.min(...rounds),
    most: Math.max(...rounds),
    rounds
  }
}

/**
 * numerators[r] / denominators[r] of every round r. What slows the whole machine down for a while slows both sides of a
 * round down, so that ratios of rounds vary less than the ratio of two medians does.
 * @throws RangeError when the rounds do not pair up
 */
export function ratioOf(numerators: readonly number[], denominators: readonly number[]): Spread {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`There are ${numerators.length} rounds to be divided by ${denominators.length}.`)
  }
  return spreadOf(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)))
}

/** Linear interpolation between the values in order (Hyndman and Fan's type 7, NumPy's default). */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const position = share * (sorted.length - 1)
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}
