import { lowerBound } from '../../shared/series'
import type { Range } from './axis'

/** A line over time as it is measured; `x` ascends and is `factor` times too small for the axis. */
export interface Source {
  readonly length: number
  readonly x: ArrayLike<number>
  readonly factor: number
  readonly mean: ArrayLike<number>
  /** Null where a point is a single measurement. */
  readonly min: ArrayLike<number> | null
  readonly max: ArrayLike<number> | null
  /** How much each point weighs when points share a pixel; null for one each. */
  readonly weight: ArrayLike<number> | null
}

/** A line cut down to what a chart can show: at most two points for each column of pixels. Reused between frames. */
export class Columns {
  length = 0
  x: Float64Array
  mean: Float64Array
  min: Float64Array
  max: Float64Array
  smooth: Float64Array
  /** Whether any point stands for more than one value, so that there is a band to draw. */
  hasSpread = false

  constructor(size = 256) {
    this.x = new Float64Array(size)
    this.mean = new Float64Array(size)
    this.min = new Float64Array(size)
    this.max = new Float64Array(size)
    this.smooth = new Float64Array(size)
  }

  reserve(size: number): void {
    if (this.x.length >= size) return
    const room = 2 ** Math.ceil(Math.log2(size))
    this.x = new Float64Array(room)
    this.mean = new Float64Array(room)
    this.min = new Float64Array(room)
    this.max = new Float64Array(room)
    this.smooth = new Float64Array(room)
  }
}

/**
 * Cut a source down to `pixels` columns over `range`. Points that share a column become one: the mean weighted, at the
 * last one's place, with the smallest min and the largest max. Extremes are never lost. NaN points are left out.
 */
export function decimate(source: Source, range: Range, pixels: number, into: Columns): void {
  into.length = 0
  into.hasSpread = false
  const { length, x, factor, mean, min, max, weight } = source
  if (length === 0 || pixels < 1 || !(range.max > range.min)) return
  // One point beyond each end, so that lines leave the chart instead of stopping short of it.
  const from = Math.max(0, lowerBound(x, length, range.min / factor) - 1)
  const to = Math.min(length, lowerBound(x, length, range.max / factor) + 2)
  into.reserve(Math.min(to - from, pixels + 4))
  const scale = pixels / (range.max - range.min)
  let column = Number.NaN
  let write = -1
  let total = 0
  for (let i = from; i < to; i++) {
    const value = mean[i] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const position = (x[i] ?? 0) * factor
    // What lies beyond an end has a column of its own, so that it does not pull the last visible point outside.
    const at =
      position > range.max
        ? pixels
        : position < range.min
          ? -1
          : Math.min(pixels - 1, Math.floor((position - range.min) * scale))
    const low = min === null ? value : (min[i] ?? value)
    const high = max === null ? value : (max[i] ?? value)
    const own = weight === null ? 1 : (weight[i] ?? 1)
    if (at !== column) {
      column = at
      write += 1
      total = own
      into.x[write] = position
      into.mean[write] = value
      into.min[write] = low
      into.max[write] = high
    } else {
      total += own
      const before = into.mean[write] ?? value
      into.x[write] = position
      into.mean[write] = before + (value - before) * (own / total)
      if (low < (into.min[write] ?? low)) into.min[write] = low
      if (high > (into.max[write] ?? high)) into.max[write] = high
    }
    if ((into.max[write] ?? high) > (into.min[write] ?? low)) into.hasSpread = true
  }
  into.length = write + 1
}
