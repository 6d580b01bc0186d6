import { basename } from 'node:path'
import { LaminaError } from '../../shared/errors'
import type { Dialect, DialectConfidence, DialectOverrides } from '../../shared/table/dialect'
import type { Reading } from '../../shared/table/reading'
import { nothingBeside, readingNotes, type Beside } from './reading-notes'
import type { AddonColumns } from '../native-addon'
import type { Amount } from '../progress'
import { ScratchCopies, writeScratchFile, type Scratch } from '../scratch'
import { columnNames } from './column-names'
import { detectDialect, type DetectedDialect } from './detect/dialect'
import type { TextFormat } from './detect/records'
import { inText } from './detect/row-ends'
import { checkUnchanged, eachChunk, readRange, stampOf, type FileStamp } from './file'
import type { TableFormat } from './formats'
import { malformedError } from './malformed'
import { headerComesAgain } from './header-again'
import type { KeptColumns } from './native-scan'
import { needsRewriting, type ScannedText } from './needs-rewriting'
import { endsOf } from './original-ends'
import { endsInNotes } from './repair/footer'
import { TableRewriter } from './repair/rewriter'
import type { RowPlaces } from './row-places'
import type { Scan } from './scan'
import { scanBytes, scanFile } from './scan-file'
import { emptyError, TextFiles, type Converter, type Utf8File } from './text-files'

/** How much of a file is looked at to find out how it is written. */
const SAMPLE_BYTES = 1 << 20
/** Larger files are worth a guess at how they will turn out to be read. */
const GUESSED_BYTES = 4 * SAMPLE_BYTES
/** … and how it ends. */
const TAIL_BYTES = 1 << 14
const MAX_COLUMNS = 20_000
/** A row is held in memory several times while it is read. */
const MAX_ROW_BYTES = 64 << 20

/** What a rewritten copy is like: RFC 4180, but for its line ends. */
const plainFormat: TextFormat = { delimiter: ',', quote: '"', escape: 'doubled', runs: false, spaced: false }

/** How a file of another format is written once it was made CSV. */
const convertedDialect: DialectOverrides = {
  delimiter: ',',
  quote: '"',
  escape: 'doubled',
  lineEnd: undefined,
  header: true,
  comment: '',
  preambleLines: 0,
  footerLines: undefined,
  decimalMark: '.',
  thousandsMark: ''
}
const ONE_ROW_NOTE =
  'The file has a single row. If it has more, they do not end with line ends: save it with one row a line.'
const formatNotes: Readonly<Record<TableFormat, readonly string[]>> = {
  text: [],
  parquet: ['The file is read as Parquet.'],
  json: ['The file is read as JSON objects, one for each row.']
}

/** A delimited file every row of which is known to be sound: the original, or a copy. */
export interface TableSource {
  readonly stamp: FileStamp
  readonly name: string
  readonly sha256: string
  readonly file: Utf8File
  /** Where its rows stand in the original; null where `file` has the rows and lines of the original. */
  readonly places: RowPlaces | null
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
  /** What was to be kept of the columns of `file`, where that was possible. */
  readonly columns: AddonColumns | null
  readonly reading: Reading
  readonly notes: readonly string[]
}

/** What is known of a file before all of it was looked at. */
export interface Beginning {
  readonly file: Utf8File
  readonly dialect: DetectedDialect
  /** Of the first rows. */
  readonly scan: Scan
  /** Of all of the file. */
  readonly bytes: number
}

/** Makes use of what is known of a large file before all of it was looked at. */
export interface Guesser {
  /**
   * The file will be read as it is, if all of it is like its beginning.
   * @returns what is to be kept of its columns while it is scanned, or null
   */
  begin(beginning: Beginning): Promise<KeptColumns | null>
  /** It is not. */
  abandon(): Promise<void>
}

export interface OpeningTools {
  readonly convert: Converter
  /** Is called again and again; it throws to end the opening. */
  check(): void
  /** Hears what a large file is like before all of it was looked at. */
  readonly guesser: Guesser | null
}

/**
 * Find out how a file is written, and check all of it. Where rows do not fit, or the table is written in a way that
 * DuckDB cannot be told of, a copy is written that is sound.
 * @param onProgress share of the bytes read; may throw, to end it
 * @throws LaminaError when the file is missing, unreadable, not text or empty, or has a malformed row that is not to be
 * repaired
 */
