import type { TableWarning } from '../../shared/table/warnings'
import { formatCount, plural } from '../training/format'

/** The order in which warnings are worth reading; what is left out anyway comes last. */
const order: readonly TableWarning['kind'][] = [
  'leakage',
  'imbalance',
  'missing',
  'outliers',
  'duplicateRows',
  'scale',
  'copies',
  'manyCategories',
  'empty',
  'constant',
  'identifier'
]
/** Said for information: these columns are left out already. */
const harmless: ReadonlySet<TableWarning['kind']> = new Set(['empty', 'constant', 'identifier'])

export function byImportance(warnings: readonly TableWarning[]): TableWarning[] {
  return [...warnings].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}

export function isHarmless({ kind }: TableWarning): boolean {
  return harmless.has(kind)
}

/** A warning in a few words, for a list. */
export function titleOf(warning: TableWarning): string {
  const { columns } = warning
  const those = columns.length === 1 ? `“${columns[0] ?? ''}”` : `${formatCount(columns.length)} columns`
  switch (warning.kind) {
    case 'leakage':
      return `${those} ${columns.length === 1 ? 'gives' : 'give'} “${warning.target}” away`
    case 'imbalance':
      return `Imbalanced classes, ${formatCount(warning.largest.count)} to ${formatCount(warning.smallest.count)}`
    case 'missing':
      return `Many missing values in ${those}`
    case 'outliers':
      return `Values far out in ${those}`
    case 'duplicateRows':
      return plural(warning.rows, 'repeated row')
    case 'scale':
      return 'Very different scales'
    case 'copies':
      return `${columns.length === 2 ? 'A copy' : `${formatCount(columns.length - 1)} copies`} of “${columns[0] ?? ''}”`
    case 'manyCategories':
      return `Many categories in ${those}`
    case 'empty':
      return `${plural(columns.length, 'empty column')} left out`
    case 'constant':
      return `${plural(columns.length, 'constant column')} left out`
    case 'identifier':
      return `${plural(columns.length, 'identifier')} left out`
  }
}
