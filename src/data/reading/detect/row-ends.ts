import { closedRowEnds, delimiters, lineEndName, unusualRowEnds, type Dialect } from '../../../shared/table/dialect'

/** How rows end in a file where that is not with a line end alone. */
export type RowEnd = (typeof unusualRowEnds)[number] | (typeof closedRowEnds)[number]

/** What ends rows outside of quotes besides a carriage return with a line feed behind it, where that is not any line end. */
export type LoneEnds = '\n' | '\r' | 'none'

/** Of what a person decided; null where rows end with line ends. */
export function rowEndOf(lineEnd: Dialect['lineEnd']): RowEnd | null {
  return [...unusualRowEnds, ...closedRowEnds].find((end) => end === lineEnd) ?? null
}

/** @returns undefined where either ends a row */
export function loneEndsOf(lineEnd: Dialect['lineEnd'] | undefined): LoneEnds | undefined {
  if (lineEnd === '\n' || lineEnd === '\r') return lineEnd
  return lineEnd === '\r\n' ? 'none' : undefined
}

/** Whether a line end follows the character. */
const isClosed = (rowEnd: RowEnd): boolean => rowEnd.length > 1

/** How rows end in the text that a `RowEnder` makes. */
export const inText = (rowEnd: RowEnd): 'mixed' | '\r\n' => (isClosed(rowEnd) ? 'mixed' : '\r\n')

/**
 * How rows end in a file where that is not with a line end alone: with a character that is none, and no line ends outside
 * of quotes but for one at the very end; or with one more character before each, which stands nowhere else.
 * @param sample the start of the file as text
 * @param delimiter what a person decided stands between cells; it ends no row
 * @returns null where rows end with line ends, or with nothing that is known
 */
export function detectRowEnd(sample: string, delimiter: string | undefined): RowEnd | null {
  const unusual = unusualRowEnds.filter((end) => end !== delimiter && sample.includes(end))
  const closers = closedRowEnds.filter((end) => end[0] !== delimiter && endsFirstLine(sample, end.slice(0, 1)))
  if (unusual.length === 0 && closers.length === 0) return null
  const outside = sample.replace(/"[^"]*"/g, '""')
  const closer = closers.find((end) => endsEachLine(outside, end.slice(0, 1)))
  if (closer !== undefined) return closer
  if (/[\n\r]/.test(outside.replace(/[\n\r]+$/, ''))) return null
  const counted = unusual.map((end) => ({ end, count: outside.split(end).length - 1 }))
  const [most] = counted.sort((a, b) => b.count - a.count)
  // Quotes that are not closed hide line ends, so they must be fewer wherever they stand.
  const lineEnds = sample.split(/\r\n|\n|\r/).length - 1
  return most !== undefined && most.count > lineEnds && dividesIntoRows(outside, most.end) ? most.end : null
}

/** Whether most pieces have as many cells as the first, two or more: one such character may well be damage. */
function dividesIntoRows(outside: string, end: string): boolean {
  const pieces = outside.split(end).filter((piece) => piece.trim() !== '')
  return delimiters.some((delimiter) => {
    const [cells = 0, ...further] = pieces.map((piece) => piece.split(delimiter).length)
    return cells > 1 && further.length > 0 && 2 * further.filter((count) => count === cells).length > further.length
  })
}

function endsFirstLine(sample: string, end: string): boolean {
  const at = sample.search(/[\n\r]/)
  return at > 0 && sample[at - 1] === end
}

/** Whether every line ends with a character that stands nowhere else, and has as many other delimiters, two or more. */
function endsEachLine(outside: string, end: string): boolean {
  // The last line may be cut.
  const lines = outside.split(/\r\n|\n|\r/).slice(0, -1)
  const [first = '', ...further] = lines
  return [...delimiters, ...closedRowEnds.map((closed) => closed.slice(0, 1))].some((other) => {
    const cells = first.split(other).length
    const fits = (line: string): boolean => line.indexOf(end) === line.length - 1 && line.split(other).length === cells
    return other !== end && cells > 2 && further.length > 0 && lines.every(fits)
  })
}

