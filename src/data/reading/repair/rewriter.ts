import type { Reading } from '../../../shared/table/reading'
import type { MalformedPolicy } from '../../../shared/table/dialect'
import type { DetectedDialect } from '../detect/dialect'
import { RecordReader, type TextFormat, type TextRecord } from '../detect/records'
import { countOriginalBytes, type OriginalBytes } from '../original-bytes'
import { RowPlaces } from '../row-places'
import { chooseRecord } from './choose-record'
import type { Beside } from '../reading-notes'
import { BYTE_ORDER_MARK, csvRow } from './csv-row'
import { RowFitter } from './fit-row'
import { FooterJudge } from './footer'
import { IssueList, type Found } from './issue-list'
import { QuoteMender } from './mend-quotes'

/** How much of the text after a row's start is looked at to find where it ends. */
const LOOKAHEAD = 4 << 20
/** Rows that do not fit are held back until it is known whether they stand at the end of the table. */
const MOST_HELD = 1000

export interface RewriterOptions {
  readonly dialect: Pick<
    DetectedDialect,
    keyof TextFormat | 'header' | 'comment' | 'columns' | 'furtherNames' | 'skip' | 'sample'
  >
  readonly names: readonly string[]
  readonly malformed: MalformedPolicy
  /** Lines after the table, when a person decided. */
  readonly footerLines: number | undefined
  readonly lineEnd: string
}

/**
 * Reads the rows of a table in UTF-8 whatever state they are in, and writes them as RFC 4180 has them: every row with as
 * many cells as there are columns. Each change is an issue; every line of the file is counted.
 *
 * Bytes are handled as characters of Latin-1, one for one: what has a meaning is ASCII, and the rest stays as it is.
 */
export class TableRewriter {
  /** Of the rows that were written. */
  readonly places = new RowPlaces()
  private readonly fitter: RowFitter
  private readonly mender: QuoteMender
  private readonly footer: FooterJudge
  private readonly issues: IssueList
  private readonly columns: number
  private readonly format: TextFormat
  private text = ''
  /** Nothing is looked for in a row that has no end yet before it is twice as long. */
  private patience = 0
  /** Byte of the original where the next record starts. */
  private byte: number
  private line: number
  private headerPending: boolean
  private furtherNames: number
  private afterBlank = false
  private held: Found[] = []
  private out: string[] = []
  private rows = 0
  private sound = 0
  private repaired = 0
  private skipped = 0
  private blankLines = 0
  private commentLines = 0
  private preambleLines: number
  private footerLines = 0
  /** The header as it stands. */
  private names: readonly string[] = []
  private headersAgain = 0
  /** Line where another table was seen to begin. */
  private otherTable: number | null = null

  /** @param original what the text was made of; null where its bytes cannot be told */
  constructor(
    private readonly options: RewriterOptions,
    private readonly original: OriginalBytes | null
  ) {
    const { dialect } = options
    this.columns = dialect.columns
    this.format = { ...dialect, delimiter: asBytes(dialect.delimiter) }
    this.fitter = new RowFitter(
      dialect.columns,
      this.format,
      dialect.sample.map((cells) => cells.map(asBytes))
    )
    this.mender = new QuoteMender(dialect.columns, this.format, this.fitter)
    this.footer = new FooterJudge(dialect.columns, this.fitter)
    this.issues = new IssueList(options.names, dialect.columns, original)
    this.headerPending = dialect.header
    this.furtherNames = dialect.furtherNames
    const { skip } = dialect
    this.preambleLines = skip.lines
    this.issues.skippedText(skip.text)
    this.byte = (original?.from ?? 0) + this.originalBytes(asBytes(skip.text))
    this.line = 1 + skip.lines
  }

  /** @returns rows to write */
  push(chunk: Buffer): Buffer {
    this.text += chunk.toString('latin1')
    if (this.text.length < this.patience) return Buffer.alloc(0)
    const { length } = this.text
    this.readRecords(false)
    this.patience = this.text.length === length ? 2 * length : 0
    return this.written()
  }

  /** What of the text has not become rows yet, and the line where it begins. */
  get waiting(): { readonly bytes: number; readonly line: number } {
    return { bytes: this.text.length, line: this.line }
  }

  /** @returns the last rows to write, where all lines went, and what stands beside the rows */
  end(): { rest: Buffer; reading: Reading; beside: Beside } {
    this.readRecords(true)
    const { from, otherTable } = this.tableEnd()
    for (const found of this.held.splice(0, from)) this.row(found)
    for (const found of this.held) this.below(found)
    const otherLine = otherTable ? (this.held[0]?.line ?? null) : null
    return {
      rest: this.written(),
      beside: { otherTable: this.otherTable ?? otherLine, headersAgain: this.headersAgain },
      reading: {
        records: this.rows + this.skipped,
        rows: this.rows,
        sound: this.sound,
        repaired: this.repaired,
        skipped: this.skipped,
        setMissing: 0,
        blankLines: this.blankLines,
        commentLines: this.commentLines,
        preambleLines: this.preambleLines,
        footerLines: this.footerLines,
        issueCount: this.issues.count,
        issues: this.issues.listed
      }
    }
  }

  private written(): Buffer {
    const rows = this.out.join('')
    this.out = []
    return Buffer.from(rows, 'latin1')
  }

  private readRecords(final: boolean): void {
    const { text } = this
    const reader = new RecordReader(text, this.format)
    let at = 0
    while (at < text.length) {
      const record = this.isComment(at) ? reader.read(at, 'line') : chooseRecord(reader, at, this.columns)
      // Where the text is cut, the row may go on; a return may be half a line end.
      const cut = record.end >= text.length || (record.lines > 1 && text.length - at < LOOKAHEAD)
      if (!final && (cut || (record.problem !== null && text.length - at < LOOKAHEAD))) break
      this.take(record, at)
      at = record.end
    }
    this.text = text.slice(at)
  }