export async function openSource(
  path: string,
  overrides: DialectOverrides,
  scratch: Scratch,
  onProgress: (fraction: number, amount: Amount) => void,
  tools: OpeningTools
): Promise<TableSource> {
  const stamp = await stampOf(path)
  const copies = new ScratchCopies(scratch)
  const files = new TextFiles(path, copies, tools)
  const opening = new Opening(path, stamp.bytes, overrides, copies, tools, onProgress)
  try {
    const text = await files.asUtf8(overrides, (file, also) => opening.scanned(file, also))
    const { dialect } = text.scanned
    const ends = endsOf(text.scanned, overrides)
    const header = dialect.header ? dialect.first : null
    const { names, notes } = columnNames(header, dialect.columns)
    const { file, places, scan, reading, format, beside } = await opening.sound(text.scanned, names)
    await checkUnchanged(stamp)
    if (text.scanned.file !== file) await files.remove(text.scanned.file)
    if (reading.rows === 0 && !(dialect.header && reading.skipped === 0)) throw noRowsError(path, reading)
    return {
      stamp,
      name: basename(path),
      sha256: text.sha256,
      file,
      places,
      format,
      dialect: {
        format: text.scanned.file.format,
        compression: text.compression,
        encoding: text.encoding,
        delimiter: dialect.delimiter,
        quote: dialect.quote,
        escape: dialect.escape,
        lineEnd: ends.lineEnd,
        header: dialect.header,
        comment: dialect.comment,
        preambleLines: dialect.skip.lines,
        footerLines: reading.footerLines
      },
      confidence: {
        ...dialect.confidence,
        compression: 1,
        encoding: overrides.encoding === undefined ? text.encodingConfidence : 1,
        lineEnd: ends.confidence,
        footerLines: overrides.footerLines === undefined ? 0.9 : 1
      },
      header: dialect.header,
      givenNames: header,
      names,
      scan,
      columns: opening.takeColumns(),
      reading,
      notes: [
        ...formatNotes[text.scanned.file.format],
        ...(text.compression === 'none' ? [] : ['The file is unpacked with gzip.']),
        ...(text.encoding === 'utf-8' ? [] : [`The file is read as ${text.encoding}.`]),
        ...text.notes,
        ...ends.notes,
        ...(reading.rows + (dialect.header ? 1 : 0) === 1 ? [ONE_ROW_NOTE] : []),
        ...notes,
        ...(dialect.spaced ? ['The space after each delimiter is not part of the cells.'] : []),
        ...(dialect.drawn === true
          ? ['What is drawn around the cells, and the spaces that fill them up, are not part of them.']
          : []),
        ...readingNotes(reading, dialect, beside)
      ]
    }
  } catch (error) {
    opening.forgetColumns()
    await copies.removeAll()
    throw error
  }
}

interface Sound {
  readonly file: Utf8File
  readonly places: RowPlaces | null
  readonly format: TextFormat
  readonly scan: Scan
  readonly reading: Reading
  readonly beside: Beside
}

class Opening {
  private columns: AddonColumns | null = null

  constructor(
    private readonly path: string,
    private readonly bytes: number,
    private readonly overrides: DialectOverrides,
    private readonly copies: ScratchCopies,
    private readonly tools: OpeningTools,
    private readonly onProgress: (fraction: number, amount: Amount) => void
  ) {}

  /** They belong to whoever takes them. */
  takeColumns(): AddonColumns | null {
    const { columns } = this
    this.columns = null
    return columns
  }

  forgetColumns(): void {
    this.takeColumns()?.dispose()
  }

  /** @param also what else is done with every chunk of the file */
  async scanned(file: Utf8File, also?: (chunk: Buffer) => void): Promise<ScannedText> {
    const start = (await readRange(file.path, 0, SAMPLE_BYTES)).subarray(file.from)
    const whole = start.length < SAMPLE_BYTES - file.from
    const dialect = detectDialect(new TextDecoder().decode(start), whole, this.overridesOf(file))
    if (dialect === null) throw emptyError(this.path)
    if (dialect.columns > MAX_COLUMNS) {
      throw new LaminaError(
        'invalidData',
        `"${basename(this.path)}" has ${dialect.columns} columns; at most ${MAX_COLUMNS} can be read.`,
        { file: this.path, columns: dialect.columns }
      )
    }
    this.forgetColumns()
    const kept = this.bytes >= GUESSED_BYTES && !file.temporary ? await this.guess(file, dialect, start) : null
    let done = 0
    const from = beginningOf(file, dialect)
    const { scan, zeroBytes, columns } = await scanFile(file.path, dialect, from, kept, (chunk, rows) => {
      also?.(chunk)
      done += chunk.length
      this.onProgress(Math.min(1, done / Math.max(1, this.bytes)), { rows, totalBytes: this.bytes })
    })
    this.columns = columns
    const tailFrom = Math.max(from.byte, scan.end - TAIL_BYTES)
    const tail = await readRange(file.path, tailFrom, scan.end - tailFrom)
    const notesBelow = endsInNotes(new TextDecoder().decode(tail), tailFrom === from.byte, dialect)
    const headerAgain = await headerComesAgain(file, dialect, scan, start)
    return { file, dialect, scan, zeroBytes, notesBelow, headerAgain }
  }

