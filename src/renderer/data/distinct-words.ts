import type { ColumnSummary } from '../../shared/table/profile'
import { formatCount } from '../training/format'

/** How many different values a column has: 1 234, or ≈ 995 000 where that was estimated. */
export function distinctWords({ distinct, distinctExact }: Pick<ColumnSummary, 'distinct' | 'distinctExact'>): string {
  return distinctExact ? formatCount(distinct) : `≈ ${formatCount(Number(distinct.toPrecision(2)))}`
}
