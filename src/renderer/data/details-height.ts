import type { ColumnSetting, ColumnType } from '../../shared/table/column-types'
import type { ColumnSummary } from '../../shared/table/profile'

/** Values a column's details list. */
export const LISTED_VALUES = 5
/** Categories of an order that are seen at once. */
const LISTED_RANKS = 8
const EVIDENCE = 17

/** How high a column's details are, in pixels: an order or the parts of a date, a picture and figures, or its most frequent values. */
export function detailsHeight(column: ColumnSummary, type: ColumnType, setting: ColumnSetting | undefined): number {
  if (setting?.type === 'ordinal') return EVIDENCE + 48 + 24 * Math.min(LISTED_RANKS, setting.order.length)
  // Why a column is dates takes up to three lines.
  if (type === 'date') return 3 * EVIDENCE + 182
  return (
    EVIDENCE +
    (type === 'numeric' && column.numeric !== null ? 132 : 44 + 18 * Math.min(LISTED_VALUES, column.categories.length))
  )
}
