import type { Dialect } from '../../../shared/table/dialect'
import { drawnCells, isRule } from './drawn'
import type { LoneEnds } from './row-ends'

/** What separates cells and rows. */
export interface TextFormat extends Pick<Dialect, 'delimiter' | 'quote' | 'escape'> {
  /** Any run of spaces and tabs is one delimiter, and those around a row are none: columns padded with spaces. */
  readonly runs: boolean
  /** One space after a delimiter belongs to it, and not to the cell. */
  readonly spaced: boolean
  /** Bars and dashes are drawn around the cells, and spaces fill them up. */
  readonly drawn?: boolean
  /** Every row as a whole stands in quotes as well, as if it were one cell. */
  readonly wrapped?: boolean
  /** Which line ends end rows; any where it is left out. */
  readonly loneEnds?: LoneEnds | undefined
}

/**
 * Where quoted cells end. `strict`: at the first quote that is not doubled. `lenient`: at the first quote that a
 * delimiter or a line end follows, so that quotes inside may stand alone; where none is near, the record is given up as
 * `unclosedQuote`. `line`: as lenient, but every row ends with its line; a quote that is not closed there is left out.
 */
export type QuoteRule = 'strict' | 'lenient' | 'line'

/** One row of delimited text. */
export interface TextRecord {
  /** As they stand in the text, without their quotes. */
  readonly cells: readonly string[]
  /** How many of them were in quotes. */
  readonly quoted: number
  /** A quote is not closed, text follows a closing quote, or quotes inside a cell stand alone. */
  readonly problem: 'unclosedQuote' | 'textAfterQuote' | 'strayQuote' | null
  /** Nothing but spaces, tabs and line ends. */
  readonly blank: boolean
  /** Lines it takes. */
  readonly lines: number
  readonly start: number
  /** Where the next record starts in the text. */
  readonly end: number
  /** Where its last cell ends, before the line end. */
  readonly textEnd: number
}

/** How far the lenient rule looks for the end of a row: where many quotes are not closed, each would look to the end. */
const LENIENT_REACH = 8 << 10

const TAB = 0x09
const SPACE = 0x20
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const BACKSLASH = 0x5c

/** What a blank line holds; also what a file may be filled up with, zero bytes and the mark that DOS ended files with. */
const nothing = ' \t\n\r\0\u001a'
const isNothing = (text: string): boolean => text === '' || (nothing.includes(text.charAt(0)) && [...text].every((character) => nothing.includes(character))) // prettier-ignore

interface Cell {
  readonly value: string
  readonly end: number
  readonly problem: TextRecord['problem']
}

/**
 * Records of a text. Spaces around a quoted cell do not count; a quote inside an unquoted cell is text. The scan and
 * DuckDB follow the same rules.
 */
export function* readRecords(text: string, format: TextFormat, rule: QuoteRule = 'strict'): Generator<TextRecord> {
  const reader = new RecordReader(text, format)
  for (let at = 0; at < text.length;) {
    const record = reader.read(at, rule)
    yield record
    at = record.end
  }
}

/** Reads records anywhere in a text. */
export class RecordReader {
  /** The first character of it. */
  private readonly delimiter: number
  private readonly furtherCharacters: number
  private readonly quote: number
  private readonly escapes: boolean
  /** Whether a line feed or a carriage return alone ends a row. */
  private readonly feeds: boolean
  private readonly returns: boolean
  /** No quote closes a cell from the first place up to the second. */
  private without: { from: number; to: number } = { from: 0, to: 0 }

  constructor(
    private readonly text: string,
    private readonly format: TextFormat
  ) {
    this.delimiter = format.delimiter.charCodeAt(0)
    this.furtherCharacters = format.delimiter.length - 1
    this.quote = format.quote === '' ? -1 : format.quote.charCodeAt(0)
    this.escapes = format.escape === 'backslash'
    this.feeds = format.loneEnds === undefined || format.loneEnds === '\n'
    this.returns = format.loneEnds === undefined || format.loneEnds === '\r'
  }

