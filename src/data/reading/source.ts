import { basename } from 'node:path'
import { LaminaError } from '../../shared/errors'
import type { Dialect, DialectConfidence, DialectOverrides } from '../../shared/table/dialect'
import type { Reading } from '../../shared/table/reading'
import { ScratchCopies, writeScratchFile, type Scratch } from '../scratch'
import { columnNames } from './column-names'
import { detectDialect, type DetectedDialect } from './detect/dialect'
import type { TextFormat } from './detect/records'
import { checkUnchanged, eachChunk, readRange, stampOf, type FileStamp } from './file'
import { malformedError } from './malformed'
import { TableRewriter } from './repair/rewriter'
import { TableScanner, type Scan } from './scan'
import { emptyError, TextFiles, type Utf8File } from './text-files'

/** How much of a file is looked at to find out how it is written. */
const SAMPLE_BYTES = 1 << 20
const MAX_COLUMNS = 10_000
/** A row is held in memory several times while it is read. */
const MAX_ROW_BYTES = 64 << 20

/** What a rewritten copy is like: RFC 4180, but for its line ends. */
const plainFormat: TextFormat = { delimiter: ',', quote: '"', escape: 'doubled', runs: false }

/** A delimited file every row of which is known to be sound: the original, or a copy. */
export interface TableSource {
  readonly stamp: FileStamp
  readonly name: string
  readonly sha256: string
  readonly file: Utf8File
  /** How `file` is written. */
  readonly format: TextFormat
  /** How the original is written, but for its numbers. */
  readonly dialect: Omit<Dialect, 'decimalMark' | 'thousandsMark'>
  readonly confidence: Omit<DialectConfidence, 'decimalMark' | 'thousandsMark'>
  readonly header: boolean
  /** The header as it stands, or null. */
  readonly givenNames: readonly string[] | null
  readonly names: readonly string[]
  readonly scan: Scan
  readonly reading: Reading
  readonly notes: readonly string[]
}

/**
 * Find out how a file is written, and check all of it. Where rows do not fit, or the table is written in a way that
 * DuckDB cannot be told of, a copy is written that is sound.
 * @param onProgress share of the bytes read
 * @throws LaminaError when the file is missing, unreadable, not text or empty, or has a malformed row that is not to be
 * repaired
 */
export async function openSource(
  path: string,
  overrides: DialectOverrides,
  scratch: Scratch,
  onProgress: (fraction: number) => void
): Promise<TableSource> {
  const stamp = await stampOf(path)
  const copies = new ScratchCopies(scratch)
  const files = new TextFiles(path, copies)
  const opening = new Opening(path, stamp.bytes, overrides, copies, onProgress)
  try {
    const text = await files.asUtf8(overrides, (file, also) => opening.scanned(file, also))
    const { dialect } = text.scanned
    const header = dialect.header ? dialect.first : null
    const { names, notes } = columnNames(header, dialect.columns)
    const { file, scan, reading, format } = await opening.sound(text.scanned, names)
    await checkUnchanged(stamp)
    if (text.scanned.file !== file) await files.remove(text.scanned.file)
    if (reading.rows === 0) throw noRowsError(path, reading)
    return {
      stamp,
      name: basename(path),
      sha256: text.sha256,
      file,
      format,
      dialect: {
        compression: text.compression,
        encoding: text.encoding,
        delimiter: dialect.delimiter,
        quote: dialect.quote,
        escape: dialect.escape,
        header: dialect.header,
        comment: dialect.comment,
        preambleLines: dialect.skip.lines,
        footerLines: reading.footerLines
      },
      confidence: {
        ...dialect.confidence,
        compression: 1,
        encoding: overrides.encoding === undefined ? text.encodingConfidence : 1,
        footerLines: overrides.footerLines === undefined ? 0.9 : 1
      },
      header: dialect.header,
      givenNames: header,
      names,
      scan,
      reading,
      notes: [
        ...(text.compression === 'none' ? [] : ['The file is unpacked with gzip.']),
        ...(text.encoding === 'utf-8' ? [] : [`The file is read as ${text.encoding}.`]),
        ...notes,
        ...readingNotes(reading)
      ]
    }
  } catch (error) {
    await copies.removeAll()
    throw error
  }
}

