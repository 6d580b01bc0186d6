import { LISTED_ISSUES, type Issue, type Reading } from '../../../shared/table/reading'
import type { MalformedPolicy } from '../../../shared/table/dialect'
import type { DetectedDialect } from '../detect/dialect'
import { RecordReader, type TextFormat, type TextRecord } from '../detect/records'
import { chooseRecord } from './choose-record'
import { csvRow } from './csv-row'
import { RowFitter } from './fit-row'

/** How much of the text after a row's start is looked at to find where it ends. */
const LOOKAHEAD = 4 << 20
/** Rows that do not fit are held back until it is known whether they stand at the end of the table. */
const MOST_HELD = 100
const SHOWN_CHARACTERS = 80

export interface RewriterOptions {
  readonly dialect: Pick<DetectedDialect, keyof TextFormat | 'header' | 'comment' | 'columns' | 'skip' | 'sample'>
  readonly names: readonly string[]
  readonly malformed: MalformedPolicy
  /** Lines after the table, when a person decided. */
  readonly footerLines: number | undefined
  readonly lineEnd: string
}

/** A record as it was found, with its place in the file. */
interface Found {
  readonly record: TextRecord
  readonly text: string
  readonly line: number
  readonly byte: number
  readonly afterBlank: boolean
}

/**
 * Reads the rows of a table in UTF-8 whatever state they are in, and writes them as RFC 4180 has them: every row with as
 * many cells as there are columns. Each change is an issue; every line of the file is counted.
 *
 * Bytes are handled as characters of Latin-1, one for one: what has a meaning is ASCII, and the rest stays as it is.
 */
export class TableRewriter {
  private readonly fitter: RowFitter
  private readonly columns: number
  private text = ''
  /** Byte of the file where `text` starts. */
  private base: number
  private line: number
  private headerPending: boolean
  private afterBlank = false
  private held: Found[] = []
  private out: string[] = []
  private rows = 0
  private sound = 0
  private repaired = 0
  private skipped = 0
  private blankLines = 0
  private commentLines = 0
  private footerLines = 0
  private issueCount = 0
  private readonly issues: Issue[] = []

  constructor(
    private readonly options: RewriterOptions,
    from: { readonly byte: number; readonly line: number }
  ) {
    const { dialect } = options
    this.columns = dialect.columns
    this.fitter = new RowFitter(dialect.columns, dialect, dialect.sample)
    this.base = from.byte
    this.line = from.line
    this.headerPending = dialect.header
  }

  /** @returns rows to write */
  push(chunk: Buffer): Buffer {
    this.text += chunk.toString('latin1')
    this.readRecords(false)
    return this.written()
  }

