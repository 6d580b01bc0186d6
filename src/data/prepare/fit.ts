import { readBlocks } from '../blocks'
import type { Database } from '../database'
import { Moments } from '../moments'
import type { MissingPolicy, Scaling } from '../../shared/design/schema'
import type { FeatureEncoding } from '../../shared/weights/schema'
import { codesOf, numbersOf } from '../encode/column-values'
import type { Table, TableColumn } from '../reading/table'
import { eachColumn, medianOf, modeOf } from '../sorted-columns'
import type { Role } from './roles'
import { parts } from './split'

/** How often each category of a column comes in each part; by code, a category of the whole table. */
export interface CategoryUse {
  readonly train: Uint32Array
  /** Validation and test together. */
  readonly elsewhere: Uint32Array
}

export interface Fitted {
  readonly numbers: ReadonlyMap<TableColumn, Moments>
  readonly categories: ReadonlyMap<TableColumn, CategoryUse>
}

/**
 * One pass over the used columns: moments of numbers over the training rows, counts of categories.
 * @param domains the categories of the whole table, for each categorical column
 */
export async function fitColumns(
  database: Database,
  table: Table,
  roles: readonly Role[],
  domains: ReadonlyMap<TableColumn, readonly string[]>,
  rowParts: Uint8Array,
  onProgress: (fraction: number) => void
): Promise<Fitted> {
  const numbers = new Map<TableColumn, Moments>()
  const categories = new Map<TableColumn, CategoryUse>()
  const collectors = roles.map(({ column, kind }) => {
    if (kind === 'numeric') {
      const moments = new Moments()
      numbers.set(column, moments)
      return {
        value: numbersOf(table, column),
        add: (cells: Float64Array, start: number, rows: number) => addNumbers(moments, cells, rowParts, start, rows)
      }
    }
    const domain = domains.get(column) ?? []
    const use: CategoryUse = { train: new Uint32Array(domain.length), elsewhere: new Uint32Array(domain.length) }
    categories.set(column, use)
    const { value, codeOf } = codesOf(column, domain)
    return {
      value,
      add: (cells: Float64Array, start: number, rows: number) => {
        for (let i = 0; i < rows; i++) {
          const part = rowParts[start + i]
          const code = codeOf(cells[i] ?? Number.NaN)
          // Missing values are NaN, which is no index.
          if (part === parts.dropped || !(code >= 0)) continue
          const counts = part === parts.train ? use.train : use.elsewhere
          counts[code] = (counts[code] ?? 0) + 1
        }
      }
    }
  })
  const values = collectors.map((collector) => collector.value)
  for await (const block of readBlocks(database, values, table.id)) {
    for (const [index, collector] of collectors.entries()) {
      const cells = block.columns[index]
      if (cells !== undefined) collector.add(cells, block.start, block.rows)
    }
    onProgress((block.start + block.rows) / table.rows)
  }
  return { numbers, categories }
}

function addNumbers(moments: Moments, cells: Float64Array, rowParts: Uint8Array, start: number, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const value = cells[i] ?? Number.NaN
    if (rowParts[start + i] === parts.train && !Number.isNaN(value)) moments.add(value)
  }
}

/** x′ = (x − mean) / scale: offset and scale of a column whose training rows have these moments. */
export function scaleOf(moments: Moments, scaling: Scaling): { mean: number; scale: number } {
  if (scaling === 'none') return { mean: 0, scale: 1 }
  const scale = scaling === 'standard' ? moments.standardDeviation : moments.max - moments.min
  return { mean: scaling === 'standard' ? moments.mean : moments.min, scale: scale > 0 ? scale : 1 }
}

/**
 * What stands in for a missing number, from the training rows of each column; null when missing values are not filled
 * in.
 * @param numbers moments of the columns, at least one value each
 */
export async function standInsFor(
  database: Database,
  table: Table,
  numbers: ReadonlyMap<TableColumn, Moments>,
  rowParts: Uint8Array,
  policy: MissingPolicy
): Promise<Map<TableColumn, number | null>> {
  if (policy !== 'median' && policy !== 'mode') {
    return new Map([...numbers].map(([column, { mean }]) => [column, policy === 'mean' ? mean : null]))
  }
  const standIns = new Map<TableColumn, number | null>()
  const columns = [...numbers].map(([column, { count }]) => ({ column, value: numbersOf(table, column), count }))
  await eachColumn(database, table.id, table.rows, columns, rowParts, ({ column }, values) => {
    values.sort()
    standIns.set(column, policy === 'median' ? medianOf(values) : modeOf(values))
  })
  return standIns
}

/** The categories seen in training and the one that stands in for a missing value. */
export function fittedCategories(
  column: TableColumn,
  domain: readonly string[],
  use: CategoryUse,
  policy: MissingPolicy
): Extract<FeatureEncoding, { kind: 'categorical' }> {
  const categories = domain.filter((_, code) => (use.train[code] ?? 0) > 0)
  let mode: string | null = null
  let best = 0
  for (const [code, category] of domain.entries()) {
    if ((use.train[code] ?? 0) > best) {
      best = use.train[code] ?? 0
      mode = category
    }
  }
  return {
    column: column.name,
    kind: 'categorical',
    categories,
    missing: policy === 'error' || policy === 'dropRow' ? null : mode
  }
}
