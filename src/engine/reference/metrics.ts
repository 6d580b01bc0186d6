import type { MetricName } from '../engine'
import { at } from '../float-array'

/** The metric of each sample, added up: divided by their number it is the metric. Ŷ and Y are n × b, one sample per column. */
export type MetricSum = (predictions: Float64Array, targets: Float64Array, units: number, count: number) => number

export const metrics: Readonly<Record<MetricName, MetricSum>> = {
  argmaxAccuracy(predictions, targets, units, count) {
    let right = 0
    for (let column = 0; column < units * count; column += units) {
      if (largestRow(predictions, column, units) === largestRow(targets, column, units)) right += 1
    }
    return right
  },
  thresholdAccuracy(predictions, targets, units, count) {
    let right = 0
    for (let i = 0; i < units * count; i++) {
      if (at(predictions, i) > 0.5 === at(targets, i) > 0.5) right += 1
    }
    return right / units
  },
  meanAbsoluteError(predictions, targets, units, count) {
    let sum = 0
    for (let i = 0; i < units * count; i++) sum += Math.abs(at(predictions, i) - at(targets, i))
    return sum / units
  }
}

/** The row of a column's largest number, the first of several. */
function largestRow(matrix: Float64Array, column: number, units: number): number {
  let best = 0
  for (let row = 1; row < units; row++) if (at(matrix, column + row) > at(matrix, column + best)) best = row
  return best
}