  /** @returns the last rows to write, and where all lines went */
  end(): { rest: Buffer; reading: Reading } {
    this.readRecords(true)
    const footer = this.footerFrom()
    for (const found of this.held.splice(0, footer)) this.row(found)
    for (const found of this.held) {
      this.footerLines += found.record.lines
      this.note({ kind: 'outside', found, row: null, expected: 'rows of the table', action: 'skipped' })
    }
    const { dialect } = this.options
    return {
      rest: this.written(),
      reading: {
        records: this.rows + this.skipped,
        rows: this.rows,
        sound: this.sound,
        repaired: this.repaired,
        skipped: this.skipped,
        blankLines: this.blankLines,
        commentLines: this.commentLines,
        preambleLines: dialect.skip.lines,
        footerLines: this.footerLines,
        issueCount: this.issueCount,
        issues: this.issues
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
    const reader = new RecordReader(text, this.options.dialect)
    let at = 0
    while (at < text.length) {
      const record = this.isComment(at) ? reader.read(at, 'line') : chooseRecord(reader, at, this.columns)
      // Where the text is cut, the row may go on; a return may be half a line end.
      const cut = record.end >= text.length || (record.lines > 1 && text.length - at < LOOKAHEAD)
      if (!final && (cut || (record.problem !== null && text.length - at < LOOKAHEAD))) break
      this.take(record, at)
      at = record.end
    }
    this.base += at
    this.text = text.slice(at)
  }

  private isComment(at: number): boolean {
    const { comment } = this.options.dialect
    if (comment === '') return false
    let start = at
    while (this.text[start] === ' ' || this.text[start] === '\t') start += 1
    return this.text.startsWith(comment, start)
  }

  private take(record: TextRecord, at: number): void {
    const found: Found = {
      record,
      text: this.text.slice(at, record.textEnd),
      line: this.line,
      byte: this.base + at,
      afterBlank: this.afterBlank
    }
    this.line += record.lines
    const isFirst = this.rows + this.skipped === 0 && this.held.length === 0
    if (record.blank && (this.columns > 1 || (isFirst && this.headerPending))) {
      this.blankLines += 1
      this.afterBlank = true
      return
    }
    if (this.isComment(at)) {
      this.commentLines += record.lines
      return
    }
    this.afterBlank = false
    if (this.headerPending) {
      this.headerPending = false
      this.header(found)
    } else if (this.options.footerLines !== undefined) {
      this.held.push(found)
      if (this.held.length > this.options.footerLines) this.releaseOldest()
    } else if (record.cells.length === this.columns) {
      for (const waiting of this.held.splice(0)) this.row(waiting)
      this.row(found)
    } else {
      this.held.push(found)
      if (this.held.length > MOST_HELD) this.releaseOldest()
    }
  }

  private releaseOldest(): void {
    const oldest = this.held.shift()
    if (oldest !== undefined) this.row(oldest)
  }

  /** The first of the held rows that are no rows: single texts, or whatever follows a blank line in fewer cells. */
  private footerFrom(): number {
    const { held, columns } = this
    const { footerLines } = this.options
    if (footerLines !== undefined) {
      const last = this.line - footerLines
      const index = held.findIndex((found) => found.line >= last)
      return index < 0 ? held.length : index
    }
    let from = held.length
    for (let index = held.length - 1; index >= 0; index--) {
      const found = held[index]
      if (found === undefined) break
      const filled = found.record.cells.filter((cell) => cell.trim() !== '').length
      const few = filled <= 1 && columns > 2 && this.fitter.fit(found.record.cells).change !== 'split'
      if (!few && !(filled < columns && held.slice(0, index + 1).some((earlier) => earlier.afterBlank))) break
      from = index
      if (!few && found.afterBlank) break
    }
    return from
  }

  private header(found: Found): void {
    const { cells } = found.record
    if (cells.length !== this.columns) {
      this.note({ ...this.misfit(found), found, row: 0, expected: this.cellsExpected(), action: 'repaired' })
    }
    this.out.push(csvRow(this.fitter.fitHeader(cells).map(withoutZeros), this.options.lineEnd))
  }

  private row(found: Found): void {
    const { cells, problem } = found.record
    const fits = cells.length === this.columns
    const zeros = found.text.includes('\0')
    if (fits && problem === null && !zeros) {
      this.rows += 1
      this.sound += 1
      this.out.push(csvRow(cells, this.options.lineEnd))
      return
    }
    const skips = this.options.malformed === 'skip'
    const action = skips ? 'skipped' : 'repaired'
    const row = skips ? null : this.rows + 1
    const fitted = fits ? null : this.fitter.fit(cells)
    if (problem !== null) {
      this.note({ kind: 'strayQuote', found, row, expected: 'quotes closed, and doubled inside a cell', action })
    }
    if (zeros) this.note({ kind: 'zeroByte', found, row, expected: 'text without zero bytes', action })
    if (fitted !== null) {
      const column = this.options.names[fitted.column] ?? null
      this.note({ ...this.misfit(found), found, row, column, expected: this.cellsExpected(), action })
    }
    if (skips) {
      this.skipped += 1
      return
    }
    this.rows += 1
    this.repaired += 1
    this.out.push(csvRow((fitted?.cells ?? cells).map(withoutZeros), this.options.lineEnd))
  }

  private misfit({ record }: Found): Pick<Issue, 'kind'> {
    return { kind: record.cells.length < this.columns ? 'fewCells' : 'manyCells' }
  }

  private cellsExpected(): string {
    return `${this.columns} cells`
  }

  private note(
    issue: Pick<Issue, 'kind' | 'row' | 'expected' | 'action'> & { found: Found; column?: string | null }
  ): void {
    this.issueCount += 1
    if (this.issues.length === LISTED_ISSUES) return
    const { found, column = null, ...rest } = issue
    const text = Buffer.from(found.text.slice(0, 4 * SHOWN_CHARACTERS), 'latin1').toString('utf8')
    const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text
    const { length } = found.record.cells
    const cells = rest.expected.endsWith(' cells') ? `${length} ${length === 1 ? 'cell' : 'cells'}: ` : ''
    this.issues.push({ ...rest, line: found.line, byte: found.byte, column, found: cells + shown })
  }
}

function withoutZeros(cell: string): string {
  return cell.replaceAll('\0', '')
}
