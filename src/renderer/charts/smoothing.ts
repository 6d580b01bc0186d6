import type { ScaleKind } from './axis'
import type { Columns } from './decimate'

/** The axis is this long in the units smoothing is about. */
const VIEW = 1000

/**
 * Exponential smoothing with the start corrected for, into `columns.smooth`. Weights depend on distance along the axis
 * and not on how many points there are: a strength forgets over the same share of the view at ten steps and at a
 * million. On a logarithmic axis logarithms are averaged, as the eye does.
 * @param strength 0 (none) … 0.99
 * @param viewLength length of the axis in units of x; a value that changes rarely keeps the past from moving
 */
export function smooth(columns: Columns, strength: number, viewLength: number, kind: ScaleKind): void {
  const { length, x, mean, smooth: out } = columns
  if (strength <= 0 || !(viewLength > 0)) {
    for (let i = 0; i < length; i++) out[i] = mean[i] ?? Number.NaN
    return
  }
  // The fourth root spreads the useful strengths over the whole slider.
  const perUnit = Math.log(Math.min(strength, 0.9999)) / 4
  let sum = 0
  let weight = 0
  let previous = x[0] ?? 0
  for (let i = 0; i < length; i++) {
    const value = mean[i] ?? Number.NaN
    const shown = kind === 'log' ? Math.log(value) : value
    if (!Number.isFinite(shown)) {
      // A zero has no place on a logarithmic axis: a gap, and no part of the average.
      out[i] = Number.NaN
      continue
    }
    const position = x[i] ?? previous
    const keep = Math.exp(perUnit * (((position - previous) / viewLength) * VIEW))
    previous = position
    sum = sum * keep + shown
    weight = weight * keep + 1
    out[i] = kind === 'log' ? Math.exp(sum / weight) : sum / weight
  }
}
