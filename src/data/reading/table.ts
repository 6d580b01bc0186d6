import { rm } from 'node:fs/promises'
import type { ColumnType } from '../../shared/table/column-types'
import type { Dialect, DialectConfidence, DialectOverrides } from '../../shared/table/dialect'
import { LaminaError } from '../../shared/errors'
import type { Database } from '../database'
import type { Amount, Progress } from '../progress'
import { tablesAddon } from '../native-addon'
import type { Scratch } from '../scratch'
import { StoredColumns, storedRowBytes } from '../stored-columns'
import type { NumberMarks } from './cell-kinds'
import { detectNumberMarks, storageOf } from './column-storage'
import { checkUnchanged, stampOf } from './file'
import type { StoredColumn } from './csv-plan'
import { convertToCsv } from './convert'
import type { KeptColumns } from './native-scan'
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
  /** What of it is in memory as well; what is not in the database is read there when it is asked. */
  readonly stored: StoredColumns | null
  /** What a person takes for missing besides the usual words. */
  readonly missingWords: readonly string[]
  readonly notes: readonly string[]
}

/** The name of the table in the database. */
const TABLE = 'cells'
/** What a column was seen to take in the database, however few rows it has: vectors and segments of 2048 rows each. */
const LOADED_COLUMN_BYTES = 52 << 10
/** How much of the memory for tables that may be. */
const LOADED_SHARE = 0.6
/** How much of the memory for tables columns may take outside of the database. */
const STORED_SHARE = 0.25

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
    const { source, kept } = await this.openSource(path, overrides, early)
    const key = keyOf(source.stamp.stamp, path, overrides)
    try {
      const table = await this.load(source, overrides, early, kept)
      await checkUnchanged(source.stamp)
      this.last = { key, table }
      return table
    } catch (error) {
      this.database.defer(null)
      source.columns?.dispose()
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
    this.database.defer(null)
    forgotten.stored?.dispose()
    await this.database.drop(forgotten.id)
    await removeCopy(forgotten.source)
  }

  /** @returns the indices of columns with numbers beyond LARGEST_NUMBER */
  private async tooLarge(columns: readonly TableColumn[], stored: StoredColumns | null): Promise<number[]> {
    const inMemory = columns.filter((column) => column.storage === 'number' && stored?.holds(column) === true)
    const large = inMemory.filter((column) => (stored?.largest(column) ?? 0) > LARGEST_NUMBER)
    const others = columns.filter((column) => !inMemory.includes(column))
    return [...large.map(({ index }) => index), ...(await tooLarge(this.database, TABLE, others))]
  }

  private async openSource(
    path: string,
    overrides: DialectOverrides,
    early: EarlyLoad
  ): Promise<{ readonly source: TableSource; readonly kept: KeptColumns | null }> {
    let kept: KeptColumns | null = null
    const guesser = {
      begin: async (beginning: Beginning): Promise<KeptColumns | null> => {
        kept = this.keepable(beginning, overrides)
        // What memory does not hold the database does, which can begin at once.
        if (kept === null) await early.begin(beginning, overrides)
        return kept
      },
      abandon: () => early.abandon()
    }
    const convert: Converter = (format, from, to) =>
      convertToCsv(this.database, format, from, to, (done) => this.progress.report('reading', done * 0.2))
    const check = (): void => this.progress.check()
    const report = (done: number, amount: Amount): void =>
      this.progress.report('reading', (kept !== null ? 1 : early.begun ? 0.9 : 0.4) * done, amount)
    try {
      return { source: await openSource(path, overrides, this.scratch, report, { guesser, convert, check }), kept }
    } catch (error) {
      await early.abandon()
      throw error
    }
  }

  /** What of a file the native scan is to keep, if it is there and all of it would fit into memory. */
  private keepable({ file, dialect, scan, bytes }: Beginning, overrides: DialectOverrides): KeptColumns | null {
    if (tablesAddon() === null || scan.rows === 0) return null
    const marks = detectNumberMarks(scan.columns, dialect.delimiter, overrides)
    const storage = scan.columns.map((column) => storageOf(column, marks))
    const rows = (scan.rows * bytes) / (scan.end - file.from - dialect.skip.bytes)
    return rows * storedRowBytes(storage) <= STORED_SHARE * this.database.memoryLimit ? { marks, storage } : null
  }

  private async load(
    source: TableSource,
    overrides: DialectOverrides,
    early: EarlyLoad,
    kept: KeptColumns | null
  ): Promise<Table> {
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
    const stored = storedOf(source, columns, kept, marks)
    const load = async (wanted: readonly TableColumn[]): Promise<void> => {
      checkColumnsFit(source, wanted.length, this.database.memoryLimit)
      await loadTable(this.database, TABLE, source, wanted, marks, onProgress)
    }
    if (stored !== null) this.database.defer(() => load(columns))
    else if (!(await early.finish(source, columns, marks, onProgress))) await load(columns)
    onProgress(1)
    const huge = new Set(await this.tooLarge(columns, stored))
    const readable = columns.map((column) =>
      huge.has(column.index) ? columnOf(column.name, column.index, 'text', column.missing, column.firstMissing) : column
    )
    if (huge.size > 0) {
      for (const column of columns) if (huge.has(column.index)) stored?.forget(column)
      if (stored !== null) this.database.defer(() => load(readable))
      else await load(readable)
    }
    const missingWords = overrides.missingWords ?? []
    const filled = await setWordsMissing(this.database, TABLE, readable, missingWords, marks)
    for (const column of filled.columns) if (!readable.includes(column)) stored?.forget(column)
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
      stored,
      missingWords,
      notes: [
        ...source.notes,
        ...filled.notes,
        ...taken.notes,
        ...readable
          .filter((column) => huge.has(column.index))
          .map((column) => `Column "${column.name}" holds numbers beyond ±${LARGEST_NUMBER} and is read as text.`)
      ]
    }
  }
}

/** @throws LaminaError `invalidData` for a table whose columns alone would take more than the database may */
function checkColumnsFit({ name, stamp }: TableSource, columns: number, limit: number): void {
  const bytes = columns * LOADED_COLUMN_BYTES
  if (bytes <= LOADED_SHARE * limit) return
  const gigabytes = (count: number): string => (count / 2 ** 30).toFixed(1)
  throw new LaminaError(
    'invalidData',
    `"${name}" has ${columns} columns. The database, which sorts, searches and relates them, would take about ${gigabytes(bytes)} GB for so many, and tables may take ${gigabytes(limit)} GB in all. Allow more memory for tables, or use fewer columns.`,
    { file: stamp.path, columns }
  )
}

/** What the scan has kept, as far as all of the file turned out to be like its beginning. */
function storedOf(
  { columns: addon }: TableSource,
  columns: readonly TableColumn[],
  kept: KeptColumns | null,
  { decimalMark, thousandsMark }: NumberMarks
): StoredColumns | null {
  if (addon === null || kept === null) return null
  const numbersFit = kept.marks.decimalMark === decimalMark && thousandsMark === ''
  return new StoredColumns(addon, columns, numbersFit)
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
