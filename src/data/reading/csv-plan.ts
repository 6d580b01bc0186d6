import { usualMissingWords } from '../../shared/table/missing-words'
import { exactPath, literal, without } from '../sql'
import { thousandsCharacters } from './cell-characters'
import type { NumberMarks } from './cell-kinds'

/** How a column is stored: numbers as DOUBLE, everything else as trimmed VARCHAR. NULL is a missing value in both. */
export type Storage = 'number' | 'text'

export interface StoredColumn {
  /** Name in the database. */
  readonly id: string
  readonly storage: Storage
  /** From the scan; 0 when every row has a value. */
  readonly missing: number
}

export interface PlannedColumn {
  readonly storage: Storage
  /**
   * What stands where a value is missing: no column of the file has such cells; one of the usual words, exactly; or any
   * of the words in any letters, with spaces around it, which takes longer to read.
   */
  readonly gaps: 'none' | 'usual' | 'anyhow'
}

/** All that decides how DuckDB reads a file; nothing is left for it to guess. */
export interface CsvPlan {
  readonly path: string
  readonly delimiter: string
  readonly quote: string
  readonly header: boolean
  readonly marks: NumberMarks
  readonly columns: readonly PlannedColumn[]
  /** Rows end with a carriage return and a line feed. */
  readonly carriageReturns: boolean
  /** Quoted cells span lines. */
  readonly quotedLineEnds: boolean
  /** Bytes. */
  readonly longestRow: number
}

/** Tables of the database that tell of rows DuckDB could not read. */
export const REJECTS = 'rejected_rows'
export const REJECTS_SCAN = 'rejected_scans'

const DEFAULT_LINE_BYTES = 2 << 20
const DEFAULT_BUFFER_BYTES = 32 << 20

const usualSpellings = [...usualMissingWords, 'NA', 'N/A', '#N/A', 'NaN', 'NAN', 'NULL', 'Null', '\\N']

/** Longer rows than this are refused under a plan. */
export function longestLine({ longestRow }: Pick<CsvPlan, 'longestRow'>): number {
  return Math.max(DEFAULT_LINE_BYTES, 2 * longestRow)
}

/** Whether DuckDB reads the column's cells as numbers itself. */
function isTyped({ storage, gaps }: PlannedColumn, { thousandsMark }: NumberMarks): boolean {
  return storage === 'number' && gaps !== 'anyhow' && thousandsMark === ''
}

/** What is stored of a column that `readCsv` reads as `field`, in SQL. */
export function storedValue(column: PlannedColumn, field: string, marks: NumberMarks): string {
  if (isTyped(column, marks)) return field
  const { decimalMark, thousandsMark } = marks
  if (column.storage === 'number') {
    const plain = without(field, thousandsCharacters(thousandsMark))
    const number = `TRY_CAST(${decimalMark === ',' ? `replace(${plain}, ',', '.')` : plain} AS DOUBLE)`
    return column.gaps === 'none' ? number : `nullif(${number}, 'NaN'::DOUBLE)`
  }
  const trimmed = `trim(${field}, ' \t')`
  if (column.gaps === 'none') return trimmed
  // Not `IN`: DuckDB makes a join of a longer list, and a join loses the order of the rows.
  const words = `[${usualMissingWords.map(literal).join(', ')}]`
  return `CASE WHEN list_contains(${words}, lower(${trimmed})) THEN NULL ELSE ${trimmed} END`
}

/** The file as a table of columns f0, f1, …, in SQL. */
export function readCsv(plan: CsvPlan): string {
  const { columns, marks } = plan
  const types = columns.map((column, index) => `'f${index}': '${isTyped(column, marks) ? 'DOUBLE' : 'VARCHAR'}'`)
  const lineBytes = longestLine(plan)
  const options = {
    auto_detect: 'false',
    columns: `{${types.join(', ')}}`,
    header: String(plan.header),
    delim: literal(plan.delimiter),
    quote: literal(plan.quote),
    escape: literal(plan.quote),
    decimal_separator: literal(marks.decimalMark),
    // Pinning '\r\n' makes DuckDB 1.5 read nothing at all; unpinned it takes the line end of the first row.
    ...(plan.carriageReturns ? {} : { new_line: "'\\n'" }),
    nullstr: `[${usualSpellings.map(literal).join(', ')}]`,
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
    parallel: String(!plan.quotedLineEnds),
    store_rejects: 'true',
    rejects_table: literal(REJECTS),
    rejects_scan: literal(REJECTS_SCAN),
    rejects_limit: '10'
  }
  const list = Object.entries(options).map(([name, value]) => `${name} = ${value}`)
  return `read_csv(${exactPath(plan.path)}, ${list.join(', ')})`
}
