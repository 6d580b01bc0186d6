import type { ColumnType } from '../../shared/design/schema'
import type { ColumnSummary } from '../../shared/table/profile'

/** Values a column's details list. */
export const LISTED_VALUES = 5

/** How high a column's details are, in pixels: a picture and figures, or its most frequent values. */
export function detailsHeight(column: ColumnSummary, type: ColumnType): number {
  return type === 'numeric' && column.numeric !== null
    ? 132
    : 44 + 18 * Math.min(LISTED_VALUES, column.categories.length)
}
