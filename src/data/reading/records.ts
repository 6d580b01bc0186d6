import type { Dialect } from '../../shared/dataset'

/** One row of delimited text. */
export interface TextRecord {
  /** As they stand in the file, without their quotes. */
  readonly cells: readonly string[]
  /** How many of them were in quotes. */
  readonly quoted: number
  /** False when a quote is not closed, or text follows a closing quote. */
  readonly sound: boolean
  /** A line with nothing but spaces. */
  readonly blank: boolean
  /** Where the record ends in the text, its line end included. */
  readonly end: number
}

const SPACE = 0x20
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * Delimited text as records, for the parts that are small: the start of a file and single pages of it. It follows the
 * same rules as the scan and DuckDB: spaces around a quoted cell do not count, a quote inside an unquoted cell is text.
 */
export function* readRecords(
  text: string,
  { delimiter, quote }: Pick<Dialect, 'delimiter' | 'quote'>
): Generator<TextRecord> {
  const delimiterCode = delimiter.charCodeAt(0)
  const quoteCode = quote === '' ? -1 : quote.charCodeAt(0)
  let at = 0
  while (at < text.length) {
    const cells: string[] = []
    let quoted = 0
    let sound = true
    for (;;) {
      let open = at
      while (text.charCodeAt(open) === SPACE) open += 1
      if (text.charCodeAt(open) === quoteCode) {
        quoted += 1
        const cell = quotedCell(text, open + 1, quote, delimiterCode)
        cells.push(cell.value)
        sound &&= cell.sound
        at = cell.end
      } else {
        const end = endOfCell(text, open, delimiterCode)
        cells.push(text.slice(at, end))
        at = end
      }
      if (text.charCodeAt(at) !== delimiterCode) break
      // A delimiter at the very end of the text still opens a cell.
      at += 1
    }
    const blank = cells.length === 1 && quoted === 0 && (cells[0] ?? '').trim() === ''
    const lineEnd = text.charCodeAt(at)
    if (lineEnd === CARRIAGE_RETURN) at += text.charCodeAt(at + 1) === LINE_FEED ? 2 : 1
    else if (lineEnd === LINE_FEED) at += 1
    yield { cells, quoted, sound, blank, end: at }
  }
}

function endOfCell(text: string, from: number, delimiter: number): number {
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === delimiter || code === LINE_FEED || code === CARRIAGE_RETURN) break
    at += 1
  }
  return at
}

/** @param from just after the opening quote */
function quotedCell(
  text: string,
  from: number,
  quote: string,
  delimiter: number
): { value: string; end: number; sound: boolean } {
  let value = ''
  let at = from
  for (;;) {
    const close = text.indexOf(quote, at)
    if (close < 0) return { value: value + text.slice(at), end: text.length, sound: false }
    value += text.slice(at, close)
    at = close + 1
    if (text[at] !== quote) break
    value += quote
    at += 1
  }
  const end = endOfCell(text, at, delimiter)
  const rest = text.slice(at, end)
  return /^ *$/.test(rest) ? { value, end, sound: true } : { value: value + rest, end, sound: false }
}