/** A file as it was found, before anything was decided about it. */
interface ScannedText {
  readonly file: Utf8File
  readonly dialect: DetectedDialect
  readonly scan: Scan
  readonly zeroBytes: boolean
}

interface Sound {
  readonly file: Utf8File
  readonly format: TextFormat
  readonly scan: Scan
  readonly reading: Reading
}

class Opening {
  constructor(
    private readonly path: string,
    private readonly bytes: number,
    private readonly overrides: DialectOverrides,
    private readonly copies: ScratchCopies,
    private readonly onProgress: (fraction: number) => void
  ) {}

  /** @param also what else is done with every chunk of the file */
  async scanned(file: Utf8File, also?: (chunk: Buffer) => void): Promise<ScannedText> {
    const start = (await readRange(file.path, 0, SAMPLE_BYTES)).subarray(file.from)
    const whole = start.length < SAMPLE_BYTES - file.from
    const dialect = detectDialect(new TextDecoder().decode(start), whole, this.overrides)
    if (dialect === null) throw emptyError(this.path)
    if (dialect.columns > MAX_COLUMNS) {
      throw new LaminaError(
        'invalidData',
        `"${basename(this.path)}" has ${dialect.columns} columns; at most ${MAX_COLUMNS} can be read.`,
        { file: this.path, columns: dialect.columns }
      )
    }
    let done = 0
    const { scan, zeroBytes } = await scanFile(file, dialect, (chunk) => {
      also?.(chunk)
      done += chunk.length
      this.onProgress(Math.min(1, done / Math.max(1, this.bytes)))
    })
    return { file, dialect, scan, zeroBytes }
  }

  /** The file itself where DuckDB reads it as the scan does, else a copy every row of which fits. */
  async sound(text: ScannedText, names: readonly string[]): Promise<Sound> {
    const { scan, dialect, file } = text
    checkLongestRow(this.path, scan)
    if (!needsRewriting(text, this.overrides)) {
      return { file, format: dialect, scan, reading: readingOf(scan, dialect) }
    }
    const copy: Utf8File = { path: this.copies.path(), from: 0, temporary: true }
    const malformed = this.overrides.malformed ?? 'repair'
    const rewriter = new TableRewriter(
      { dialect, names, malformed, footerLines: this.overrides.footerLines, lineEnd: '\n' },
      { byte: file.from + dialect.skip.bytes, line: 1 + dialect.skip.lines }
    )
    const found = await writeScratchFile(copy.path, async (output) => {
      await eachChunk(file.path, file.from + dialect.skip.bytes, (chunk) => output.appendFile(rewriter.push(chunk)))
      const { rest, reading } = rewriter.end()
      await output.appendFile(rest)
      return reading
    })
    if (malformed === 'stop' && found.issues.some((issue) => issue.kind !== 'outside'))
      throw malformedError(this.path, found, dialect)
    const plain = { ...dialect, ...plainFormat, skip: { bytes: 0, lines: 0 } }
    const again = found.rows === 0 ? scan : (await scanFile(copy, plain)).scan
    if (found.rows > 0 && (again.malformedCount > 0 || again.rows !== found.rows))
      throw new Error(`"${basename(this.path)}" was not rewritten consistently.`)
    return { file: copy, format: plainFormat, scan: again, reading: found }
  }
}

/** @param also what else is done with every chunk of the file, from its very start */
async function scanFile(
  file: Utf8File,
  dialect: DetectedDialect,
  also?: (chunk: Buffer) => void
): Promise<{ scan: Scan; zeroBytes: boolean }> {
  const from = file.from + dialect.skip.bytes
  const scanner = new TableScanner(dialect, dialect.columns, { byte: from, line: 1 + dialect.skip.lines })
  let position = 0
  let zeroBytes = false
  await eachChunk(file.path, 0, (chunk) => {
    also?.(chunk)
    zeroBytes ||= chunk.includes(0)
    scanner.push(chunk.subarray(Math.min(chunk.length, Math.max(0, from - position))))
    position += chunk.length
  })
  return { scan: scanner.end(), zeroBytes }
}

