import type { Dialect } from '../../shared/table/dialect'
import { buildScanTable, scanEvents, type ScanTable } from './scan-table'

/** Every how many rows, and at the latest after how many bytes, the scan notes where a row starts. */
const LANDMARK_ROWS = 1024
const LANDMARK_BYTES = 1 << 20
/** How many malformed rows are described; all are counted. */
const DESCRIBED_ROWS = 20

export type RowProblem = 'fieldCount' | 'textAfterQuote' | 'unclosedQuote'
export interface MalformedRow {
  /** Line of the file where the row starts, from 1. */
  readonly line: number
  /** Data row, from 1; 0 for the header. */
  readonly row: number
  readonly problem: RowProblem
  readonly fields: number
  /** Line where the quoted cell opened, for the quote problems. */
  readonly quoteLine: number
}

/** What every cell of a column is, over the whole file. */
export interface ColumnScan {
  /** Bits of the kinds seen; see `bitOf`. */
  kinds: number
  missing: number
  /** First row without a value, from 1; 0 when there is none. */
  firstMissing: number
}

export interface Landmark {
  /** Data row, from 0. */
  readonly row: number
  /** Byte of the file. */
  readonly byte: number
}

export interface Scan {
  /** Data rows. */
  readonly rows: number
  readonly columns: readonly ColumnScan[]
  readonly malformed: readonly MalformedRow[]
  readonly malformedCount: number
  /** Lines without anything on them, between or after the rows. */
  readonly blankLines: number
  /** Some of them hold spaces. */
  readonly spacedBlankLines: boolean
  /** Where the first row (or header) starts, after blank lines; -1 when there is none. */
  readonly firstByte: number
  /** How often each line end ends a row. */
  readonly lineEnds: { readonly lineFeed: number; readonly both: number; readonly carriageReturn: number }
  readonly quotedLineEnds: boolean
  /** Spaces stand around quoted cells. */
  readonly paddedQuotes: boolean
  /** Bytes. */
  readonly longestRow: number
  readonly longestRowLine: number
  /** Where some of the data rows start, the first one among them, in the order of the file. */
  readonly landmarks: readonly Landmark[]
  /** Where the file ends. */
  readonly end: number
}

/**
 * Reads the structure of a delimited UTF-8 file, chunk by chunk: rows, fields, quotes, line ends, and of what kind the
 * cells of each column are. It sees every byte, so that nothing about the file is guessed from a sample, and it knows
 * the line of everything it finds wrong. `src/data/native/scanner.cpp` is the same in C++.
 */
export class TableScanner {
  private readonly table: ScanTable
  private readonly bits: Uint16Array
  private readonly missing: Float64Array
  private readonly firstMissing: Float64Array
  private readonly malformed: MalformedRow[] = []
  private readonly landmarks: Landmark[] = []
  private nextMarkRow = 0
  private nextMarkByte = 0
  private malformedCount = 0
  private rows = 0
  private headerPending: boolean
  private blankLines = 0
  private spacedBlankLines = false
  private firstByte = -1
  private lineFeeds = 0
  private both = 0
  private carriageReturns = 0
  private quotedLineEnds = false
  private paddedQuotes = false
  private longestRow = 0
  private longestRowLine = 0
  // Where the scan stands.
  private state: number
  private column = 0
  private line: number
  private quoteLine = 0
  private problem: RowProblem | null = null
  private afterReturn = false
  /** The last byte of the chunk before. */
  private previous = 0
  private position: number
  private rowStart: number
  private rowLine: number

  /**
   * @param expected fields every row must have
   * @param from byte and line where the scan begins
   */
  constructor(
    dialect: Pick<Dialect, 'delimiter' | 'quote' | 'header'>,
    private readonly expected: number,
    from: { byte: number; line: number }
  ) {
    this.table = buildScanTable(dialect)
    this.state = this.table.start
    this.bits = new Uint16Array(expected)
    this.missing = new Float64Array(expected)
    this.firstMissing = new Float64Array(expected)
    this.headerPending = dialect.header
    this.position = from.byte
    this.rowStart = from.byte
    this.line = from.line
    this.rowLine = from.line
  }