  /** The record that starts at a place in the text. */
  read(start: number, rule: QuoteRule): TextRecord {
    return (this.format.wrapped === true ? this.readWrapped(start) : null) ?? this.readPlain(start, rule)
  }

  private readWrapped(start: number): TextRecord | null {
    const whole = this.readPlain(start, 'strict')
    const [text = ''] = whole.cells
    if (whole.cells.length !== 1 || whole.quoted !== 1 || whole.problem !== null) return null
    const record = new RecordReader(text, { ...this.format, wrapped: false }).read(0, 'strict')
    const { end, textEnd, lines } = whole
    return record.end === text.length ? { ...record, start, end, textEnd, lines } : null
  }

  private readPlain(start: number, rule: QuoteRule): TextRecord {
    const { text, delimiter } = this
    const limit = this.limitOf(start, rule)
    const cells: string[] = []
    let quoted = 0
    let problem: TextRecord['problem'] = null
    let at = this.format.runs ? this.afterRun(start) : start
    for (;;) {
      const open = delimiter === SPACE ? at : this.afterSpaces(at)
      const cell = open < limit && text.charCodeAt(open) === this.quote ? this.quotedCell(open + 1, limit, rule) : null
      if (cell === null) {
        const stray = open < limit && text.charCodeAt(open) === this.quote
        // A quote that opens a cell and is never closed means nothing.
        const plain = this.plainCell(stray ? open + 1 : at)
        cells.push(plain.value)
        if (stray) problem ??= 'strayQuote'
        at = plain.end
      } else {
        quoted += 1
        cells.push(cell.value)
        problem ??= cell.problem
        at = cell.end
      }
      if (!this.isDelimiter(at)) break
      const next = this.format.runs ? this.afterRun(at) : this.afterDelimiter(at)
      // Padding at the end of a line is no cell.
      if (this.format.runs && this.isLineEnd(next)) {
        at = next
        break
      }
      // A delimiter at the very end of the text still opens a cell.
      at = next
    }
    const textEnd = at
    const first = text.charCodeAt(at)
    if (first === CARRIAGE_RETURN) at += text.charCodeAt(at + 1) === LINE_FEED ? 2 : 1
    else if (first === LINE_FEED) at += 1
    const isDrawing = this.format.drawn === true && isRule(text.slice(start, textEnd))
    const blank = isDrawing || (cells.length === 1 && quoted === 0 && isNothing(cells[0] ?? ''))
    // What was given up has no lines worth counting.
    const lines = problem === 'unclosedQuote' && rule === 'lenient' ? 1 : this.linesFrom(start, at)
    return {
      cells: this.format.drawn === true ? drawnCells(cells) : cells,
      ...{ quoted, problem, blank, lines, start, end: at, textEnd }
    }
  }

  /** Where the text ends as far as quoted cells are concerned. */
  private limitOf(start: number, rule: QuoteRule): number {
    if (rule === 'line') return this.endOfLine(start)
    return rule === 'lenient' ? Math.min(this.text.length, start + LENIENT_REACH) : this.text.length
  }

  /** Whether a row ends here, outside of quotes. */
  private isLineEnd(at: number): boolean {
    const code = this.text.charCodeAt(at)
    if (code === LINE_FEED) return this.feeds
    if (code === CARRIAGE_RETURN) return this.returns || this.text.charCodeAt(at + 1) === LINE_FEED
    return at >= this.text.length
  }

  private endOfLine(from: number): number {
    let at = from
    while (!this.isLineEnd(at)) at += 1
    return at
  }

  private isDelimiter(at: number): boolean {
    const code = this.text.charCodeAt(at)
    if (code !== this.delimiter) return code === TAB && this.format.runs
    return this.furtherCharacters === 0 || this.text.startsWith(this.format.delimiter, at)
  }

  private afterDelimiter(at: number): number {
    const after = at + 1 + this.furtherCharacters
    return this.format.spaced && this.text.charCodeAt(after) === SPACE ? after + 1 : after
  }

  private afterSpaces(from: number): number {
    let at = from
    while (this.text.charCodeAt(at) === SPACE) at += 1
    return at
  }

