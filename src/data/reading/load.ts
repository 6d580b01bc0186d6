import type { Database } from '../database'
import { exactPath, literal } from '../sql'
import { kindOf, numberOf, type NumberMarks } from './cell-kinds'
import { readPage } from './pages'
import type { TableSource } from './source'

/** How a column is stored: numbers as DOUBLE, everything else as trimmed VARCHAR. NULL is a missing value in both. */
export type Storage = 'number' | 'text'

export interface StoredColumn {
  /** Name in the database. */
  readonly id: string
  readonly storage: Storage
  /** From the scan; 0 when every row has a value. */
  readonly missing: number
}

const REJECTS = 'rejected_rows'
const REJECTS_SCAN = 'rejected_scans'
const DEFAULT_LINE_BYTES = 2 << 20
const DEFAULT_BUFFER_BYTES = 32 << 20
/** Rows whose cells are looked at once more. */
const COMPARED_ROWS = 32

/** The words for a missing value, in lower case; the scan knows the same. */
const missingWords = ['', 'na', 'n/a', 'nan', 'null', '?', '-']

/** Beyond this even a sum of squares overflows; such columns are read as text. */
export const LARGEST_NUMBER = 1e150

/**
 * Read a sound source into a table of the database, rows in the order of the file. Every option DuckDB could guess is
 * pinned. The scan has counted rows and missing values on its own; when DuckDB's reading differs, nothing is kept.
 * @returns the indices of columns with numbers beyond LARGEST_NUMBER
 * @throws Error when the two readings differ, which is a defect
 */
export async function loadTable(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly StoredColumn[],
  marks: NumberMarks,
  onProgress: (fraction: number) => void
): Promise<number[]> {
  await database.run(`DROP TABLE IF EXISTS ${table}`)
  const values = columns.map((column, index) => `${storedValue(column, `f${index}`, marks)} AS ${column.id}`)
  try {
    await database.runWithProgress(
      `CREATE TABLE ${table} AS SELECT ${values.join(', ')} FROM ${readCsv(source)}`,
      onProgress
    )
    await compare(database, table, source, columns)
    await compareRows(database, table, source, columns, marks)
    return await tooLarge(database, table, columns)
  } catch (error) {
    await database.run(`DROP TABLE IF EXISTS ${table}`)
    throw error
  } finally {
    await database.run(`DROP TABLE IF EXISTS ${REJECTS}`)
    await database.run(`DROP TABLE IF EXISTS ${REJECTS_SCAN}`)
  }
}

function storedValue(column: StoredColumn, field: string, { decimalMark, thousandsMark }: NumberMarks): string {
  if (column.storage === 'number') {
    const plain = thousandsMark === '' ? field : `replace(${field}, ${literal(thousandsMark)}, '')`
    const number = `TRY_CAST(${decimalMark === ',' ? `replace(${plain}, ',', '.')` : plain} AS DOUBLE)`
    return column.missing > 0 ? `nullif(${number}, 'NaN'::DOUBLE)` : number
  }
  const trimmed = `trim(${field}, ' \t')`
  if (column.missing === 0) return trimmed
  // Not `IN`: DuckDB makes a join of a longer list, and a join loses the order of the rows.
  const words = `[${missingWords.map(literal).join(', ')}]`
  return `CASE WHEN list_contains(${words}, lower(${trimmed})) THEN NULL ELSE ${trimmed} END`
}

