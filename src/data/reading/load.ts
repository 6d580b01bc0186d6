import type { Database } from '../database'
import { kindOf, numberOf, type NumberMarks } from './cell-kinds'
import { readCsv, REJECTS, REJECTS_SCAN, storedValue, type CsvPlan, type Storage, type StoredColumn } from './csv-plan'
import { readPage } from './pages'
import type { TableSource } from './source'

/** Rows whose cells are looked at once more. */
const COMPARED_ROWS = 32

/** Beyond this even a sum of squares overflows; such columns are read as text. */
export const LARGEST_NUMBER = 1e150

/**
 * Read a sound source into a table of the database, rows in the order of the file.
 * @throws Error when this reading differs from the scan's, which is a defect
 */
export async function loadTable(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly StoredColumn[],
  marks: NumberMarks,
  onProgress: (fraction: number) => void
): Promise<void> {
  await createTable(database, table, planOf(source, columns, marks), onProgress)
  const difference = await differenceOf(database, table, source, columns, marks)
  if (difference === null) return
  await dropTable(database, table)
  throw new Error(`"${source.name}" was not read consistently: ${difference}.`)
}

/** How DuckDB is to read a source, now that all of it is known. */
export function planOf(source: TableSource, columns: readonly StoredColumn[], marks: NumberMarks): CsvPlan {
  const { file, format, header, scan } = source
  return {
    path: file.path,
    delimiter: format.delimiter,
    quote: format.quote,
    header,
    marks,
    columns: columns.map(({ storage, missing }) => ({ storage, gaps: missing > 0 ? 'anyhow' : 'none' })),
    carriageReturns: scan.lineEnds.both > 0,
    quotedLineEnds: scan.quotedLineEnds,
    longestRow: scan.longestRow
  }
}

/** @param abandoned ends the reading, and nothing else */
export async function createTable(
  database: Database,
  table: string,
  plan: CsvPlan,
  onProgress: (fraction: number) => void,
  abandoned: AbortSignal | null = null
): Promise<void> {
  await dropTable(database, table)
  const values = plan.columns.map(
    (column, index) => `${storedValue(column, `f${index}`, plan.marks)} AS ${columnId(index)}`
  )
  try {
    await database.runWithProgress(
      `CREATE TABLE ${table} AS SELECT ${values.join(', ')} FROM ${readCsv(plan)}`,
      onProgress,
      abandoned
    )
  } catch (error) {
    await dropTable(database, table)
    throw error
  }
}

/** The name in the database of the column at a position of the table. */
export function columnId(index: number): string {
  return `c${index}`
}

/** Remove a table and what is kept about rows DuckDB refused to read into it. */
export async function dropTable(database: Database, table: string): Promise<void> {
  await database.drop(table, REJECTS, REJECTS_SCAN)
}

/**
 * Two readers that know nothing of each other must agree on the number of rows, on every missing value, and on what
 * stands in some rows all over the file, so that the order of the rows is the file's.
 * @returns where they do not, in words, or null
 */
export async function differenceOf(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly StoredColumn[],
  marks: NumberMarks
): Promise<string | null> {
  return (
    (await differentCounts(database, table, source, columns)) ??
    (await differentRows(database, table, source, columns, marks))
  )
}

async function differentCounts(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly StoredColumn[]
): Promise<string | null> {
  const counts = columns.map((column) => `count(${column.id})`)
  const [found = []] = await database.rows(`SELECT count(*), ${counts.join(', ')} FROM ${table}`)
  const [rows, ...present] = found.map(Number)
  const [[rejected] = []] = await database.rows(`SELECT count(*) FROM ${REJECTS}`)
  const differing = columns.findIndex((column, index) => present[index] !== source.scan.rows - column.missing)
  if (rows === source.scan.rows && Number(rejected) === 0 && differing < 0) return null
  const [[reason] = []] = await database.rows(`SELECT error_message FROM ${REJECTS} LIMIT 1`)
  if (rows !== source.scan.rows || differing < 0)
    return `${source.scan.rows} rows were counted, ${rows} were read${reason === undefined ? '' : ` (${String(reason)})`}`
  return `column "${source.names[differing] ?? ''}" was read in two ways`
}

async function differentRows(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly StoredColumn[],
  marks: NumberMarks
): Promise<string | null> {
  const step = Math.max(1, Math.floor(source.scan.rows / COMPARED_ROWS))
  const ids = columns.map((column) => column.id).join(', ')
  const found = await database.rows(`SELECT ${ids} FROM ${table} WHERE rowid % ${step} = 0 ORDER BY rowid`)
  for (const [index, values] of found.entries()) {
    const [cells = []] = await readPage(source, index * step, 1)
    const differing = columns.findIndex(({ storage }, at) => !isSame(values[at], cells[at] ?? '', storage, marks))
    if (differing < 0) continue
    return `row ${index * step + 1}, column "${source.names[differing] ?? ''}" was read in two ways`
  }
  return null
}

function isSame(found: unknown, cell: string, storage: Storage, marks: NumberMarks): boolean {
  if (kindOf(cell) === 'missing') return found === null
  if (storage === 'number') return found === numberOf(cell, marks)
  // DuckDB's binding drops a byte order mark a text begins with; the table has it.
  return found === cell.replace(/^[ \t]+|[ \t]+$/g, '').replace(/^\ufeff/, '')
}

/** @returns the indices of columns with numbers beyond LARGEST_NUMBER */
export async function tooLarge(
  database: Database,
  table: string,
  columns: readonly (StoredColumn & { readonly index: number })[]
): Promise<number[]> {
  const numbers = columns.filter(({ storage }) => storage === 'number')
  if (numbers.length === 0) return []
  // One aggregate over all columns is much cheaper than one for each, and is nearly always enough.
  const anywhere = numbers.map(({ id }) => `abs(${id})`)
  const [[largest] = []] = await database.rows(`SELECT max(greatest(${anywhere.join(', ')}, 0)) FROM ${table}`)
  if (Number(largest) <= LARGEST_NUMBER) return []
  const each = numbers.map(({ id }) => `max(abs(${id}))`)
  const [found = []] = await database.rows(`SELECT ${each.join(', ')} FROM ${table}`)
  return numbers.filter((_, at) => Number(found[at] ?? 0) > LARGEST_NUMBER).map(({ index }) => index)
}
