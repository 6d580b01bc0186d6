import { rm } from 'node:fs/promises'
import type { ColumnType } from '../../shared/table/column-types'
import type { Dialect, DialectConfidence, DialectOverrides } from '../../shared/table/dialect'
import type { Database } from '../database'
import type { Amount, Progress } from '../progress'
import type { Scratch } from '../scratch'
import { detectNumberMarks, storageOf } from './column-storage'
import { checkUnchanged, stampOf } from './file'
import type { StoredColumn } from './csv-plan'
import { convertToCsv } from './convert'
import { EarlyLoad } from './early-load'
import { columnId, LARGEST_NUMBER, loadTable, tooLarge } from './load'
import { setWordsMissing } from './missing-words'
import { takeMixedColumns } from './mixed-columns'
import { openSource, type Beginning, type TableSource } from './source'
import type { Converter } from './text-files'

export interface TableColumn extends StoredColumn {
  readonly name: string
  /** Position in the table, from 0. */
  readonly index: number
  /** First row without a value, from 1; 0 when there is none. */
  readonly firstMissing: number
  /** Cells with text in a column of numbers; they count as missing. */
  readonly texts: number
  /** The same column with its texts, where there are such cells. */
  readonly asText: TableColumn | null
}

/** The column to read for a kind of values: the texts of a column of numbers are only lost where numbers are wanted. */
export function columnFor(column: TableColumn, kind: ColumnType): TableColumn {
  return kind === 'numeric' || kind === 'boolean' ? column : (column.asText ?? column)
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
  /** What a person takes for missing besides the usual words. */
  readonly missingWords: readonly string[]
  readonly notes: readonly string[]
}

/** The name of the table in the database. */
const TABLE = 'cells'

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
    const early = new EarlyLoad(this.database, TABLE)
    const source = await this.openSource(path, overrides, early)
    const key = keyOf(source.stamp.stamp, path, overrides)
    try {
      const table = await this.load(source, overrides, early)
      await checkUnchanged(source.stamp)
      this.last = { key, table }
      return table
    } catch (error) {
      await this.database.drop(TABLE)
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
    await this.database.drop(forgotten.id)
    await removeCopy(forgotten.source)
  }

  private async openSource(path: string, overrides: DialectOverrides, early: EarlyLoad): Promise<TableSource> {
    const guesser = {
      begin: (beginning: Beginning) => early.begin(beginning, overrides),
      abandon: () => early.abandon()
    }
    const convert: Converter = (format, from, to) =>
      convertToCsv(this.database, format, from, to, (done) => this.progress.report('reading', done * 0.2))
    const report = (done: number, amount: Amount): void =>
      this.progress.report('reading', (early.begun ? 0.9 : 0.4) * done, amount)
    try {
      return await openSource(path, overrides, this.scratch, report, { guesser, convert })
    } catch (error) {
      await early.abandon()
      throw error
    }
  }

  private async load(source: TableSource, overrides: DialectOverrides, early: EarlyLoad): Promise<Table> {
    const { scan, names } = source
    const { confidence, ...marks } = detectNumberMarks(scan.columns, source.dialect.delimiter, overrides)
    const columns = scan.columns.map((column, index): TableColumn => {
      const storage = storageOf(column, marks)
      return columnOf(names[index] ?? '', index, storage, column.missing, column.firstMissing)
    })
    const amount = { rows: scan.rows, totalBytes: source.stamp.bytes }
    const from = early.begun ? 0.9 : 0.4
    const onProgress = (done: number): void => this.progress.report('reading', from + (1 - from) * done, amount)
    await this.database.expect(scan.rows, columns.length)
    if (!(await early.finish(source, columns, marks, onProgress)))
      await loadTable(this.database, TABLE, source, columns, marks, onProgress)
    onProgress(1)
    const huge = new Set(await tooLarge(this.database, TABLE, columns))
    const kept = columns.map((column) =>
      huge.has(column.index) ? columnOf(column.name, column.index, 'text', column.missing, column.firstMissing) : column
    )
    if (huge.size > 0) await loadTable(this.database, TABLE, source, kept, marks, onProgress)
    const missingWords = overrides.missingWords ?? []
    const filled = await setWordsMissing(this.database, TABLE, kept, missingWords, marks)
    const taken = await takeMixedColumns(this.database, TABLE, source, filled.columns, marks)
    return {
      source: { ...source, reading: taken.reading },
      dialect: { ...source.dialect, ...marks },
      confidence: {
        ...source.confidence,
        decimalMark: overrides.decimalMark === undefined ? confidence : 1,
        thousandsMark: overrides.thousandsMark === undefined ? confidence : 1
      },
      id: TABLE,
      rows: scan.rows,
      columns: taken.columns,
      missingWords,
      notes: [
        ...source.notes,
        ...filled.notes,
        ...taken.notes,
        ...kept
          .filter((column) => huge.has(column.index))
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
    id: columnId(index),
    storage,
    missing,
    firstMissing,
    texts: 0,
    asText: null
  }
}

function keyOf(stamp: string, path: string, overrides: DialectOverrides): string {
  return JSON.stringify([stamp, path, Object.entries(overrides).sort(([a], [b]) => (a < b ? -1 : 1))])
}

async function removeCopy(source: TableSource): Promise<void> {
  if (source.file.temporary) await rm(source.file.path, { force: true })
}
