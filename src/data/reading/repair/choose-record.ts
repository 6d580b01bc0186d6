import type { RecordReader, TextRecord } from '../detect/records'

/** Quotes that are farther apart in characters are not looked into: where many are stray, each would take so long. */
const LONGEST_LOOK = 8 << 10

/**
 * The record at a place of a text whose rows may be damaged: by the rules of CSV where that gives a row of the table,
 * else by whichever reading of its quotes does; where none does, rows end with their lines, so that one stray quote
 * costs one row.
 */
export function chooseRecord(reader: RecordReader, at: number, columns: number): TextRecord {
  const fits = (record: TextRecord): boolean => record.cells.length === columns && record.problem !== 'unclosedQuote'
  const strict = reader.read(at, 'strict')
  if (strict.problem === null && (strict.cells.length === columns || strict.lines === 1)) return strict
  const line = reader.read(at, 'line')
  if (strict.problem === null) {
    // A row of several lines with a cell too many or too few, unless these lines are rows.
    if (strict.end - at > LONGEST_LOOK) return line
    const lines = linesOf(reader, line.end, strict.end)
    return 2 * lines.filter(fits).length >= lines.length ? line : strict
  }
  const lenient = reader.read(at, 'lenient')
  if (!fits(lenient)) return line
  // Quotes in two rows may seem to belong together: not when each of the lines is a row.
  if (lenient.lines === line.lines) return lenient
  const followedByRow = fits(line) && fits(reader.read(line.end, 'line'))
  const followedByRows = columns > 1 && linesOf(reader, line.end, lenient.end).every(fits)
  return followedByRow || followedByRows ? line : lenient
}

/** The records of a part of the text when each ends with its line. */
function linesOf(reader: RecordReader, from: number, to: number): TextRecord[] {
  const lines: TextRecord[] = []
  for (let at = from; at < to;) {
    const line = reader.read(at, 'line')
    lines.push(line)
    at = line.end
  }
  return lines
}
