import type { MissingPolicy, Scaling } from '../../shared/design/schema'
import type { Database } from '../database'
import { calendarDate } from '../../shared/table/dates'
import type { MomentFigures } from '../moments'
import type { Table, TableColumn } from '../reading/table'
import { eachColumn, modeOf, quantilesOf } from '../order-statistics'
import type { NumberFit } from './fit'

/** What is known of a column's training rows once they are sorted. */
export interface OrderStatistics {
  readonly median: number
  /** Third quartile − first quartile. */
  readonly interquartileRange: number
  /** Null unless it is to stand in. */
  readonly mode: number | null
}

/** What describes the training rows of a column of numbers, as far as scaling and stand-ins need it. */
export interface NumberStatistics {
  readonly moments: MomentFigures
  /** Null unless asked for: sorting takes a second pass over the table. */
  readonly order: OrderStatistics | null
  /** Of the years, where the values are dates. */
  readonly years: NumberStatistics | null
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
  const orderOf = (values: Float64Array | null): OrderStatistics | null =>
    values === null ? null : orderStatistics(values, policy === 'mode')
  const of = ({ moments, years }: NumberFit, values: Float64Array | null): NumberStatistics => ({
    moments,
    order: orderOf(values),
    years:
      years === null
        ? null
        : { moments: years, order: orderOf(values?.map((days) => calendarDate(days).year) ?? null), years: null }
  })
  for (const [column, fit] of numbers) statistics.set(column, of(fit, null))
  const columns = [...numbers]
    .filter(([, fit]) => isSorted(fit, scaling, policy))
    .map(([column, fit]) => ({ column, fit, value: fit.value, count: fit.moments.count }))
  await eachColumn(database, table, columns, rowParts, ({ column, fit }, values) => {
    statistics.set(column, of(fit, values))
  })
  return statistics
}

function isSorted({ reading: { kind } }: NumberFit, scaling: Scaling, policy: MissingPolicy): boolean {
  if (kind === 'boolean') return false
  return scaling === 'robust' || policy === 'median' || policy === 'mode' || (policy === 'mean' && kind === 'ordinal')
}

/** @param values in any order, not empty */
function orderStatistics(values: Float64Array, withMode: boolean): OrderStatistics {
  const [first = Number.NaN, median = Number.NaN, third = Number.NaN] = quantilesOf(values, [0.25, 0.5, 0.75])
  return { median, interquartileRange: third - first, mode: withMode ? modeOf(values.toSorted()) : null }
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
  { moments, order }: Pick<NumberStatistics, 'moments' | 'order'>,
  scaling: Scaling
): { readonly mean: number; readonly scale: number } {
  const divisor = (spread: number): number => (spread > 0 ? spread : 1)
  switch (scaling) {
    case 'standard':
      return { mean: moments.mean, scale: divisor(moments.standardDeviation) }
    case 'minMax':
      return { mean: moments.min, scale: divisor(moments.max - moments.min) }
    case 'robust': {
      const { median, interquartileRange } = required(order)
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
      return required(order).median
    case 'mode':
      return required(required(order).mode)
  }
}

/** The more frequent of 0 and 1, 0 when both are. */
export function booleanStandIn({ moments }: NumberStatistics, policy: MissingPolicy): 0 | 1 | null {
  if (policy === 'error' || policy === 'dropRow') return null
  return moments.mean > 0.5 ? 1 : 0
}

function required<T>(statistic: T | null): T {
  if (statistic !== null) return statistic
  throw new Error('The order statistics of a column were not asked for.')
}