  push(bytes: Uint8Array): void {
    const { classes, next, kinds, start, text, quoted, events } = this.table
    const { bits, expected } = this
    const cellEnd = events + scanEvents.cell
    const base = this.position
    let state = this.state
    let column = this.column
    let i = 0
    if (this.afterReturn && bytes.length > 0) {
      this.afterReturn = false
      if (bytes[0] === 0x0a) {
        i = 1
        this.carriageReturns -= 1
        this.both += 1
        this.rowStart += 1
      }
    }
    for (; i < bytes.length; i++) {
      const to = next[state + (classes[bytes[i] ?? 0] ?? 0)] ?? 0
      if (to < events) {
        state = to
        continue
      }
      // By far the most frequent event.
      if (to === cellEnd) {
        const kind = kinds[state] ?? 0
        if (column < expected) {
          bits[column] = (bits[column] ?? 0) | (1 << kind)
          if (kind === 0) this.addMissing(column)
        }
        column += 1
        state = start
        continue
      }
      switch (to - events) {
        case scanEvents.lineFeed:
          this.lineFeeds += 1
          this.endRow(state, column, base + i, base + i + 1)
          state = start
          column = 0
          break
        case scanEvents.carriageReturn: {
          const pair = bytes[i + 1] === 0x0a
          if (pair) this.both += 1
          else this.carriageReturns += 1
          this.endRow(state, column, base + i, base + i + (pair ? 2 : 1))
          if (pair) i += 1
          else this.afterReturn = i + 1 === bytes.length
          state = start
          column = 0
          break
        }
        case scanEvents.openingQuote:
          this.quoteLine = this.line
          if ((i > 0 ? bytes[i - 1] : this.previous) === 0x20) this.paddedQuotes = true
          state = quoted + start
          break
        case scanEvents.spaceAfterQuote:
          this.paddedQuotes = true
          break
        case scanEvents.quotedLineFeed:
        case scanEvents.quotedCarriageReturn:
          // A return and a line feed after it are one line end.
          if (to - events === scanEvents.quotedCarriageReturn || (i > 0 ? bytes[i - 1] : this.previous) !== 0x0d)
            this.line += 1
          this.quotedLineEnds = true
          state = quoted + text
          break
        default:
          this.problem = 'textAfterQuote'
          state = text
      }
    }
    this.state = state
    this.column = column
    this.position = base + bytes.length
    this.previous = bytes[bytes.length - 1] ?? this.previous
  }

  get rowsSoFar(): number {
    return this.rows
  }

  end(): Scan {
    const { quoted, closed } = this.table
    if (this.state >= quoted && this.state < closed) this.problem = 'unclosedQuote'
    if (this.position > this.rowStart) this.endRow(this.state, this.column, this.position, this.position)
    return {
      rows: this.rows,
      columns: Array.from(this.bits, (kinds, index) => ({
        kinds,
        missing: this.missing[index] ?? 0,
        firstMissing: this.firstMissing[index] ?? 0
      })),
      malformed: this.malformed,
      malformedCount: this.malformedCount,
      blankLines: this.blankLines,
      spacedBlankLines: this.spacedBlankLines,
      firstByte: this.firstByte,
      lineEnds: { lineFeed: this.lineFeeds, both: this.both, carriageReturn: this.carriageReturns },
      quotedLineEnds: this.quotedLineEnds,
      paddedQuotes: this.paddedQuotes,
      longestRow: this.longestRow,
      longestRowLine: this.longestRowLine,
      landmarks: this.landmarks,
      end: this.position
    }
  }

  /** @param end where the row's text ends; @param following where the next row starts */
  private endRow(state: number, column: number, end: number, following: number): void {
    const empty = column === 0 && (state === this.table.start || state === this.table.lead)
    if (empty && (this.expected > 1 || this.firstByte < 0)) {
      if (this.firstByte >= 0) {
        this.blankLines += 1
        this.spacedBlankLines ||= end > this.rowStart
      }
    } else {
      this.finishRow(state, column, end)
    }
    this.line += 1
    this.rowStart = following
    this.rowLine = this.line
    this.problem = null
  }

  private finishRow(state: number, column: number, end: number): void {
    if (this.firstByte < 0) this.firstByte = this.rowStart
    if (end - this.rowStart > this.longestRow) {
      this.longestRow = end - this.rowStart
      this.longestRowLine = this.rowLine
    }
    const fields = column + 1
    const row = this.headerPending ? 0 : this.rows + 1
    if (fields !== this.expected || this.problem !== null) {
      this.malformedCount += 1
      if (this.malformed.length < DESCRIBED_ROWS) {
        this.malformed.push({
          line: this.rowLine,
          row,
          problem: this.problem ?? 'fieldCount',
          fields,
          quoteLine: this.quoteLine
        })
      }
    }
    if (this.headerPending) {
      // Names are not data.
      this.headerPending = false
      this.bits.fill(0)
      this.missing.fill(0)
      this.firstMissing.fill(0)
      return
    }
    if (column < this.expected) {
      const kind = this.table.kinds[state] ?? 0
      this.bits[column] = (this.bits[column] ?? 0) | (1 << kind)
      if (kind === 0) this.addMissing(column)
    }
    if (this.rows >= this.nextMarkRow || this.rowStart >= this.nextMarkByte) {
      this.landmarks.push({ row: this.rows, byte: this.rowStart })
      this.nextMarkRow = this.rows + LANDMARK_ROWS
      this.nextMarkByte = this.rowStart + LANDMARK_BYTES
    }
    this.rows += 1
  }

  private addMissing(column: number): void {
    this.missing[column] = (this.missing[column] ?? 0) + 1
    if (this.firstMissing[column] === 0) this.firstMissing[column] = this.rows + 1
  }
}