  private afterRun(from: number): number {
    let at = from
    while (this.isDelimiter(at)) at += 1
    return at
  }

  /** Line ends in a part of the text; a line without one at the very end counts. */
  private linesFrom(start: number, end: number): number {
    let lines = 0
    for (let at = start; at < end; at++) {
      const code = this.text.charCodeAt(at)
      if (code === LINE_FEED || (code === CARRIAGE_RETURN && this.text.charCodeAt(at + 1) !== LINE_FEED)) lines += 1
    }
    const last = this.text.charCodeAt(end - 1)
    return last === LINE_FEED || last === CARRIAGE_RETURN ? lines : lines + 1
  }

  private plainCell(from: number): { value: string; end: number } {
    const { text } = this
    let at = from
    for (; !this.isLineEnd(at) && !this.isDelimiter(at); at++) {
      if (this.escapes && text.charCodeAt(at) === BACKSLASH && !this.isLineEnd(at + 1)) at += 1
    }
    const value = text.slice(from, at)
    return { value: this.decoded(value), end: at }
  }

  /** @param from just after the opening quote @returns null for one that is none, by the rule `line` */
  private quotedCell(from: number, limit: number, rule: QuoteRule): Cell | null {
    const { text } = this
    if (rule === 'lenient' && !this.mayClose(from, limit)) return { value: '', end: limit, problem: 'unclosedQuote' }
    let problem: TextRecord['problem'] = null
    let at = from
    for (;;) {
      const close = this.nextQuote(at)
      if (close < 0 || close >= limit) {
        if (rule === 'line') return null
        return { value: this.unquoted(from, limit), end: limit, problem: 'unclosedQuote' }
      }
      at = close + 1
      if (text.charCodeAt(at) === this.quote && !this.escapes) {
        at += 1
        // Where quotes inside the cell stand alone, the last two are one inside and the one that closes it.
        const after = problem === 'strayQuote' ? this.endAfter(at) : null
        if (after !== null) return { value: this.unquoted(from, at - 1), end: after, problem }
        continue
      }
      const after = this.endAfter(at)
      if (after !== null) return { value: this.unquoted(from, close), end: after, problem }
      if (rule === 'strict') {
        const rest = this.plainCell(at)
        return { value: this.unquoted(from, close) + rest.value, end: rest.end, problem: 'textAfterQuote' }
      }
      problem = 'strayQuote'
    }
  }

  /** Where a delimiter or a line end stands after a quote and spaces, or null. */
  private endAfter(quoteEnd: number): number | null {
    const after = this.delimiter === SPACE ? quoteEnd : this.afterSpaces(quoteEnd)
    return this.isLineEnd(after) || this.isDelimiter(after) ? after : null
  }

  /** Whether a quote that a delimiter or a line end follows is in sight. Nothing is looked through twice. */
  private mayClose(from: number, limit: number): boolean {
    const known = from >= this.without.from && from <= this.without.to
    const start = known ? this.without.from : from
    let at = known ? this.without.to : from
    while (at < limit) {
      const quote = this.text.indexOf(this.format.quote, at)
      at = quote < 0 ? limit : Math.min(quote, limit)
      this.without = { from: start, to: at }
      if (at < limit && this.endAfter(at + 1) !== null) return true
      at += 1
    }
    return false
  }

  /** What stands between the quotes of a cell; one that is neither doubled nor escaped stands for itself. */
  private unquoted(from: number, to: number): string {
    const { quote } = this.format
    const text = this.text.slice(from, to)
    return this.escapes ? this.decoded(text) : text.replaceAll(quote + quote, quote)
  }

  private nextQuote(from: number): number {
    const { text } = this
    for (let at = text.indexOf(this.format.quote, from); at >= 0; at = text.indexOf(this.format.quote, at + 1)) {
      if (!this.escapes) return at
      let backslashes = 0
      while (at - 1 - backslashes >= from && text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1
      if (backslashes % 2 === 0) return at
    }
    return -1
  }

  private decoded(value: string): string {
    return this.escapes ? value.replace(/\\([\\"',;|\t \n\r])/g, '$1') : value
  }
}
