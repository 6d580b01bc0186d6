import { readBlocks } from '../blocks'
import type { Database } from '../database'
import { Moments } from '../moments'
import { codesOf, numbersOf } from '../encode/column-values'
import type { Table, TableColumn } from '../reading/table'
import { fitCategories, type CategoryFit } from './categories'
import type { Role } from './roles'
import { parts } from './split'

/** A column of numbers. */
export interface NumberFit {
  /** Of the training rows that have a value. */
  readonly moments: Moments
  /** Used rows of all parts without a value. */
  readonly missing: number
}

/** Rows of each class of a target, by code. */
export interface ClassCounts {
  readonly train: Uint32Array
  readonly validation: Uint32Array
}

/** What was learned of the used columns. */
export interface Fitted {
  /** Features and targets that are numbers. */
  readonly numbers: ReadonlyMap<TableColumn, NumberFit>
  /** Features of categories. */
  readonly categories: ReadonlyMap<TableColumn, CategoryFit>
  /** Targets of classes. */
  readonly classes: ReadonlyMap<TableColumn, ClassCounts>
}

interface Collector {
  /** For `readBlocks`. */
  readonly value: string
  readonly add: (cells: Float64Array, start: number, rows: number) => void
}

/**
 * Fit the used columns on the training rows.
 * @param classes the classes of each categorical target, over the whole table
 * @param maxCategories how many inputs a feature of categories may become
 */
export async function fitColumns(
  database: Database,
  table: Table,
  { features, targets }: { readonly features: readonly Role[]; readonly targets: readonly Role[] },
  classes: ReadonlyMap<TableColumn, readonly string[]>,
  rowParts: Uint8Array,
  maxCategories: number,
  onProgress: (fraction: number) => void
): Promise<Fitted> {
  const numbers = new Map<TableColumn, { moments: Moments; missing: number }>()
  const classCounts = new Map<TableColumn, ClassCounts>()
  const collectors: Collector[] = []
  for (const { column, kind } of [...features, ...targets]) {
    if (kind !== 'numeric') continue
    const fit = { moments: new Moments(), missing: 0 }
    numbers.set(column, fit)
    collectors.push(numberCollector(table, column, fit, rowParts))
  }
  for (const { column, kind } of targets) {
    if (kind !== 'categorical') continue
    const names = classes.get(column) ?? []
    const counts = { train: new Uint32Array(names.length), validation: new Uint32Array(names.length) }
    classCounts.set(column, counts)
    collectors.push(classCollector(column, names, counts, rowParts))
  }
  const ofCategories = features.filter(({ kind }) => kind === 'categorical').map(({ column }) => column)
  const share = collectors.length / (collectors.length + ofCategories.length)
  if (collectors.length > 0) {
    const values = collectors.map((collector) => collector.value)
    for await (const block of readBlocks(database, values, table.id)) {
      for (const [index, collector] of collectors.entries()) {
        const cells = block.columns[index]
        if (cells !== undefined) collector.add(cells, block.start, block.rows)
      }
      onProgress((share * (block.start + block.rows)) / table.rows)
    }
  }
  const categories = await fitCategories(database, table, ofCategories, rowParts, maxCategories, (done) =>
    onProgress(share + (1 - share) * done)
  )
  return { numbers, categories, classes: classCounts }
}

function numberCollector(
  table: Table,
  column: TableColumn,
  fit: { readonly moments: Moments; missing: number },
  rowParts: Uint8Array
): Collector {
  return {
    value: numbersOf(table, column),
    add: (cells, start, rows) => {
      for (let i = 0; i < rows; i++) {
        const part = rowParts[start + i]
        const value = cells[i] ?? Number.NaN
        if (part === parts.dropped) continue
        if (Number.isNaN(value)) fit.missing += 1
        else if (part === parts.train) fit.moments.add(value)
      }
    }
  }
}

function classCollector(
  column: TableColumn,
  names: readonly string[],
  counts: ClassCounts,
  rowParts: Uint8Array
): Collector {
  const { value, codeOf } = codesOf(column, names)
  return {
    value,
    add: (cells, start, rows) => {
      for (let i = 0; i < rows; i++) {
        const part = rowParts[start + i]
        const into = part === parts.train ? counts.train : part === parts.validation ? counts.validation : null
        if (into === null) continue
        const code = codeOf(cells[i] ?? Number.NaN)
        into[code] = (into[code] ?? 0) + 1
      }
    }
  }
}
