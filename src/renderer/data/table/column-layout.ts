import type { ColumnSummary } from '../../../shared/table/profile'

/** Width of a character of the table's font, at its size, in pixels. */
const CHARACTER = 7
/** Room beside the text: padding on both sides. */
const PADDING = 20
/** Room in a heading for the marks of a sort and a filter. */
const MARKS = 40
const NARROWEST = 64
const WIDEST = 260
const MOST_DIGITS = 20

/** Where somebody who wants a column wider stops. */
const WIDEST_BY_HAND = 2000

/** A column as far as its width depends on it. */
export type Measured = Pick<ColumnSummary, 'name' | 'numeric' | 'categories'>

/**
 * How wide the columns of a table are drawn, from what its first rows hold and what is known of all: rows that come
 * later move nothing, and no digit of a number is cut off.
 */
export class ColumnLayout {
  /** Where each column starts, in pixels; one more than there are columns. */
  private readonly starts: Float64Array

  private constructor(private readonly widths: readonly number[]) {
    this.starts = new Float64Array(widths.length + 1)
    widths.forEach((width, index) => (this.starts[index + 1] = this.start(index) + width))
  }

  static of(columns: readonly Measured[], preview: readonly (readonly (string | null)[])[]): ColumnLayout {
    return new ColumnLayout(
      columns.map((column, index) => {
        const cells = preview.map((row) => row[index] ?? '')
        const wanted = Math.max(
          ColumnLayout.widthFor(column.name, cells),
          charactersFor(column, cells) * CHARACTER + PADDING
        )
        return Math.min(WIDEST, Math.max(NARROWEST, wanted))
      })
    )
  }

  /** Where nothing of a heading and of some cells is cut off. */
  static widthFor(name: string, cells: readonly string[]): number {
    const longest = Math.max(0, ...cells.map((cell) => cell.length))
    return Math.max(name.length * CHARACTER + MARKS, longest * CHARACTER) + PADDING
  }

  /** The same with one column made wider or narrower. */
  with(column: number, width: number): ColumnLayout {
    const within = Math.round(Math.min(WIDEST_BY_HAND, Math.max(NARROWEST, width)))
    return new ColumnLayout(this.widths.map((each, index) => (index === column ? within : each)))
  }

  get count(): number {
    return this.starts.length - 1
  }

  get width(): number {
    return this.start(this.count)
  }

  start(column: number): number {
    return this.starts[column] ?? 0
  }

  widthOf(column: number): number {
    return this.start(column + 1) - this.start(column)
  }

  /** How many characters fit into a cell. */
  charactersOf(column: number): number {
    return Math.floor((this.widthOf(column) - PADDING) / CHARACTER)
  }

  /** Columns that are seen, at least in part, between two places, and `spare` more on either side. */
  visible(left: number, right: number, spare = 0): { from: number; to: number } {
    const first = this.at(left)
    const last = this.at(Math.max(left, right - 1))
    return { from: Math.max(0, first - spare), to: Math.min(this.count, last + 1 + spare) }
  }

  /** The place at the left that is nearest to `left` and shows a column whole, or its start when it is too wide. */
  revealing(column: number, left: number, viewport: number): number {
    return Math.max(0, Math.min(Math.max(left, this.start(column + 1) - viewport), this.start(column)))
  }

  /** The column at a place. */
  private at(x: number): number {
    let low = 0
    let high = this.count
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.start(middle) <= x) low = middle
      else high = middle
    }
    return low
  }
}

/** How many characters the longest value of all rows is likely to need. */
function charactersFor({ numeric, categories }: Measured, cells: readonly string[]): number {
  if (numeric === null) return Math.max(0, ...categories.map(({ value }) => value.length))
  const whole = Math.max(...[numeric.min, numeric.max].map((value) => Math.trunc(value).toFixed(0).length))
  const fraction = Math.max(0, ...cells.map((cell) => /[.,]\d+$/.exec(cell)?.[0].length ?? 0))
  // Beyond that a file writes powers of ten, which the first rows show as well as others.
  return whole > MOST_DIGITS ? 0 : whole + fraction
}