/**
 * Makes line ends of a text's row ends, piece by piece. A character that stands in place of one becomes a carriage return
 * and a line feed, so that line ends beside it can be told from it. What closes the last row is held back, and so left
 * out.
 */
export class RowEnder {
  private held = ''
  private readonly character: string

  constructor(private readonly rowEnd: RowEnd) {
    this.character = rowEnd.slice(0, 1)
  }

  push(piece: string): string {
    const { character } = this
    if (!isClosed(this.rowEnd)) return piece.replaceAll(character, '\r\n')
    const text = this.held + piece
    this.held = text.endsWith(character) ? character : ''
    const whole = text.slice(0, text.length - this.held.length)
    return whole.replaceAll(`${character}\n`, '\n').replaceAll(`${character}\r`, '\r')
  }
}

/** What is said of a file whose rows end so. */
export function rowEndNote(rowEnd: RowEnd): string {
  if (isClosed(rowEnd))
    return `Each row ends with "${rowEnd.slice(0, 1)}" before its line end: it was left out, also inside of quotes.`
  const code = rowEnd.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  return `Rows end with U+${code} (${lineEndName(rowEnd)}): each was read as a line end, also inside of quotes.`
}

/** How often each line end ends a row. */
export interface LineEndCounts {
  readonly lineFeed: number
  readonly both: number
  readonly carriageReturn: number
}

/** How sure one is of line ends that every byte of the file was looked at for. */
const SURE = 0.99
/** … of several kinds, where all rows fit, and where some do not. */
const LIKELY = 0.8
const UNSURE = 0.5

/**
 * How the rows of a file end by themselves.
 * @param fits whether all rows do
 */
export function lineEndOf(
  { lineFeed, both, carriageReturn }: LineEndCounts,
  fits: boolean
): { readonly lineEnd: 'mixed' | '\n' | '\r\n' | '\r'; readonly confidence: number } {
  const found = [
    ...(lineFeed > 0 ? (['\n'] as const) : []),
    ...(both > 0 ? (['\r\n'] as const) : []),
    ...(carriageReturn > 0 ? (['\r'] as const) : [])
  ]
  const [lineEnd = '\n', ...others] = found
  if (others.length > 0) return { lineEnd: 'mixed', confidence: fits ? LIKELY : UNSURE }
  return { lineEnd, confidence: found.length === 0 ? UNSURE : SURE }
}

type CountedEnd = readonly [count: number, lineEnd: '\n' | '\r\n' | '\r']

const counted = ({ lineFeed, both, carriageReturn }: LineEndCounts): CountedEnd[] => [
  [lineFeed, '\n'],
  [both, '\r\n'],
  [carriageReturn, '\r']
]

/** What is said of a file whose rows end in several ways. */
export function mixedEndsNote(counts: LineEndCounts): string {
  const ends = counted(counts).filter(([count]) => count > 0)
  return `Rows end in several ways: ${ends.map(([count, end]) => `${count} with a ${lineEndName(end)}`).join(', ')}.`
}

/** What is said of a file some of whose line ends are taken for parts of cells. */
export function endsInCellsNote(counts: LineEndCounts, loneEnds: LoneEnds): string {
  const rowEnd = loneEnds === 'none' ? '\r\n' : loneEnds
  const inside = counted(counts).filter(([count, end]) => count > 0 && end !== rowEnd && end !== '\r\n')
  const parts = inside.map(([count, end]) =>
    count === 1 ? `one ${lineEndName(end)}` : `${count} ${lineEndName(end)}s`
  )
  return `Rows end with a ${lineEndName(rowEnd)}: ${parts.join(' and ')} outside of quotes ${inside.length === 1 && inside[0]?.[0] === 1 ? 'is part of a cell' : 'are parts of cells'}.`
}