function needsRewriting({ scan, dialect, file, zeroBytes }: ScannedText, overrides: DialectOverrides): boolean {
  if (scan.malformedCount > 0 || zeroBytes || overrides.footerLines !== undefined) return true
  // What DuckDB cannot be told, or the scan does not know.
  if (dialect.escape === 'backslash' || dialect.delimiter === ' ' || dialect.comment !== '') return true
  const { lineFeed, both, carriageReturn } = scan.lineEnds
  // DuckDB takes the first line end it meets for that of the rows, even when it stands inside quotes.
  const misleadingLineEnds = carriageReturn > 0 || (both > 0 && (lineFeed > 0 || scan.quotedLineEnds))
  const misplaced = dialect.skip.bytes > 0 || scan.firstByte > file.from
  return misleadingLineEnds || misplaced || scan.spacedBlankLines || scan.paddedQuotes
}

/** What there is to say about a file without a single thing wrong with it. */
function readingOf(scan: Scan, dialect: DetectedDialect): Reading {
  return {
    records: scan.rows,
    rows: scan.rows,
    sound: scan.rows,
    repaired: 0,
    skipped: 0,
    blankLines: scan.blankLines,
    commentLines: 0,
    preambleLines: dialect.skip.lines,
    footerLines: 0,
    issueCount: 0,
    issues: []
  }
}

function checkLongestRow(path: string, scan: Scan): void {
  if (scan.longestRow <= MAX_ROW_BYTES || scan.malformedCount > 0) return
  throw new LaminaError(
    'invalidData',
    `"${basename(path)}", line ${scan.longestRowLine}: the row is ${Math.round(scan.longestRow / 2 ** 20)} MB long; at most ${MAX_ROW_BYTES / 2 ** 20} MB can be read. Is a quote missing?`,
    { file: path, line: scan.longestRowLine }
  )
}

const SHOWN_LINES = 5

function readingNotes(reading: Reading): string[] {
  const lines = (count: number, what: string): string[] =>
    count === 0 ? [] : [count === 1 ? `One ${what} line was skipped.` : `${count} ${what} lines were skipped.`]
  const rows = (count: number, done: string): string[] => {
    if (count === 0) return []
    const action = done === 'repaired' ? 'repaired' : 'skipped'
    const at = [
      ...new Set(
        reading.issues.filter((issue) => issue.action === action && issue.kind !== 'outside').map((issue) => issue.line)
      )
    ]
    const shown = at.slice(0, SHOWN_LINES).join(', ')
    const where = at.length === 1 ? `line ${shown}` : `lines ${shown}${count > SHOWN_LINES ? ', …' : ''}`
    return [
      `${count === 1 ? 'One row that does not fit was' : `${count} rows that do not fit were`} ${done} (${where}).`
    ]
  }
  return [
    ...lines(reading.blankLines, 'blank'),
    ...lines(reading.commentLines, 'comment'),
    ...(reading.preambleLines > 0
      ? [`The table begins on line ${reading.preambleLines + 1}: what is above was skipped.`]
      : []),
    ...lines(reading.footerLines, 'closing'),
    ...rows(reading.repaired, 'repaired'),
    ...rows(reading.skipped, 'left out')
  ]
}

function noRowsError(path: string, reading: Reading): LaminaError {
  const name = basename(path)
  return new LaminaError(
    'invalidData',
    reading.skipped > 0
      ? `"${name}" has no row that fits: all ${reading.skipped} were left out. Choose another delimiter, or repair rows instead of leaving them out.`
      : `"${name}" has a header but no rows below it. Add at least one row; if its first line is data, choose "no header".`,
    { file: path }
  )
}
