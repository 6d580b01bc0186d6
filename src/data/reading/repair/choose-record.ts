import type { RecordReader, TextRecord } from '../detect/records'

/**
 * The record at a place of a text whose rows may be damaged: by the rules of CSV where that gives a row of the table,
 * else by whichever reading of its quotes does; where none does, rows end with their lines, so that one stray quote
 * costs one row.
 */
export function chooseRecord(reader: RecordReader, at: number, columns: number): TextRecord {
  const fits = (record: TextRecord): boolean => record.cells.length === columns && record.problem !== 'unclosedQuote'
  const strict = reader.read(at, 'strict')
  if (strict.problem === null && (strict.cells.length === columns || strict.lines === 1)) return strict
  const lenient = strict.problem === null ? strict : reader.read(at, 'lenient')
  const line = reader.read(at, 'line')
  if (!fits(lenient)) return line
  // Quotes in two rows may seem to belong together: not when each of the lines is a row.
  const areRows = lenient.lines > line.lines && fits(line) && fits(reader.read(line.end, 'line'))
  return areRows ? line : lenient
}
