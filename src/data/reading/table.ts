import { rm } from 'node:fs/promises'
import type { ColumnType } from '../../shared/design/schema'
import type { Dialect, DialectConfidence, DialectOverrides } from '../../shared/table/dialect'
import type { Database } from '../database'
import { span, type Progress } from '../progress'
import type { Scratch } from '../scratch'
import { detectNumberMarks, storageOf } from './column-storage'
import { checkUnchanged, stampOf } from './file'
import { LARGEST_NUMBER, loadTable, type StoredColumn } from './load'
import { openSource, type TableSource } from './source'

export interface TableColumn extends StoredColumn {
  readonly name: string
  /** Position in the table, from 0. */
  readonly index: number
  /** What the values look like: numeric when all of them are numbers. */
  readonly type: ColumnType
  /** First row without a value, from 1; 0 when there is none. */
  readonly firstMissing: number
}

/** A table in the database; row i of the file (from 0) has the rowid i. */
export interface Table {
  readonly source: TableSource
  readonly dialect: Dialect
  readonly confidence: DialectConfidence
  /** Its name in the database. */
  readonly id: string
  readonly rows: number
  readonly columns: readonly TableColumn[]
  readonly notes: readonly string[]
}

/** The tables of this worker: the last one stays in memory, so that another split or scaling reads nothing again. */
export class Tables {
  private last: { readonly key: string; readonly table: Table } | null = null

  constructor(
    private readonly database: Database,
    private readonly scratch: Scratch,
    private readonly progress: Progress
  ) {}

  /** The table of a file as it is now. */
  async open(path: string, overrides: DialectOverrides): Promise<Table> {
    const found = await this.inMemory(path, overrides)
    if (found !== null) return found
    await this.forget()
    const source = await openSource(path, overrides, this.scratch, span(this.progress, 'reading', 0, 0.4))
    const key = keyOf(source.stamp.stamp, path, overrides)
    try {
      const table = await this.load(source, overrides)
      await checkUnchanged(source.stamp)
      this.last = { key, table }
      return table
    } catch (error) {
      await removeCopy(source)
      // A file that is written to meanwhile may go wrong in any way; this is the reason then.
      await checkUnchanged(source.stamp)
      throw error
    }
  }

  /** The table of a file when it is in memory and the file has not changed. */
  async inMemory(path: string, overrides: DialectOverrides): Promise<Table | null> {
    const { stamp } = await stampOf(path)
    return this.last?.key === keyOf(stamp, path, overrides) ? this.last.table : null
  }

  private async forget(): Promise<void> {
    const forgotten = this.last?.table
    if (forgotten === undefined) return
    this.last = null
    await this.database.run(`DROP TABLE IF EXISTS ${forgotten.id}`)
    await removeCopy(forgotten.source)
  }

  private async load(source: TableSource, overrides: DialectOverrides): Promise<Table> {
    const { scan, names } = source
    const { confidence, ...marks } = detectNumberMarks(scan.columns, source.dialect.delimiter, overrides)
    const columns = scan.columns.map((column, index): TableColumn => {
      const storage = storageOf(column, marks)
      return columnOf(names[index] ?? '', index, storage, column.missing, column.firstMissing)
    })
    const onProgress = span(this.progress, 'reading', 0.4, 1)
    const id = 'cells'
    const tooLarge = new Set(await loadTable(this.database, id, source, columns, marks, onProgress))
    const kept = columns.map((column) =>
      tooLarge.has(column.index)
        ? columnOf(column.name, column.index, 'text', column.missing, column.firstMissing)
        : column
    )
    if (tooLarge.size > 0) await loadTable(this.database, id, source, kept, marks, onProgress)
    return {
      source,
      dialect: { ...source.dialect, ...marks },
      confidence: {
        ...source.confidence,
        decimalMark: overrides.decimalMark === undefined ? confidence : 1,
        thousandsMark: overrides.thousandsMark === undefined ? confidence : 1
      },
      id,
      rows: scan.rows,
      columns: kept,
      notes: [
        ...source.notes,
        ...kept
          .filter((column) => tooLarge.has(column.index))
          .map((column) => `Column "${column.name}" holds numbers beyond ±${LARGEST_NUMBER} and is read as text.`)
      ]
    }
  }
}

function columnOf(
  name: string,
  index: number,
  storage: StoredColumn['storage'],
  missing: number,
  firstMissing: number
): TableColumn {
  return {
    name,
    index,
    id: `c${index}`,
    storage,
    type: storage === 'number' ? 'numeric' : 'categorical',
    missing,
    firstMissing
  }
}

function keyOf(stamp: string, path: string, overrides: DialectOverrides): string {
  return JSON.stringify([stamp, path, Object.entries(overrides).sort(([a], [b]) => (a < b ? -1 : 1))])
}

async function removeCopy(source: TableSource): Promise<void> {
  if (source.file.temporary) await rm(source.file.path, { force: true })
}
