import { readBlocks, type Block } from '../blocks'
import type { Database } from '../database'
import { LaminaError } from '../../shared/errors'
import { categoriesOf, codesOf, type CodeReader } from '../encode/column-values'
import type { Table, TableColumn } from '../reading/table'
import type { TargetRole } from './roles'
import type { RowClasses } from './split'

/** One-hot encoding makes an output of every class; beyond this it is a mistake. */
const MAX_CLASSES = 10_000

/**
 * The classes of every categorical target, over the whole table, in their order.
 * @throws LaminaError `invalidData` for a target with far too many
 */
export async function classesOf(
  database: Database,
  table: Table,
  targets: readonly TargetRole[]
): Promise<Map<TableColumn, string[]>> {
  const found = new Map<TableColumn, string[]>()
  for (const { column, kind } of targets) {
    if (kind !== 'categorical') continue
    const classes = await categoriesOf(database, table, column, MAX_CLASSES)
    if (classes.length > MAX_CLASSES) {
      const advice = column.storage === 'number' ? 'make it numeric' : 'choose another target'
      throw new LaminaError(
        'invalidData',
        `The target "${column.name}" has more than ${MAX_CLASSES} classes, and each would need its own output. Rather ${advice}.`,
        { column: column.name }
      )
    }
    found.set(column, classes)
  }
  return found
}

/**
 * Check that there is something to tell apart, and give every row its class of the first categorical target.
 * @throws LaminaError `invalidData` for a target with fewer than two classes
 */
export async function classifyRows(
  database: Database,
  table: Table,
  targets: readonly TargetRole[],
  domains: ReadonlyMap<TableColumn, readonly string[]>,
  usable: Uint8Array | null
): Promise<RowClasses | null> {
  const categorical = targets.filter((target) => target.kind === 'categorical')
  if (categorical.length === 0) return null
  for (const { column } of categorical)
    refuseOneClass(table, column, domains.get(column) ?? [], table.rows - column.missing)
  const readers = categorical.map(({ column }) => ({ column, ...codesOf(table, column, domains.get(column) ?? []) }))
  const counts = readers.map(({ column }) => new Uint32Array(domains.get(column)?.length ?? 0))
  const classes = new Uint32Array(table.rows)
  for await (const block of readBlocks(
    database,
    readers.map((reader) => reader.value),
    table
  )) {
    for (const [index, reader] of readers.entries()) {
      const cells = block.columns[index]
      const count = counts[index]
      if (cells !== undefined && count !== undefined)
        classifyBlock({ ...block, cells }, reader, usable, index === 0 ? classes : null, count)
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

/** A function of its own, which is compiled sooner than a loop that waits between blocks. @param into by row, or null */
function classifyBlock(
  { start, rows, cells }: Block & { readonly cells: Float64Array },
  { codeOf }: CodeReader,
  usable: Uint8Array | null,
  into: Uint32Array | null,
  counts: Uint32Array
): void {
  for (let i = 0; i < rows; i++) {
    const row = start + i
    if (usable !== null && usable[row] === 0) continue
    const code = codeOf(cells[i] ?? Number.NaN)
    if (into !== null) into[row] = code
    counts[code] = (counts[code] ?? 0) + 1
  }
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
