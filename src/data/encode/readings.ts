import type { DateOrder, DatePart } from '../../shared/table/column-types'
import type { Table, TableColumn } from '../reading/table'
import { booleansOf, daysOf, numbersOf, ranksOf } from './column-values'

/** What the cells of a feature are read as, before anything is fitted. */
export type FeatureReading =
  | { readonly kind: 'categorical' }
  | { readonly kind: 'numeric' }
  | { readonly kind: 'boolean'; readonly no: readonly string[]; readonly yes: readonly string[] }
  /** All categories, the lowest first. */
  | { readonly kind: 'ordinal'; readonly order: readonly string[] }
  | { readonly kind: 'date'; readonly order: DateOrder; readonly parts: readonly DatePart[] }

/** A reading that makes one number of a cell. */
export type Measured =
  Exclude<FeatureReading, { kind: 'categorical' | 'date' }> | { readonly kind: 'date'; readonly order: DateOrder }

/**
 * A feature as numbers: an SQL expression for `readBlocks`. A missing value is NULL, a cell that cannot be read
 * NOT_UNDERSTOOD.
 */
export function measureOf(table: Table, column: TableColumn, reading: Measured): string {
  switch (reading.kind) {
    case 'numeric':
      return numbersOf(table, column)
    case 'boolean':
      return booleansOf(column, reading.no, reading.yes)
    case 'ordinal':
      return ranksOf(column, reading.order)
    case 'date':
      return daysOf(column, reading.order)
  }
}
