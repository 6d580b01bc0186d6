import type { MissingPolicy, Scaling } from '../../shared/design/schema'
import type { Database } from '../database'
import { numbersOf } from '../encode/column-values'
import type { Moments } from '../moments'
import type { Table, TableColumn } from '../reading/table'
import { eachColumn, medianOf, modeOf, quantileOf } from '../sorted-columns'
import type { NumberFit } from './fit'

/** What is known of a column's training rows once they are sorted. */
export interface OrderStatistics {
  readonly median: number
  /** Third quartile − first quartile. */
  readonly interquartileRange: number
  readonly mode: number
}

/** What describes the training rows of a column of numbers, as far as scaling and stand-ins need it. */
export interface NumberStatistics {
  readonly moments: Moments
  /** Null unless asked for: sorting takes a second pass over the table. */
  readonly order: OrderStatistics | null
}

/**
 * The statistics of columns of numbers, sorted where scaling or stand-ins need it.
 * @param numbers what is known of them already, at least one training row with a value each
 * @param policy what stands in for missing values of these columns; `error` for targets, which have no stand-ins
 */
export async function statisticsOf(
  database: Database,
  table: Table,
  numbers: ReadonlyMap<TableColumn, NumberFit>,
  rowParts: Uint8Array,
  scaling: Scaling,
  policy: MissingPolicy
): Promise<Map<TableColumn, NumberStatistics>> {
  const statistics = new Map<TableColumn, NumberStatistics>()
  for (const [column, { moments }] of numbers) statistics.set(column, { moments, order: null })
  if (scaling !== 'robust' && policy !== 'median' && policy !== 'mode') return statistics
  const columns = [...numbers].map(([column, { moments }]) => ({
    column,
    moments,
    value: numbersOf(table, column),
    count: moments.count
  }))
  await eachColumn(database, table.id, table.rows, columns, rowParts, ({ column, moments }, values) => {
    values.sort()
    const interquartileRange = quantileOf(values, 0.75) - quantileOf(values, 0.25)
    statistics.set(column, {
      moments,
      order: { median: medianOf(values), interquartileRange, mode: modeOf(values) }
    })
  })
  return statistics
}

/**
 * x′ = (x − mean) / scale: offset and scale of a column, from its training rows.
 *
 * - standard: arithmetic mean and standard deviation (of the population)
 * - minMax: minimum and range, so that x′ is from 0 to 1
 * - robust: x′ = (x − median) / IQR, the interquartile range; what a few extreme values do not move. As scikit-learn's
 *   `RobustScaler` with its defaults.
 * - none: 0 and 1
 *
 * Where the divisor would be 0 it is 1.
 */
export function scaleOf(
  { moments, order }: NumberStatistics,
  scaling: Scaling
): { readonly mean: number; readonly scale: number } {
  const divisor = (spread: number): number => (spread > 0 ? spread : 1)
  switch (scaling) {
    case 'standard':
      return { mean: moments.mean, scale: divisor(moments.standardDeviation) }
    case 'minMax':
      return { mean: moments.min, scale: divisor(moments.max - moments.min) }
    case 'robust': {
      const { median, interquartileRange } = sorted(order)
      return { mean: median, scale: divisor(interquartileRange) }
    }
    case 'none':
      return { mean: 0, scale: 1 }
  }
}

/** What stands in for a missing number, from the training rows; null when missing values are not filled in. */
export function standInOf({ moments, order }: NumberStatistics, policy: MissingPolicy): number | null {
  switch (policy) {
    case 'error':
    case 'dropRow':
      return null
    case 'mean':
      return moments.mean
    case 'median':
      return sorted(order).median
    case 'mode':
      return sorted(order).mode
  }
}

function sorted(order: OrderStatistics | null): OrderStatistics {
  if (order !== null) return order
  throw new Error('The column was not sorted.')
}
