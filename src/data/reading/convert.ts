import { basename } from 'node:path'
import { LaminaError, messageOf } from '../../shared/errors'
import type { Database } from '../database'
import { exactPath, identifier, literal } from '../sql'
import type { TableFormat } from './formats'

const ROWS = 'json_rows'
/** Bytes; what DuckDB allows by itself is 16 MB. */
const LARGEST_OBJECT = 64 << 20

/**
 * Write a Parquet file, or JSON objects, as CSV with a header, so that everything else about a table is done in one way.
 * What is nested becomes text. A number in JSON
 * keeps its value, as far as a float64 or 64 bits of an integer can hold it, but not its spelling.
 * @param target where nothing is yet
 * @throws LaminaError `invalidData` for a file that is not what it looks like
 */
export async function convertToCsv(
  database: Database,
  format: Exclude<TableFormat, 'text'>,
  source: string,
  target: string,
  onProgress: (fraction: number) => void
): Promise<void> {
  const copy = async (rows: string): Promise<void> => {
    const options = `FORMAT csv, HEADER true, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR ''`
    await database.runWithProgress(`COPY (${rows}) TO ${literal(target)} (${options})`, onProgress)
  }
  try {
    if (format === 'parquet') await copy(`FROM ${readParquet(source)}`)
    else await copy(await jsonRows(database, source))
  } catch (error) {
    throw error instanceof LaminaError ? error : unreadable(format, source, error)
  } finally {
    await database.drop(ROWS)
  }
}

function readParquet(path: string): string {
  return `read_parquet(${exactPath(path)}, hive_partitioning = false, union_by_name = false, file_row_number = false)`
}

/** The objects as rows, with a column for every key in the order in which they first come. */
async function jsonRows(database: Database, path: string): Promise<string> {
  await database.drop(ROWS)
  await database.run(
    `CREATE TABLE ${ROWS} AS SELECT json FROM read_json_objects(${exactPath(path)}, format = 'auto', compression = 'uncompressed', maximum_object_size = ${LARGEST_OBJECT})`
  )
  const [other] = await database.rows(
    `SELECT rowid + 1, json_type(json) FROM ${ROWS} WHERE json_type(json) <> 'OBJECT' ORDER BY rowid LIMIT 1`
  )
  if (other !== undefined) {
    const [row, type] = other.map(String)
    throw new LaminaError(
      'invalidData',
      `"${basename(path)}", row ${row}: expected a JSON object, found ${String(type).toLowerCase()}. Every row must be an object like {"name": value}.`,
      { row: Number(row) }
    )
  }
  const keys = await database.rows(
    `SELECT key FROM (
       SELECT unnest(json_keys(json)) AS key, generate_subscripts(json_keys(json), 1) AS place, rowid AS row FROM ${ROWS}
     ) GROUP BY key ORDER BY min((row, place))`
  )
  if (keys.length === 0) throw new LaminaError('invalidData', `"${basename(path)}" has no object with a key in it.`)
  const columns = keys.map(([key]) => {
    const pointer = `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
    return `json_extract_string(json, ${literal(pointer)}) AS ${identifier(String(key))}`
  })
  return `SELECT ${columns.join(', ')} FROM ${ROWS} ORDER BY rowid`
}

function unreadable(format: TableFormat, path: string, error: unknown): LaminaError {
  const what = format === 'parquet' ? 'a Parquet file' : 'JSON'
  // DuckDB names the file and then says what is wrong; the rest of its message is about its own options.
  const [reason = ''] = messageOf(error).split('\n')
  return new LaminaError(
    'invalidData',
    `"${basename(path)}" begins like ${what}, but cannot be read as such: ${reason.replaceAll(path, basename(path))}`,
    { file: path },
    error
  )
}