  private overridesOf(file: Utf8File): DialectOverrides {
    if (file.format !== 'text') return { ...this.overrides, ...convertedDialect }
    return file.rowEnd === null ? this.overrides : { ...this.overrides, lineEnd: inText(file.rowEnd) }
  }

  /** @param start of the file, where the table begins */
  private async guess(file: Utf8File, dialect: DetectedDialect, start: Buffer): Promise<KeptColumns | null> {
    const rows = start.subarray(dialect.skip.bytes, 1 + start.lastIndexOf(0x0a))
    const scan = scanBytes(rows, dialect, beginningOf(file, dialect))
    const text = {
      file,
      dialect,
      scan,
      zeroBytes: start.includes(0),
      notesBelow: false,
      headerAgain: false,
      bytes: this.bytes
    }
    if (needsRewriting(text, this.overridesOf(file))) return null
    return (await this.tools.guesser?.begin(text)) ?? null
  }

  /** The file itself where DuckDB reads it as the scan does, else a copy every row of which fits. */
  async sound(text: ScannedText, names: readonly string[]): Promise<Sound> {
    const { scan, dialect, file } = text
    checkLongestRow(this.path, scan)
    if (!needsRewriting(text, this.overridesOf(file))) {
      return { file, places: null, format: dialect, scan, reading: readingOf(scan, dialect), beside: nothingBeside }
    }
    this.forgetColumns()
    await this.tools.guesser?.abandon()
    const { format, original } = file
    const copy: Utf8File = { path: this.copies.path(), from: 0, temporary: true, format, rowEnd: null, original }
    const malformed = this.overrides.malformed ?? 'repair'
    const rewriter = new TableRewriter(
      { dialect, names, malformed, footerLines: this.overrides.footerLines, lineEnd: '\n' },
      original
    )
    const ended = await writeScratchFile(copy.path, async (output) => {
      await eachChunk(file.path, file.from + dialect.skip.bytes, (chunk) => {
        this.tools.check()
        const rows = rewriter.push(chunk)
        const { bytes, line } = rewriter.waiting
        if (bytes > MAX_ROW_BYTES) throw longRowError(this.path, bytes, line, 'Do its rows end otherwise?')
        return output.appendFile(rows)
      })
      const { rest, ...end } = rewriter.end()
      await output.appendFile(rest)
      return end
    })
    const { reading: found, beside } = ended
    if (malformed === 'stop' && found.issues.some((issue) => issue.kind !== 'outside'))
      throw malformedError(this.path, found, dialect)
    const plain = { ...dialect, ...plainFormat, loneEnds: undefined, skip: { bytes: 0, lines: 0, text: '' } }
    const check = (): void => this.tools.check()
    const { scan: again } = await scanFile(copy.path, plain, beginningOf(copy, plain), null, check)
    if (found.rows > 0 && (again.malformedCount > 0 || again.rows !== found.rows))
      throw new Error(`"${basename(this.path)}" was not rewritten consistently.`)
    // Line and byte of a file of another format are those of its copy as text.
    const issues = found.issues.map((issue) => (format === 'text' ? issue : { ...issue, line: null, byte: null }))
    const { places } = rewriter
    return { file: copy, places, format: plainFormat, scan: again, reading: { ...found, issues }, beside }
  }
}

/** Byte and line where the table begins. */
function beginningOf(file: Utf8File, dialect: DetectedDialect): { byte: number; line: number } {
  return { byte: file.from + dialect.skip.bytes, line: 1 + dialect.skip.lines }
}

/** What there is to say about a file without a single thing wrong with it. */
function readingOf(scan: Scan, dialect: DetectedDialect): Reading {
  return {
    records: scan.rows,
    rows: scan.rows,
    sound: scan.rows,
    repaired: 0,
    skipped: 0,
    setMissing: 0,
    blankLines: scan.blankLines,
    commentLines: 0,
    preambleLines: dialect.skip.lines,
    footerLines: 0,
    issueCount: 0,
    issues: []
  }
}

function checkLongestRow(path: string, { longestRow, longestRowLine, malformedCount }: Scan): void {
  if (longestRow <= MAX_ROW_BYTES || malformedCount > 0) return
  throw longRowError(path, longestRow, longestRowLine, 'Is a quote missing?')
}

/** @param bytes so many, or more @param question what may be the reason */
function longRowError(path: string, bytes: number, line: number, question: string): LaminaError {
  return new LaminaError(
    'invalidData',
    `"${basename(path)}", line ${line}: the row is ${Math.round(bytes / 2 ** 20)} MB long; at most ${MAX_ROW_BYTES / 2 ** 20} MB can be read. ${question}`,
    { file: path, line }
  )
}

/** @throws LaminaError `invalidData` when a table has names, but not a single row to compute with */
export function requireRows({ stamp, reading }: TableSource): void {
  if (reading.rows === 0) throw noRowsError(stamp.path, reading)
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
