import type { DialectOverrides } from '../../shared/table/dialect'
import type { DetectedDialect } from './detect/dialect'
import type { LoneEnds } from './detect/row-ends'
import type { Scan } from './scan'
import type { Utf8File } from './text-files'

/** A file as it was found, before anything was decided about it. */
export interface ScannedText {
  readonly file: Utf8File
  readonly dialect: DetectedDialect
  readonly scan: Scan
  readonly zeroBytes: boolean
  /** The last lines look like notes rather than rows, though they have as many cells. */
  readonly notesBelow: boolean
  /** The header is among the rows as well. */
  readonly headerAgain: boolean
}

/** Whether a file has rows that do not fit, or is written in a way that DuckDB cannot be told of. */
export function needsRewriting(text: ScannedText, overrides: DialectOverrides): boolean {
  const { scan, dialect, file, zeroBytes, notesBelow, headerAgain } = text
  if (scan.malformedCount > 0 || zeroBytes || notesBelow || headerAgain || overrides.footerLines !== undefined)
    return true
  // What DuckDB cannot be told, or the scan does not know.
  if (dialect.escape === 'backslash' || dialect.delimiter === ' ' || dialect.spaced) return true
  if (!isOneByte(dialect.delimiter) || dialect.wrapped === true || dialect.drawn === true) return true
  if (dialect.comment !== '' || dialect.furtherNames > 0) return true
  const { lineFeed, both, carriageReturn } = scan.lineEnds
  // DuckDB takes the first line end it meets for that of the rows, even when it stands inside quotes.
  const misleadingLineEnds = carriageReturn > 0 || (both > 0 && (lineFeed > 0 || scan.quotedLineEnds))
  if (breaksRows(lineFeed, dialect.loneEnds, '\n') || breaksRows(carriageReturn, dialect.loneEnds, '\r')) return true
  const misplaced = dialect.skip.bytes > 0 || scan.firstByte > file.from
  return misleadingLineEnds || misplaced || scan.spacedBlankLines || scan.paddedQuotes
}

/** Whether line ends of a kind, which the scan takes for ends of rows, are parts of cells. */
function breaksRows(count: number, loneEnds: LoneEnds | undefined, lineEnd: '\n' | '\r'): boolean {
  return count > 0 && loneEnds !== undefined && loneEnds !== lineEnd
}

const isOneByte = (delimiter: string): boolean => Buffer.byteLength(delimiter) === 1
