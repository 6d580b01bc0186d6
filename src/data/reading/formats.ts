import type { Dialect } from '../../shared/table/dialect'

/** In what a table is kept. */
export type TableFormat = Dialect['format']

/** A Parquet file begins, and ends, with it. */
const PARQUET = 'PAR1'

/**
 * The format of a file by how it begins, whatever its name is: JSON where its first line is an object, or where it begins
 * as an array of objects.
 * @param start bytes, unpacked
 */
export function formatOf(start: Uint8Array): TableFormat {
  const text = new TextDecoder().decode(start)
  if (text.startsWith(PARQUET)) return 'parquet'
  if (/^\s*\[\s*\{\s*("|\})/.test(text)) return 'json'
  const [line = ''] = text.trimStart().split(/[\r\n]/, 1)
  return line.startsWith('{') && isObject(line) ? 'json' : 'text'
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    // Text in braces, then.
    return false
  }
}