function readCsv({ file, format: { delimiter, quote }, header, names, scan }: TableSource): string {
  const lineBytes = Math.max(DEFAULT_LINE_BYTES, 2 * scan.longestRow)
  const options = {
    auto_detect: 'false',
    columns: `{${names.map((_, index) => `'f${index}': 'VARCHAR'`).join(', ')}}`,
    header: String(header),
    delim: literal(delimiter),
    quote: literal(quote),
    escape: literal(quote),
    // Pinning '\r\n' makes DuckDB 1.5 read nothing at all; unpinned it takes the line end of the first row.
    ...(scan.lineEnds.both > 0 ? {} : { new_line: "'\\n'" }),
    nullstr: "''",
    comment: "''",
    skip: '0',
    encoding: "'utf-8'",
    compression: "'none'",
    strict_mode: 'true',
    null_padding: 'false',
    normalize_names: 'false',
    hive_partitioning: 'false',
    union_by_name: 'false',
    filename: 'false',
    max_line_size: String(lineBytes),
    buffer_size: String(Math.max(DEFAULT_BUFFER_BYTES, 4 * lineBytes)),
    // Where quoted cells span lines, a thread that starts in the middle of the file could start inside one.
    parallel: String(!scan.quotedLineEnds),
    store_rejects: 'true',
    rejects_table: literal(REJECTS),
    rejects_scan: literal(REJECTS_SCAN),
    rejects_limit: '10'
  }
  const list = Object.entries(options).map(([name, value]) => `${name} = ${value}`)
  return `read_csv(${exactPath(file.path)}, ${list.join(', ')})`
}

/** Two readers that know nothing of each other must agree on the number of rows and on every missing value … */
async function compare(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly StoredColumn[]
): Promise<void> {
  const counts = columns.map((column) => `count(${column.id})`)
  const [found = []] = await database.rows(`SELECT count(*), ${counts.join(', ')} FROM ${table}`)
  const [rows, ...present] = found.map(Number)
  const [[rejected] = []] = await database.rows(`SELECT count(*) FROM ${REJECTS}`)
  const differing = columns.findIndex((column, index) => present[index] !== source.scan.rows - column.missing)
  if (rows === source.scan.rows && Number(rejected) === 0 && differing < 0) return
  const [[reason] = []] = await database.rows(`SELECT error_message FROM ${REJECTS} LIMIT 1`)
  const what =
    rows !== source.scan.rows
      ? `${source.scan.rows} rows were counted, ${rows} were read${reason === undefined ? '' : ` (${String(reason)})`}`
      : `column "${source.names[differing] ?? ''}" was read in two ways`
  throw new Error(`"${source.name}" was not read consistently: ${what}.`)
}

/** … and on what stands in some rows all over the file, so that the order of the rows is the file's. */
async function compareRows(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly StoredColumn[],
  marks: NumberMarks
): Promise<void> {
  const step = Math.max(1, Math.floor(source.scan.rows / COMPARED_ROWS))
  const ids = columns.map((column) => column.id).join(', ')
  const found = await database.rows(`SELECT ${ids} FROM ${table} WHERE rowid % ${step} = 0 ORDER BY rowid`)
  for (const [index, values] of found.entries()) {
    const [cells = []] = await readPage(source, index * step, 1)
    const differing = columns.findIndex(({ storage }, at) => !isSame(values[at], cells[at] ?? '', storage, marks))
    if (differing < 0) continue
    const where = `row ${index * step + 1}, column "${source.names[differing] ?? ''}"`
    throw new Error(`"${source.name}" was not read consistently: ${where} was read in two ways.`)
  }
}

function isSame(found: unknown, cell: string, storage: Storage, marks: NumberMarks): boolean {
  if (kindOf(cell) === 'missing') return found === null
  if (storage === 'number') return found === numberOf(cell, marks)
  // DuckDB's binding drops a byte order mark a text begins with; the table has it.
  return found === cell.replace(/^[ \t]+|[ \t]+$/g, '').replace(/^\ufeff/, '')
}

async function tooLarge(database: Database, table: string, columns: readonly StoredColumn[]): Promise<number[]> {
  const numbers = columns.flatMap((column, index) => (column.storage === 'number' ? [{ id: column.id, index }] : []))
  if (numbers.length === 0) return []
  // One aggregate over all columns is much cheaper than one for each, and is nearly always enough.
  const anywhere = numbers.map(({ id }) => `abs(${id})`)
  const [[largest] = []] = await database.rows(`SELECT max(greatest(${anywhere.join(', ')}, 0)) FROM ${table}`)
  if (Number(largest) <= LARGEST_NUMBER) return []
  const each = numbers.map(({ id }) => `max(abs(${id}))`)
  const [found = []] = await database.rows(`SELECT ${each.join(', ')} FROM ${table}`)
  return numbers.filter((_, at) => Number(found[at] ?? 0) > LARGEST_NUMBER).map(({ index }) => index)
}
