import { delimiters } from '../../../shared/table/dialect'

/** What stands for the end of a row in some files, in place of line feeds and carriage returns; with their names. */
const unusualEnds: ReadonlyMap<string, string> = new Map([
  ['\u000b', 'vertical tab'],
  ['\u000c', 'form feed'],
  ['\u001c', 'file separator'],
  ['\u001d', 'group separator'],
  ['\u001e', 'record separator'],
  ['\u0085', 'next line'],
  ['\u2028', 'line separator'],
  ['\u2029', 'paragraph separator']
])

/** How rows end in a file where that is not with a line end alone. */
export interface RowEnd {
  readonly character: string
  /** A line end follows the character; otherwise the character stands in its place. */
  readonly withLineEnd: boolean
}

/** What may stand at the end of every row without standing between its cells. */
const closing = [';', ',', '|', '~', '^']

/**
 * How rows end in a file where that is not with a line end alone: with a character that is none, and no line ends outside
 * of quotes but for one at the very end; or with one more character before each, which stands nowhere else.
 * @param sample the start of the file as text
 * @param delimiter what a person decided stands between cells; it ends no row
 * @returns null where rows end with line ends, or with nothing that is known
 */
export function detectRowEnd(sample: string, delimiter: string | undefined): RowEnd | null {
  const unusual = [...unusualEnds.keys()].filter((end) => end !== delimiter && sample.includes(end))
  const closers = closing.filter((end) => end !== delimiter && endsFirstLine(sample, end))
  if (unusual.length === 0 && closers.length === 0) return null
  const outside = sample.replace(/"[^"]*"/g, '""')
  const [closer] = closers.filter((end) => endsEachLine(outside, end))
  if (closer !== undefined) return { character: closer, withLineEnd: true }
  if (/[\n\r]/.test(outside.replace(/[\n\r]+$/, ''))) return null
  const counted = unusual.map((end) => ({ end, count: outside.split(end).length - 1 }))
  const [most] = counted.sort((a, b) => b.count - a.count)
  // Quotes that are not closed hide line ends, so they must be fewer wherever they stand.
  const lineEnds = sample.split(/\r\n|\n|\r/).length - 1
  return most !== undefined && most.count > lineEnds && dividesIntoRows(outside, most.end)
    ? { character: most.end, withLineEnd: false }
    : null
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
  return [...delimiters, ...closing].some((other) => {
    const cells = first.split(other).length
    const fits = (line: string): boolean => line.indexOf(end) === line.length - 1 && line.split(other).length === cells
    return other !== end && cells > 2 && further.length > 0 && lines.every(fits)
  })
}

/** Makes line ends of a text's row ends, piece by piece; what closes the last row is held back, and so left out. */
export class RowEnder {
  private held = ''

  constructor(private readonly rowEnd: RowEnd) {}

  push(piece: string): string {
    const { character, withLineEnd } = this.rowEnd
    if (!withLineEnd) return piece.replaceAll(character, '\n')
    const text = this.held + piece
    this.held = text.endsWith(character) ? character : ''
    const whole = text.slice(0, text.length - this.held.length)
    return whole.replaceAll(`${character}\n`, '\n').replaceAll(`${character}\r`, '\r')
  }
}

/** What is said of a file whose rows end so. */
export function rowEndNote({ character, withLineEnd }: RowEnd): string {
  if (withLineEnd)
    return `Each row ends with "${character}" before its line end: it was left out, also inside of quotes.`
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  const name = unusualEnds.get(character) ?? 'unknown'
  return `Rows end with U+${code} (${name}): each was read as a line feed, also inside of quotes.`
}
