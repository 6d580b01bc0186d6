import { blockRows, readBlocks } from '../blocks'
import type { Database } from '../database'
import { Moments, type MomentFigures } from '../moments'
import { calendarDate } from '../../shared/table/dates'
import { inLanes } from '../lanes'
import { codesOf } from '../encode/column-values'
import { measureOf, type Measured } from '../encode/readings'
import type { Table, TableColumn } from '../reading/table'
import { fitCategories, type CategoryFit } from './categories'
import type { FeatureRole, TargetRole } from './roles'
import { parts } from './split'

/** A column of numbers, or of what is read as numbers. */
export interface NumberFit {
  readonly reading: Measured
  /** For `readBlocks`. */
  readonly value: string
  /** Of the training rows that have a value. */
  readonly moments: MomentFigures
  /** Of the years, where the values are dates. */
  readonly years: MomentFigures | null
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
  /** Targets that are numbers, and features that are not categories. */
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
  { features, targets }: { readonly features: readonly FeatureRole[]; readonly targets: readonly TargetRole[] },
  classes: ReadonlyMap<TableColumn, readonly string[]>,
  rowParts: Uint8Array,
  maxCategories: number,
  onProgress: (fraction: number) => void
): Promise<Fitted> {
  const numbers = new Map<TableColumn, NumberFit>()
  const classCounts = new Map<TableColumn, ClassCounts>()
  const collectors: Collector[] = []
  const measured: { column: TableColumn; reading: Measured }[] = []
  for (const { column, reading } of features) if (reading.kind !== 'categorical') measured.push({ column, reading })
  for (const { column, kind } of targets) if (kind === 'numeric') measured.push({ column, reading: { kind } })
  const training = new Float64Array(blockRows(1))
  const { stored } = table
  const inMemory = measured.filter(
    ({ column, reading }) => reading.kind === 'numeric' && column.storage === 'number' && stored?.holds(column) === true
  )
  const all = features.length + targets.length
  await inLanes(inMemory, async ({ column, reading }) => {
    if (stored === null) return
    const { missing, ...moments } = await stored.moments(column, rowParts, parts.train, parts.dropped)
    numbers.set(column, { reading, value: column.id, moments, years: null, missing })
    onProgress(numbers.size / all)
  })
  const done = inMemory.length / all
  for (const { column, reading } of measured) {
    if (numbers.has(column)) continue
    const collector = new NumberCollector(reading, measureOf(table, column, reading), rowParts, training)
    numbers.set(column, collector)
    collectors.push(collector)
  }
  for (const { column, kind } of targets) {
    if (kind !== 'categorical') continue
    const names = classes.get(column) ?? []
    const counts = { train: new Uint32Array(names.length), validation: new Uint32Array(names.length) }
    classCounts.set(column, counts)
    collectors.push(classCollector(table, column, names, counts, rowParts))
  }
  const ofCategories = features.filter(({ reading }) => reading.kind === 'categorical').map(({ column }) => column)
  const share = collectors.length / all
  if (collectors.length > 0) {
    const values = collectors.map((collector) => collector.value)
    for await (const block of readBlocks(database, values, table)) {
      for (const [index, collector] of collectors.entries()) {
        const cells = block.columns[index]
        if (cells !== undefined) collector.add(cells, block.start, block.rows)
      }
      onProgress(done + (share * (block.start + block.rows)) / table.rows)
    }
  }
  const categories = await fitCategories(database, table, ofCategories, rowParts, maxCategories, (fitted) =>
    onProgress(done + share + (1 - done - share) * fitted)
  )
  return { numbers, categories, classes: classCounts }
}

class NumberCollector implements Collector, NumberFit {
  readonly moments = new Moments()
  readonly years: Moments | null
  missing = 0

  constructor(
    readonly reading: Measured,
    readonly value: string,
    private readonly rowParts: Uint8Array,
    /** Room for the rows of a block; what it holds is not kept. */
    private readonly training: Float64Array
  ) {
    this.years = reading.kind === 'date' ? new Moments() : null
  }

  add(cells: Float64Array, start: number, rows: number): void {
    const { training } = this
    let count = 0
    for (let i = 0; i < rows; i++) {
      const part = this.rowParts[start + i] ?? parts.dropped
      const value = cells[i] ?? Number.NaN
      // Parts come at random, and a branch on them would be guessed wrong again and again: every value is written, and
      // stays when the place moves on.
      training[count] = value
      count += Number(part === parts.train)
      if (Number.isNaN(value) && part !== parts.dropped) this.missing += 1
    }
    this.moments.add(training, count)
    if (this.years === null) return
    for (let i = 0; i < count; i++) training[i] = calendarDate(training[i] ?? Number.NaN).year
    this.years.add(training, count)
  }
}

function classCollector(
  table: Table,
  column: TableColumn,
  names: readonly string[],
  counts: ClassCounts,
  rowParts: Uint8Array
): Collector {
  const { value, codeOf } = codesOf(table, column, names)
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
