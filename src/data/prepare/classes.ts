import { readBlocks } from '../blocks'
import type { Database } from '../database'
import { LaminaError } from '../../shared/errors'
import { categoriesOf, codesOf } from '../encode/column-values'
import type { Table, TableColumn } from '../reading/table'
import type { Role } from './roles'
import type { RowClasses } from './split'

/** One-hot encoding makes an input or output of every category; beyond this it is a mistake. */
const MAX_CATEGORIES = 10_000

/** The categories of every categorical column, over the whole table, in their order. */
export async function domainsOf(
  database: Database,
  table: Table,
  roles: readonly Role[],
  part: 'feature' | 'target'
): Promise<Map<TableColumn, string[]>> {
  const domains = new Map<TableColumn, string[]>()
  for (const { column, kind } of roles) {
    if (kind !== 'categorical') continue
    const categories = await categoriesOf(database, table, column, MAX_CATEGORIES)
    if (categories.length > MAX_CATEGORIES) {
      const what = part === 'target' ? 'classes' : 'categories'
      const advice =
        column.type === 'numeric' ? 'make it numeric' : part === 'target' ? 'choose another target' : 'leave it out'
      throw new LaminaError(
        'invalidData',
        `The ${part} "${column.name}" has more than ${MAX_CATEGORIES} ${what}, and each would need its own ${part === 'target' ? 'output' : 'input'}. Rather ${advice}.`,
        { column: column.name }
      )
    }
    domains.set(column, categories)
  }
  return domains
}

/**
 * Check that there is something to tell apart, and give every row its class of the first categorical target.
 * @throws LaminaError `invalidData` for a target with fewer than two classes
 */
export async function classifyRows(
  database: Database,
  table: Table,
  targets: readonly Role[],
  domains: ReadonlyMap<TableColumn, readonly string[]>,
  usable: Uint8Array | null
): Promise<RowClasses | null> {
  const categorical = targets.filter((target) => target.kind === 'categorical')
  if (categorical.length === 0) return null
  for (const { column } of categorical)
    refuseOneClass(table, column, domains.get(column) ?? [], table.rows - column.missing)
  const readers = categorical.map(({ column }) => ({ column, ...codesOf(column, domains.get(column) ?? []) }))
  const counts = readers.map(({ column }) => new Uint32Array(domains.get(column)?.length ?? 0))
  const classes = new Uint32Array(table.rows)
  for await (const block of readBlocks(
    database,
    readers.map((reader) => reader.value),
    table.id
  )) {
    for (const [index, { codeOf }] of readers.entries()) {
      const cells = block.columns[index]
      const count = counts[index]
      for (let i = 0; i < block.rows; i++) {
        const row = block.start + i
        if (usable !== null && usable[row] === 0) continue
        const code = codeOf(cells?.[i] ?? Number.NaN)
        if (index === 0) classes[row] = code
        if (count !== undefined) count[code] = (count[code] ?? 0) + 1
      }
    }
  }
  for (const [index, { column }] of readers.entries()) {
    const domain = domains.get(column) ?? []
    const left = domain.filter((_, code) => (counts[index]?.[code] ?? 0) > 0)
    if (left.length < 2) {
      throw new LaminaError(
        'invalidData',
        `Once the rows with missing values are dropped, the target "${column.name}" has one class (${left.join(', ')}). Leave out the features with missing values, or fill those in.`,
        { column: column.name, classes: left }
      )
    }
  }
  const [first] = categorical
  return { classes, count: first === undefined ? 0 : (domains.get(first.column)?.length ?? 0) }
}

function refuseOneClass(table: Table, column: TableColumn, classes: readonly string[], present: number): void {
  if (classes.length >= 2) return
  const found =
    classes.length === 0
      ? 'no value in any row'
      : `one class (${classes[0] ?? ''}) in ${present === 1 ? 'its one row' : `all ${present} rows`}`
  throw new LaminaError(
    'invalidData',
    `The target "${column.name}" has ${found}. There is nothing to tell apart: choose a target with at least two classes.`,
    {
      file: table.source.stamp.path,
      column: column.name,
      classes
    }
  )
}