  private isComment(at: number): boolean {
    const { comment } = this.options.dialect
    // Where the header is marked like a comment, the table begins with it.
    if (comment === '' || this.headerPending) return false
    let start = at
    while (this.text[start] === ' ' || this.text[start] === '\t') start += 1
    return this.text.startsWith(comment, start)
  }

  private take(record: TextRecord, at: number): void {
    const found: Found = {
      record,
      text: this.text.slice(at, record.textEnd),
      line: this.line,
      byte: this.original === null ? null : this.byte,
      afterBlank: this.afterBlank
    }
    this.line += record.lines
    this.byte += this.originalBytes(this.text.slice(at, record.end))
    const isFirst = this.rows + this.skipped === 0 && this.held.length === 0
    if (record.blank && (this.columns > 1 || (isFirst && this.headerPending))) {
      this.blankLines += 1
      this.afterBlank = true
      return
    }
    if (this.isComment(at)) {
      this.commentLines += record.lines
      this.issues.outside(found)
      return
    }
    this.afterBlank = false
    if (this.headerPending) {
      this.headerPending = false
      this.header(found)
    } else if (this.furtherNames > 0) {
      this.furtherNames -= 1
      this.preambleLines += record.lines
      this.issues.outside(found)
    } else if (this.options.footerLines !== undefined) {
      this.held.push(found)
      if (this.held.length > this.options.footerLines) this.releaseOldest()
    } else if (this.otherTable !== null) this.below(found)
    else if (this.isHeader(record)) {
      this.releaseAll()
      if (record.cells.length === this.columns) this.headerAgain(found)
      else {
        this.otherTable = found.line
        this.below(found)
      }
    } else if (!this.footer.isDoubtful(record)) {
      this.releaseAll()
      this.row(found)
    } else {
      this.held.push(found)
      if (this.held.length > MOST_HELD) this.releaseOldest()
    }
  }

  private originalBytes(text: string): number {
    return this.original === null ? 0 : countOriginalBytes(this.original, text)
  }

  /** Whether a record holds the names of this table, or of one that has more or fewer of them. */
  private isHeader({ cells }: TextRecord): boolean {
    const { names } = this
    const count = Math.min(cells.length, names.length)
    return count > 1 && names.slice(0, count).every((name, column) => withoutMark(cells[column] ?? '', column) === name)
  }

  private headerAgain(found: Found): void {
    this.headersAgain += 1
    this.preambleLines += found.record.lines
    this.issues.outside(found)
  }

  private below(found: Found): void {
    this.footerLines += found.record.lines
    this.issues.outside(found)
  }

  private releaseAll(): void {
    for (const waiting of this.held.splice(0)) this.row(waiting)
  }

  private releaseOldest(): void {
    const oldest = this.held.shift()
    if (oldest !== undefined) this.row(oldest)
  }

  /** Where the rows end among those that were held back. */
  private tableEnd(): { from: number; otherTable: boolean } {
    const { footerLines } = this.options
    if (footerLines === undefined) return this.footer.endOf(this.held)
    const last = this.line - footerLines
    const index = this.held.findIndex((found) => found.line >= last)
    return { from: index < 0 ? this.held.length : index, otherTable: false }
  }

  private header(found: Found): void {
    const { cells } = found.record
    this.names = cells.map((name, column) => withoutMark(name, column))
    this.issues.damage(found, { row: 0, action: 'repaired' })
    const mended = this.mender.header(found.record, found.text)
    const isMisfit = cells.length !== this.columns && (mended === null || found.record.problem === null)
    if (isMisfit) this.issues.misfit(found, { row: 0, column: null, action: 'repaired' })
    const names = mended ?? this.fitter.fitHeader(cells)
    this.out.push(csvRow(names.map(withoutZeros), this.options.lineEnd))
  }

  private row(found: Found): void {
    const { cells, problem } = found.record
    const fits = cells.length === this.columns
    if (fits && problem === null && !found.text.includes('\0')) {
      this.places.add(found.line, found.byte)
      this.rows += 1
      this.sound += 1
      this.out.push(csvRow(cells, this.options.lineEnd))
      return
    }
    const skips = this.options.malformed === 'skip'
    const done = skips
      ? ({ row: null, action: 'skipped' } as const)
      : ({ row: this.rows + 1, action: 'repaired' } as const)
    const mended = fits ? null : this.mender.row(found.record, found.text)
    const fitted = fits || mended !== null ? null : this.fitter.fit(cells)
    this.issues.damage(found, done)
    if (mended !== null && problem === null) this.issues.misfit(found, { ...done, column: null })
    if (fitted?.change === 'setAside' && !skips) this.issues.setAside(found, { ...done, action: 'setAside' })
    else if (fitted !== null) this.issues.misfit(found, { ...done, column: fitted.column })
    if (skips) {
      this.skipped += 1
      return
    }
    this.places.add(found.line, found.byte)
    this.rows += 1
    this.repaired += 1
    this.out.push(csvRow((mended ?? fitted?.cells ?? cells).map(withoutZeros), this.options.lineEnd))
  }
}

/** Text as characters of Latin-1, one for each byte of it in UTF-8. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** Where files were put together, a byte order mark may stand before the names. */
function withoutMark(name: string, column: number): string {
  return column === 0 && name.startsWith(BYTE_ORDER_MARK) ? name.slice(BYTE_ORDER_MARK.length) : name
}

function withoutZeros(cell: string): string {
  return cell.replaceAll('\0', '')
}
